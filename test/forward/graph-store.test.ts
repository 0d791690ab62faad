import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { graphStore } from '../../src/forward/graph-store.js';
import { temporaryFolder } from '../model/save-model.js';

function graph(fill: number) {
  return { bytes: new Uint8Array(100).fill(fill), input: 'n0', outputs: { 0: 'n1', probabilities: 'n2' } };
}

test('a graph comes back as it was written', async () => {
  const store = graphStore(join(temporaryFolder(), 'graphs'));
  expect(await store.read('one')).toBeUndefined();
  await store.write('one', graph(1));
  const found = await store.read('one');
  expect({ ...found, bytes: new Uint8Array(found!.bytes) }).toEqual(graph(1));
});

test('a graph with a changed byte, a short one and one without its head count as missing', async () => {
  const folder = temporaryFolder();
  const store = graphStore(folder);
  for (const key of ['changed', 'short', 'headless']) await store.write(key, graph(2));
  const bytes = await readFile(join(folder, 'changed.pb'));
  await writeFile(join(folder, 'changed.pb'), bytes.fill(3, 0, 1));
  await writeFile(join(folder, 'short.pb'), bytes.subarray(0, 50));
  await writeFile(join(folder, 'headless.json'), '{}');
  for (const key of ['changed', 'short', 'headless']) expect(await store.read(key), key).toBeUndefined();
});

test('a bit flipped anywhere in an entry leaves it as it was, or missing', async () => {
  const folder = temporaryFolder();
  const store = graphStore(folder);
  const whole = graph(5);
  await store.write('entry', whole);
  let remade = 0;
  for (const name of ['entry.json', 'entry.pb']) {
    const file = join(folder, name);
    const bytes = await readFile(file);
    for (const at of bytes.keys()) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      await writeFile(file, changed);
      const found = await store.read('entry');
      if (found === undefined) remade += 1;
      else expect({ ...found, bytes: new Uint8Array(found.bytes) }, `${name} ${at}`).toEqual(whole);
      expect(store.holds?.('entry')).toBe(true);
    }
    await writeFile(file, bytes);
  }
  expect(remade).toBeGreaterThan(200);
  expect(await store.read('entry')).toBeDefined();
});

test('an entry under the name of another counts as missing', async () => {
  const folder = temporaryFolder();
  const store = graphStore(folder);
  await store.write('one', graph(1));
  for (const ending of ['json', 'pb'])
    await writeFile(join(folder, `two.${ending}`), await readFile(join(folder, `one.${ending}`)));
  expect(await store.read('two')).toBeUndefined();
});

test('the eight graphs used last are kept', async () => {
  const folder = temporaryFolder();
  const store = graphStore(folder);
  for (let at = 0; at < 8; at++) {
    await store.write(`g${at}`, graph(at));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await store.read('g0');
  await store.write('g8', graph(8));
  expect(await store.read('g0')).toBeDefined();
  expect(await store.read('g1')).toBeUndefined();
  expect((await readdir(folder)).length).toBe(16);
});

test('a folder that lies where a file of an entry belongs is replaced', async () => {
  const folder = temporaryFolder();
  const store = graphStore(folder);
  for (const ending of ['json', 'pb'])
    await mkdir(join(folder, `entry.${ending}`, 'inside'), { recursive: true });
  expect(await store.read('entry')).toBeUndefined();
  await store.write('entry', graph(4));
  expect((await store.read('entry'))?.input).toBe('n0');
});

test('what a process that was killed left unfinished is removed once it is old, and what another writes now stays', async () => {
  const folder = temporaryFolder();
  const [old, fresh] = ['left.pb.1.tmp', 'written.pb.2.tmp'];
  for (const name of [old, fresh]) await writeFile(join(folder, name), 'half');
  await utimes(join(folder, old), new Date(0), new Date(0));
  await graphStore(folder).write('entry', graph(4));
  expect((await readdir(folder)).sort()).toEqual(['entry.json', 'entry.pb', fresh]);
});
