import type { DrawnPlot } from './class-report.js';
import { escapeHtml } from './escape-html.js';

/** A plot with links to its files. */
export function figure({ name, svg, labelSet }: DrawnPlot): string {
  // The file's name goes into a link: percent signs of an encoded label set are part of it.
  const link = (extension: string) =>
    `<a href="${escapeHtml(encodeURIComponent(`${name}.${extension}`))}">${extension.toUpperCase()}</a>`;
  const set = labelSet == null ? '' : ` data-label-set="${escapeHtml(labelSet)}"`;
  const links = `${link('svg')}, ${link('png')}, numbers as ${link('csv')}`;
  return `<figure${set}>\n${svg.trim()}\n<figcaption>${links}</figcaption>\n</figure>`;
}

/** Plots beside each other, as many as a line has room for. */
export function figures(plots: readonly DrawnPlot[]): readonly string[] {
  return plots.length === 0 ? [] : ['<div class="figures">', ...plots.map(figure), '</div>'];
}

/** Whether a figure is a network, at one time or in frames. */
export function isNetwork({ name }: DrawnPlot): boolean {
  return /^network(-frames)?\./.test(name);
}

/** Networks under a heading of their own, label set by label set: the first one open. */
export function networkSections(networks: readonly DrawnPlot[]): readonly string[] {
  if (networks.length === 0) return [];
  return [
    '<h2>The network, coloured by error</h2>',
    '<p class="below only-scripted">A tap that is picked here, in a plot or in a table is shown in all of them.</p>',
    ...networks.flatMap((network, at) => [
      `<details${at === 0 ? ' open' : ''}><summary>${escapeHtml(network.labelSet ?? network.name)}</summary>`,
      figure(network),
      '</details>',
    ]),
  ];
}
