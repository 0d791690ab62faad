// The colour of an error: red is bad, green to blue is good, as in the paper's Figures 5 and 9. Lightness rises evenly
// (OKLab) from the worst to the best, so that the scale can be read without seeing colours, and neighbours stay apart
// for eyes that lack red, green or blue cones (a tenth of the scale is at least 5 Delta E in Machado's simulation of 2009).

type Rgb = readonly [red: number, green: number, blue: number];

/** From the best error, 0, to the worst, 1, at equal distances. */
const STOPS: readonly Rgb[] = [
  [186, 229, 255],
  [103, 226, 218],
  [111, 208, 135],
  [161, 173, 39],
  [192, 123, 7],
  [190, 71, 3],
  [168, 0, 9],
  [120, 0, 14],
];

/**
 * The colour of an error as `#rrggbb`.
 *
 * @param share - 0 where nothing is wrong, 1 for the worst, such as chance; beyond these as at them.
 */
export function errorColour(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const at = Math.min(STOPS.length - 2, Math.floor(place));
  const [from, to] = [STOPS[at]!, STOPS[at + 1]!];
  const parts = from.map((value, channel) => Math.round(value + (place - at) * (to[channel]! - value)));
  return `#${parts.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
