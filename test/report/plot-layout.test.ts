import { describe, expect, it } from 'vitest';
import { errorByDepth } from '../../src/report/depth-plot.js';
import { layOutPlot } from '../../src/report/plot-layout.js';
import { chain, run } from './example-run.js';

describe('layOutPlot', () => {
  it('leaves room to the left for every rotated label, also in a wider typeface than reckoned with', () => {
    const taps = [
      'in',
      'conv2_block1_some_long_layer_out',
      ...Array.from({ length: 8 }, (_, at) => `t${at}`),
    ];
    const { padding, panelWidth, tapLabels } = layOutPlot(errorByDepth(chain(taps), run(), 'class'));
    const step = panelWidth / taps.length;
    for (const [place, label] of tapLabels.entries()) {
      const reach = label.length * 7.2 * Math.SQRT1_2 - (place + 0.5) * step;
      expect(padding.left).toBeGreaterThan(reach);
    }
  });
});
