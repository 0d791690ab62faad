import { describe, expect, it } from 'vitest';
import { errorByDepth } from '../../src/report/depth-plot.js';
import { markTaps } from '../../src/report/mark-taps.js';
import { plotSvg } from '../../src/report/plot-svg.js';
import { chain, run } from './example-run.js';
import { elementsOf } from './xml-elements.js';

describe('markTaps', () => {
  it('marks the elements that a tap is found for, and no others', () => {
    const svg = '<path aria-label="a&lt;b"/><path aria-label="other"/><path/>';
    const marked = markTaps(svg, (label) => (label === 'a<b' ? label : undefined));
    expect(marked).toBe('<path aria-label="a&lt;b" data-tap="a&lt;b"/><path aria-label="other"/><path/>');
  });
});

describe('a plot over depth', () => {
  it('has the name of its tap on each point of each line, whatever is in it', async () => {
    const taps = ['input', 'add', 'add, test', '"<&\'>'];
    const svg = await plotSvg(errorByDepth(chain(taps), run(), 'class'));
    elementsOf(svg);
    const marked = [...svg.matchAll(/aria-label="([^"]*)" data-tap="([^"]*)"/g)];
    expect(marked).toHaveLength(3 * taps.length);
    for (const [, label = '', tap] of marked)
      expect(label.replaceAll("'", '&#39;').startsWith(`${tap}, `)).toBe(true);
  });
});
