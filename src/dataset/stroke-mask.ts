/** A straight line from (x1, y1) to (x2, y2), in pixels; the centre of the top left pixel is (0, 0). */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/**
 * How much of each pixel a set of strokes covers: (size, size) values in [0, 1], one pixel of anti-aliasing.
 * coverage = clamp(halfWidth + 1/2 - distance to the nearest segment).
 */
export function strokeMask(segments: readonly Segment[], halfWidth: number, size: number): Float64Array {
  const squared = new Float64Array(size * size).fill(Number.MAX_VALUE);
  for (const segment of segments) nearer(squared, segment, { reach: halfWidth + 0.5, size });
  for (let pixel = 0; pixel < squared.length; pixel++) {
    const distance = Math.sqrt(squared[pixel] as number);
    squared[pixel] = Math.max(0, Math.min(1, halfWidth + 0.5 - distance));
  }
  return squared;
}

/** Lowers the squared distances around one segment, only where it can cover anything. */
function nearer(
  squared: Float64Array,
  segment: Segment,
  { reach, size }: { reach: number; size: number },
): void {
  const [x1, y1, x2, y2] = segment;
  const [dx, dy] = [x2 - x1, y2 - y1];
  const lengthSquared = dx * dx + dy * dy;
  const inside = (value: number): number => Math.max(0, Math.min(size - 1, value));
  const [left, right] = [
    inside(Math.floor(Math.min(x1, x2) - reach)),
    inside(Math.ceil(Math.max(x1, x2) + reach)),
  ];
  const [top, bottom] = [
    inside(Math.floor(Math.min(y1, y2) - reach)),
    inside(Math.ceil(Math.max(y1, y2) + reach)),
  ];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const along = lengthSquared === 0 ? 0 : ((x - x1) * dx + (y - y1) * dy) / lengthSquared;
      const clamped = Math.max(0, Math.min(1, along));
      const ex = x - x1 - clamped * dx;
      const ey = y - y1 - clamped * dy;
      const at = y * size + x;
      squared[at] = Math.min(squared[at] as number, ex * ex + ey * ey);
    }
  }
}

/** Lays a colour over a (size, size, 3) canvas where the mask covers it. */
export function paintSegments(
  canvas: Float64Array,
  mask: Float64Array,
  colour: readonly [number, number, number],
): void {
  for (let pixel = 0, at = 0; pixel < mask.length; pixel++, at += 3) {
    const cover = mask[pixel] as number;
    if (cover === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      const under = canvas[at + channel] as number;
      canvas[at + channel] = under + ((colour[channel] as number) - under) * cover;
    }
  }
}
