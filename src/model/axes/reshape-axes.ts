// A reshape keeps the order of the numbers, so the parts of all axes, outermost first, are the parts of the new axes too:
//   (batch, [height], [width], [channels]) -> (batch, [height, width], [channels])
// A part is cut where a new axis ends within it, and what does not divide is unknown from there on.
import { type Axes, type Axis, type AxisPart, axisOf, isPosition, lengthOf, unknownAxis } from './axis.js';

/** Takes parts of a length off a list; undefined where none of its parts end there. */
function take(parts: AxisPart[], length: number): Axis | undefined {
  if (length === 1) return parts[0]?.length === 1 ? [parts.shift()!] : [];
  const taken: AxisPart[] = [];
  for (let left = length; left > 1; ) {
    const part = parts.shift();
    if (part === undefined) return undefined;
    if (left % part.length === 0) {
      taken.push(part);
      left /= part.length;
    } else if (part.length % left === 0) {
      taken.push({ ...part, length: left });
      parts.unshift({ ...part, length: part.length / left });
      left = 1;
    } else return undefined;
  }
  return taken;
}

/** A vector cut up has no positions that would tell which of its new axes are channels. */
function isVectorCutUp(axes: Axes): boolean {
  const long = axes.flat().filter(({ length }) => length > 1);
  const cut = axes
    .slice(1)
    .filter((axis) => axis.some(({ meaning, length }) => meaning === 'channels' && length > 1));
  return cut.length > 1 && !long.some(({ meaning }) => isPosition(meaning));
}

/**
 * The axes of a tensor after a reshape.
 *
 * @param shape - the new shape, with the batch.
 * @param since - the op, which unknown axes name.
 */
export function reshapeAxes(axes: Axes, shape: readonly number[], since: string): Axes {
  const parts = [...axes.flat()];
  const total = lengthOf(parts);
  if (shape.reduce((product, length) => product * length, 1) !== total)
    return shape.map((length) => unknownAxis(length, since));
  let aligned = true;
  const found = shape.map((length): Axis => {
    const taken = aligned ? take(parts, length) : undefined;
    aligned = taken !== undefined;
    return taken ?? unknownAxis(length, since);
  });
  const before = axes.filter((axis) =>
    axis.some(({ meaning, length }) => meaning === 'channels' && length > 1),
  );
  if (before.length !== 1 || !isVectorCutUp(found)) return found;
  return found.map((axis, at) => (at === 0 ? axis : unknownAxis(lengthOf(axis), since)));
}

/** The axes of a tensor after their order has changed. */
export function permuteAxes(axes: Axes, order: readonly number[]): Axes {
  return order.map((at) => axes[at < 0 ? at + axes.length : at] ?? axisOf('unknown', 1));
}
