import { describe, expect, it } from 'vitest';
import {
  classMapSha256,
  inClassOrder,
  isOrderAmbiguous,
  OrderTally,
  orderOfMap,
  orderText,
} from '../src/class-order.js';

const twelve = Array.from({ length: 12 }, (_, at) => String(at)).sort();

describe('inClassOrder', () => {
  it.each([
    [
      ['0', '1', '10', '11', '2'],
      ['0', '1', '2', '10', '11'],
    ],
    [
      ['class_1', 'class_10', 'class_2'],
      ['class_1', 'class_2', 'class_10'],
    ],
    [
      ['01', '1', '10', '2'],
      ['01', '1', '2', '10'],
    ],
    [
      ['class_01', 'class_02', 'class_10'],
      ['class_01', 'class_02', 'class_10'],
    ],
    [
      ['-1', '-2', '0', '10', '2'],
      ['-2', '-1', '0', '2', '10'],
    ],
    [
      ['0.5', '10', '2.25'],
      ['0.5', '2.25', '10'],
    ],
    [
      ['a10b2', 'a10b10', 'a9'],
      ['a9', 'a10b2', 'a10b10'],
    ],
    [
      ['Tench', 'cat', 'dog'],
      ['Tench', 'cat', 'dog'],
    ],
  ])('puts %j by its numbers as %j', (names, numeric) => {
    expect(inClassOrder(names, 'numeric')).toEqual(numeric);
    expect(inClassOrder(numeric, 'text')).toEqual([...names].sort());
  });
});

describe('isOrderAmbiguous', () => {
  it.each([
    [twelve, true],
    [['class_1', 'class_10', 'class_2'], true],
    [['0', '1', '2'], false],
    [['class_01', 'class_02', 'class_10'], false],
    // Of a data set that has an order of its own, as idx files have.
    [['0', '2', '10'], false],
    [['cat', 'dog'], false],
  ])('of %j is %s', (names, ambiguous) => {
    expect(isOrderAmbiguous(names)).toBe(ambiguous);
  });
});

describe('orderText', () => {
  it('shows where the orders part', () => {
    expect(orderText(twelve, 'text')).toBe('0, 1, 10, 11 ...');
    expect(orderText(twelve, 'numeric')).toBe('0, 1, 2, 3 ...');
  });
});

describe('orderOfMap', () => {
  it('knows the order of a recorded map, and none of a file of its own order', () => {
    const of = (names: readonly string[]) =>
      orderOfMap(
        twelve,
        classMapSha256(
          names,
          twelve.map((name) => names.indexOf(name)),
        ),
      );
    expect(of(twelve)).toBe('text');
    expect(of(inClassOrder(twelve, 'numeric'))).toBe('numeric');
    expect(of(twelve.toReversed())).toBeUndefined();
  });
});

describe('an order tally', () => {
  it('warns where the other order fits far better, with both errors and what to do', () => {
    const tally = new OrderTally(twelve, 'text');
    const byText = inClassOrder(twelve, 'text');
    // Output k is the class k.
    for (const label of twelve) tally.add(byText[Number(label)]!, label);
    expect(tally.warning('net')).toBe(
      "net's outputs fit the classes in numeric order (0, 1, 2, 3 ...) far better: 0.00 % of 12 samples wrong, not 83.33 % as in " +
        'text order (0, 1, 10, 11 ...), which was used; extract into another cache with --class-map numeric',
    );
  });

  it('says nothing where the order used fits, or where neither does', () => {
    const right = new OrderTally(twelve, 'text');
    for (const label of twelve) right.add(label, label);
    expect(right.warning('net')).toBeUndefined();
    const chance = new OrderTally(twelve, 'numeric');
    for (const label of twelve) chance.add('0', label);
    expect(chance.warning('net')).toBeUndefined();
  });
});
