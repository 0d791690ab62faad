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
  it('has 300 dots for each inch of print, on white, in which text of 12 px has 7 points', async () => {
    const { width, height, density, format } = await sharp(await svgPng(svg(''))).metadata();
    expect({ width, height, density, format }).toEqual({
      width: Math.round(60 * (7 / 12) * (300 / 72)),
      height: Math.round(30 * (7 / 12) * (300 / 72)),
      density: 300,
      format: 'png',
    });
    const { data } = await sharp(await svgPng(svg('')))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.every((value) => value === 255)).toBe(true);
  });

  it('draws letters, regular and bold, without any font of the machine', async () => {
    const text = (weight: string) =>
      svg(`<text x="5" y="20" ${FONT} font-weight="${weight}">Hamburg 12 %</text>`);
    const regular = await inkOf(await svgPng(text('normal')));
    expect(regular).toBeGreaterThan(300);
    expect(await inkOf(await svgPng(text('bold')))).toBeGreaterThan(1.2 * regular);
  });

  it('has the same bytes each time', async () => {
    const picture = svg(`<text x="5" y="20" ${FONT}>add_5</text>`);
    expect(await svgPng(picture)).toEqual(await svgPng(picture));
  });
});
