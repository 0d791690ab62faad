import { describe, expect, it } from 'vitest';
import { classMapSha256, inClassOrder } from '../../src/class-order.js';
import type { SampleTable } from '../../src/read/samples.js';
import { classOrderWarning } from '../../src/report/class-order-warning.js';
import type { Manifest } from '../../src/store/manifest.js';

const classes = Array.from({ length: 12 }, (_, at) => String(at)).sort();

function manifest(outputNames: readonly string[]): Manifest {
  const mapSha256 = classMapSha256(
    outputNames,
    classes.map((name) => outputNames.indexOf(name)),
  );
  const identity = { labelSets: { label: { classes } }, classifier: { outputs: 12, mapSha256 } };
  return { identity, names: { model: 'net' } } as unknown as Manifest;
}

/** A sample of each class, and what a network says of it whose output k is the class k. */
function samples(outputNames: readonly string[]): SampleTable {
  const labels = { label: Int32Array.from(classes.keys()) };
  return {
    labels,
    modelPrediction: classes.map((name) => outputNames[Number(name)]!),
  } as unknown as SampleTable;
}

describe('classOrderWarning', () => {
  it('warns of a cache whose outputs were read in text order and are in the order of numbers', () => {
    expect(classOrderWarning(manifest(classes), [samples(classes), samples(classes)])).toMatch(
      /^net's outputs fit the classes in numeric order .* 0\.00 % of 24 samples wrong, not 83\.33 % .*--class-map numeric$/,
    );
  });

  it('says nothing of one that was read right, nor of one with a class map of its own', () => {
    const numeric = inClassOrder(classes, 'numeric');
    expect(classOrderWarning(manifest(numeric), [samples(numeric)])).toBeUndefined();
    const own = classes.toReversed();
    expect(classOrderWarning(manifest(own), [samples(own)])).toBeUndefined();
  });
});
