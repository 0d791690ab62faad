import { describe, expect, test } from 'vitest';
import { decodeConcurrency, poolThreads } from '../../src/decode/decode-concurrency.js';

describe('poolThreads', () => {
  test('is four where nothing is said', () => {
    expect(poolThreads({})).toBe(4);
  });

  test('reads the variable as libuv does', () => {
    const said = ['12', '0', '', 'many', '8 threads', '-3', '5000'];
    expect(said.map((size) => poolThreads({ UV_THREADPOOL_SIZE: size }))).toEqual([
      12, 1, 1, 1, 8, 1024, 1024,
    ]);
  });
});

describe('decodeConcurrency', () => {
  test('has an image for every thread', () => {
    expect([1, 4, 34].map(decodeConcurrency)).toEqual([1, 4, 34]);
    expect(decodeConcurrency()).toBe(poolThreads());
  });
});
