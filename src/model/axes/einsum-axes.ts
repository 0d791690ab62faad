import { type Axis, axisOf, isPosition, lengthOf, meaningsOf, resized } from './axis.js';
import type { AxisRule } from './op-view.js';

/**
 * Einstein's sum, `bthd,bshd->bhts`. A letter of the output is the axis of the first input that has it; one that only a
 * constant has is channels, but where the constant takes positions away and channels stay. Undefined for an equation with
 * an ellipsis or without an arrow.
 */
export const einsumAxes: AxisRule = ({ inputs, shape, text }) => {
  const [terms, output] = (text('equation') ?? '').replaceAll(' ', '').split('->');
  if (terms === undefined || output === undefined || terms.includes('.')) return undefined;
  const letters = terms.split(',');
  const known = new Map<string, { readonly axis: Axis; readonly meaning: string }>();
  for (const [at, axes] of inputs.entries())
    for (const [place, letter] of [...(letters[at] ?? '')].entries())
      if (axes?.[place] !== undefined && !known.has(letter))
        known.set(letter, { axis: axes[place], meaning: meaningsOf(axes)[place]! });
  const gone = [...known].filter(([letter]) => !output.includes(letter)).map(([, found]) => found);
  const stays = [...known].some(([letter, { meaning }]) => output.includes(letter) && meaning === 'channels');
  const mixesPositions = stays && gone.some(({ meaning }) => isPosition(meaning as 'tokens'));
  const axes = [...output].map((letter, at): Axis => {
    const found = known.get(letter);
    if (found === undefined) return axisOf(mixesPositions ? 'tokens' : 'channels', shape[at] ?? 1);
    return lengthOf(found.axis) === shape[at] ? found.axis : resized([found.axis], 0, shape[at] ?? 1);
  });
  return { axes, over: gone.map(({ axis }) => axis) };
};
