import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlledLabelSet, controlName, isControlName } from '../src/control-name.js';

describe('the name of a control', () => {
  it('tells which label set it is of, whatever that is called', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(controlledLabelSet(controlName(name))).toBe(name);
        expect(isControlName(controlName(name))).toBe(true);
      }),
    );
    expect(controlledLabelSet('random((a)\nb)')).toBe('(a)\nb');
  });

  it.each(['randomised', 'random(x', 'random(x)=y.csv', 'a random(x)', 'label'])('is not %s', (name) => {
    expect(isControlName(name)).toBe(false);
  });

  it('has a short form, which is no name in full', () => {
    expect(isControlName('random')).toBe(true);
    expect(controlledLabelSet('random')).toBeUndefined();
  });
});
