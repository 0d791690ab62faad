import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { svgPng } from '../../src/report/png.js';

const FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="12"';
const svg = (inner: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30">${inner}</svg>`;

/** How many pixels are dark. */
async function inkOf(png: Uint8Array): Promise<number> {
  const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  return data.reduce((dark, value) => dark + (value < 128 ? 1 : 0), 0);
}

describe('svgPng', () => {
  it('has two pixels for each of the SVG, on white, and says how large it is in print', async () => {
    const { width, height, density, format } = await sharp(svgPng(svg(''))).metadata();
    expect({ width, height, density, format }).toEqual({
      width: 120,
      height: 60,
      density: 288,
      format: 'png',
    });
    const { data } = await sharp(svgPng(svg('')))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.every((value) => value === 255)).toBe(true);
  });

  it('draws letters, regular and bold, without any font of the machine', async () => {
    const text = (weight: string) =>
      svg(`<text x="5" y="20" ${FONT} font-weight="${weight}">Hamburg 12 %</text>`);
    const regular = await inkOf(svgPng(text('normal')));
    expect(regular).toBeGreaterThan(300);
    expect(await inkOf(svgPng(text('bold')))).toBeGreaterThan(1.2 * regular);
  });

  it('has the same bytes each time', () => {
    const picture = svg(`<text x="5" y="20" ${FONT}>add_5</text>`);
    expect(svgPng(picture)).toEqual(svgPng(picture));
  });
});
