import { describe, expect, it } from 'vitest';
import { nthStyle } from '../../src/report/line-style.js';

describe('nthStyle', () => {
  const styles = Array.from({ length: 60 }, (_, index) => nthStyle(index));

  it('tells a dozen lines apart without their colours, and sixty with them', () => {
    const shapes = styles.slice(0, 12).map(({ marker, dash }) => JSON.stringify([marker, dash]));
    expect(new Set(shapes).size).toBe(12);
    expect(new Set(styles.map((style) => JSON.stringify(style))).size).toBe(60);
  });
});
