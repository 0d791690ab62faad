/** Points of print for a pixel of the SVG: text of 12 px, the smallest there is, is set in 7 points. */
export const POINTS_PER_PIXEL = 7 / 12;

const POINTS_PER_INCH = 72;

/** Pixels of a figure that fills one column of a paper, 3.3 inches, and of one over two columns, 6.8 inches. */
export const COLUMN_WIDTH = pixelsOf(3.3);
export const PAGE_WIDTH = pixelsOf(6.8);

function pixelsOf(inches: number): number {
  return Math.floor((inches * POINTS_PER_INCH) / POINTS_PER_PIXEL);
}
