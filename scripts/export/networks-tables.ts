import { digits, markdown } from '../bench/section.js';
import { FORMATS, type MeasuredNetwork, type NetworkLibrary, shapeGroups } from './paper-networks.js';
import { SECTIONS } from './results.js';

function rowOf(one: MeasuredNetwork): readonly string[] {
  return [
    one.title,
    FORMATS[one.library],
    `${one.points.length}`,
    digits(one.exportSeconds),
    digits(one.openSeconds),
    digits(one.imagesPerSecond),
    digits(one.wallSeconds),
    (one.peakBytes / 1e6).toFixed(0),
    digits(one.bytesPerImage / 1000),
    one.load,
  ];
}

/** The section of time and memory. Pure. */
export function networksTable(
  rows: readonly MeasuredNetwork[],
  reductions: string,
  circumstance: string,
): string {
  return markdown({
    title: SECTIONS.networks,
    header: [
      'network',
      'format',
      'points',
      'export s',
      'open s',
      'images/s',
      'all s',
      'peak MB',
      'kB an image',
      'load',
    ],
    rows: rows.map(rowOf),
    notes: [
      `Each is exported with \`--weights random --seed 1\` and extracted by \`strata extract --taps paper --reduce ${reductions}\`: every point under`,
      `both reductions, in one forward pass, float32. A part of imagenette: ${rows[0]?.images} images of each of two splits, about a tenth as many of each class.`,
      '',
      '- _export_: from the command to the file, once; PyTorch or TensorFlow start in it.',
      '- _open_: from the start of `extract` to its first image: reading, compiling and checking the network.',
      '- _images/s_: from the first image to the last committed shard. _all_: the whole command.',
      '- _peak_: the most resident memory of the process. _kB an image_: features and samples on disk. _load_: the load average before.',
      '',
      circumstance,
    ],
  });
}

/** Some names as a range. */
function range(names: readonly string[] | undefined): string {
  const [first, second, ...more] = names ?? [];
  if (first === undefined) return '';
  if (second === undefined) return `\`${first}\``;
  return more.length === 0 ? `\`${first}\`, \`${second}\`` : `\`${first}\` … \`${more.at(-1)}\``;
}

function pointRows(title: string, rows: readonly MeasuredNetwork[]): readonly (readonly string[])[] {
  return shapeGroups(rows.filter((row) => row.title === title)).map(({ shape, names }) => {
    const features = shape.split('x').reduce((product, length) => product * Number(length), 1);
    const count = Math.max(...[...names.values()].map((some) => some.length));
    const cell = (library: NetworkLibrary) => range(names.get(library));
    return [title, shape, `${features}`, `${count}`, cell('torchvision'), cell('keras')];
  });
}

/** The section of the points that `--taps paper` chooses in each network, by their shape. Pure. */
export function pointsTable(rows: readonly MeasuredNetwork[]): string {
  const titles = [...new Set(rows.map(({ title }) => title))];
  return markdown({
    title: SECTIONS.points,
    header: ['network', 'shape', 'features', 'points', 'ONNX', 'SavedModel'],
    rows: titles.flatMap((title) => pointRows(title, rows)),
    notes: [
      "ResNet-50 has the input and the 16 merges of the paper's Figure 4. That table says (28, 28, 256) of the first three; a ResNet-50 whose",
      'image has 224 x 224 pixels has 56 x 56 places there, and the other 14 shapes are as printed.',
      '',
      "Inception v3's 17 points have the numbers of features that Appendix C counts: 13 above 100,000, 11 above 200,000, and one of 426,320. Keras's has no",
      'auxiliary head, whose convolutions are two of them.',
      '',
      'The paper wishes for the others and names no points in them: ResNets as above; of VGG the input, the end of every block, and the dense',
      'layers after their activation.',
    ],
  });
}
