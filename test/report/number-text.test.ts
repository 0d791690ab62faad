import { describe, expect, it } from 'vitest';
import {
  bytesText,
  countText,
  intervalText,
  l2Text,
  lossText,
  percentText,
  probabilityText,
  scientificText,
  secondsText,
} from '../../src/report/number-text.js';

describe('number texts', () => {
  it('gives percentages as many decimals as the samples justify', () => {
    expect([percentText(0.12345, 999), percentText(0.12345, 1000)]).toEqual(['12.3', '12.35']);
  });

  it('gives p-values three decimals, or two digits where they are small', () => {
    const texts = [1, 0.04, 0.0012, 0.00098765, 3.1e-9, 0].map(probabilityText);
    expect(texts).toEqual(['1', '0.04', '0.001', '9.9e-4', '3.1e-9', '<1e-300']);
  });

  it('gives the ends of intervals in percent', () => {
    expect(intervalText({ low: 0.1925, high: 0.228 }, 2000)).toBe('19.25 to 22.80');
    expect(intervalText({ low: -0.05, high: 0.0049 }, 200)).toBe('-5.0 to 0.5');
  });

  it('writes penalties as they are typed, and gaps with two digits', () => {
    expect([0, 1e-4, 3e-5, 0.1, 1, 10].map(l2Text)).toEqual(['0', '1e-4', '3e-5', '1e-1', '1e0', '1e1']);
    expect([0, 3.14e-4, 120].map(scientificText)).toEqual(['0', '3.1e-4', '1.2e2']);
    expect(scientificText(Number.POSITIVE_INFINITY)).toBe('Infinity');
  });

  it('shortens large losses', () => {
    expect([1.2345678, 0, 12345.678].map(lossText)).toEqual(['1.235', '0.000', '1.235e4']);
  });

  it('writes counts, bytes and seconds for people', () => {
    expect([0, 999, 12000, 1281167].map(countText)).toEqual(['0', '999', '12,000', '1,281,167']);
    expect([0, 512, 1536, 16 * 2 ** 30].map(bytesText)).toEqual(['0 B', '512 B', '1.5 KiB', '16.0 GiB']);
    expect([0.256, 12.34, 250].map(secondsText)).toEqual(['0.26 s', '12.3 s', '4 min 10 s']);
  });
});
