import { beforeAll, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import type { GraphDef } from '../../src/forward/graph-def.js';
import { type GraphStore, graphStore } from '../../src/forward/graph-store.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import { saveLayers, temporaryFolder } from '../model/save-model.js';
import { residualModel } from '../model/tiny-models.js';
import { featuresOf, requestFor } from './requests.js';

beforeAll(async () => {
  await loadBackend('tensorflow');
});

test('a graph is taken from the store when everything it depends on is the same', async () => {
  const store = graphStore(temporaryFolder());
  const calls: string[] = [];
  const watched = {
    read: async (key: string) => {
      const graph = await store.read(key);
      calls.push(graph === undefined ? 'missing' : 'found');
      return graph;
    },
    write: store.write,
  };
  const path = await saveLayers(residualModel());
  for (const asked of [{}, {}, { batch: 3 }, { taps: ['add'] }, { reduce: ['average-pool'] }]) {
    await prepareForward(await requestFor(path, { ...asked, change: { store: watched } }));
  }
  expect(calls).toEqual(['missing', 'found', 'missing', 'missing', 'missing']);
});

test('a graph in the store that gives one tap the features of another is made anew, with a note', async () => {
  const asked = { taps: ['add', 'add_1'], reduce: ['average-pool'] };
  const kept = new Map<string, GraphDef>();
  const store: GraphStore = {
    read: async (key) => kept.get(key),
    holds: (key) => kept.has(key),
    write: async (key, graph) => {
      kept.set(key, graph);
    },
  };
  const path = await saveLayers(residualModel());
  const first = await requestFor(path, { ...asked, change: { store } });
  const right = await featuresOf(first, (await prepareForward(first)).open());
  const [[key, graph]] = [...kept] as [[string, GraphDef]];
  kept.set(key, { ...graph, outputs: { ...graph.outputs, 0: graph.outputs[1]!, 1: graph.outputs[0]! } });
  const again = await requestFor(path, { ...asked, change: { store } });
  const prepared = await prepareForward(again);
  expect(prepared).toMatchObject({
    kind: 'compiled',
    notes: ["the compiled network in the user's cache was damaged, and is compiled anew"],
  });
  expect(await featuresOf(again, prepared.open())).toEqual(right);
  expect(kept.get(key)!.outputs).toEqual(graph.outputs);
  const unharmed = await prepareForward(await requestFor(path, { ...asked, change: { store } }));
  expect(unharmed.notes).toEqual([]);
  unharmed.open().dispose();
});

test('a store that cannot be written to is noted, and the network is compiled all the same', async () => {
  const store: GraphStore = {
    read: async () => undefined,
    write: async () => {
      throw new Error('disk full');
    },
  };
  const request = await requestFor(await saveLayers(residualModel()), { taps: ['add'], change: { store } });
  const prepared = await prepareForward(request);
  expect(prepared.kind).toBe('compiled');
  expect(prepared.notes).toEqual(['the compiled network is not kept for the next run: disk full']);
  prepared.open().dispose();
});
