import { edgeMark } from './network-edges.js';
import { foldNetwork } from './network-fold.js';
import { networkHeader } from './network-header.js';
import { layOutNetwork } from './network-layout.js';
import { nodeMark, sizeOf } from './network-nodes.js';
import type { NetworkPlot } from './network-plot.js';
import { svgDocument, svgElement } from './svg-element.js';
import { framesStyle } from './svg-frames.js';

const MARGIN = 6;

/** Draws a network as an SVG document with a transparent background. Several frames become an animation. */
export async function networkSvg(plot: NetworkPlot): Promise<string> {
  const { nodes, edges } = plot.graph;
  const sizes = nodes.map((node) => sizeOf(node, plot));
  const network = foldNetwork(await layOutNetwork(sizes, edges));
  const header = networkHeader(plot);
  const width = Math.max(network.width, header.width) + 2 * MARGIN;
  const left = Math.round((width - network.width) / 2);
  const size = { width, height: header.height + network.height + MARGIN };
  return svgDocument({ ...size, title: `${plot.title}: ${plot.subtitle}` }, [
    ...framesStyle(plot.frames.length),
    ...header.marks,
    svgElement('g', { transform: `translate(${left} ${header.height})` }, [
      ...network.edges.map(edgeMark),
      ...nodes.map((node, at) => `\n${nodeMark(node, network.nodes[at]!, plot)}`),
    ]),
  ]);
}
