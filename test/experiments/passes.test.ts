import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Pass, type PassLab, probeInPasses } from '../../scripts/experiments/passes.js';
import { readCheckpointsRecord, writeCheckpointsRecord } from '../../src/report/checkpoint-run.js';
import { temporaryFolder } from '../dataset/temporary-folder.js';

const RECORD = { strataVersion: '0.1.0', cache: 'cache', dataset: 'idx', network: 'net' };

/** A lab that leaves the folders that strata would, and says what it was asked for; it fails where it is told to. */
function labOf(failsAt = Number.POSITIVE_INFINITY) {
  const done: string[] = [];
  const listed: string[] = [];
  const note = (line: string) => {
    if (done.length === failsAt) throw new Error('stopped');
    done.push(line);
  };
  const valuesOf = (args: readonly string[], option: string) =>
    args.filter((_, at) => args[at - 1] === option);
  const cached: string[] = [];
  const lab: PassLab = {
    list: (line) => listed.push(line),
    extract: async (args) => {
      note(`extract ${valuesOf(args, '--model').join(' ')}`);
      const [cache = ''] = valuesOf(args, '--cache');
      for (const model of valuesOf(args, '--model')) {
        const folder = model.replace('step-', 'step=');
        mkdirSync(join(cache, folder), { recursive: true });
        cached.push(folder);
      }
    },
    probe: async (args) => {
      const [out = ''] = valuesOf(args, '--out');
      note(`probe ${out.split('/').at(-1)}`);
      mkdirSync(out, { recursive: true });
      const known = (await readCheckpointsRecord(out))?.checkpoints ?? [];
      const own = cached.map((folder, step) => ({ folder, step, modelSeed: null, model: folder }));
      await writeCheckpointsRecord(out, { ...RECORD, checkpoints: [...known, ...own] });
      return { probed: [], files: [] };
    },
    remove: async (cache) => {
      note('remove');
      rmSync(cache, { recursive: true });
      cached.length = 0;
    },
  };
  return { lab, done, listed };
}

function passingIn(folder: string) {
  const way = (out: string) => ({ args: ['--labels', 'label'], out: join(folder, out) });
  const pass = (steps: readonly number[], ways: Pass['ways']): Pass => ({
    models: steps.map((step) => `step-${step}`),
    folders: steps.map((step) => `step=${step}`),
    ways,
  });
  const passes = [pass([0, 9], [way('run'), way('optimum')]), pass([3], [way('run')])];
  return { extract: ['--dataset', 'idx:mnist'], cache: join(folder, 'cache'), passes };
}

const ALL = [
  'extract step-0 step-9',
  'probe run',
  'probe optimum',
  'remove',
  'extract step-3',
  'probe run',
  'remove',
];

describe('passes', () => {
  it('extract some checkpoints, probe them and delete their caches before the next ones', async () => {
    const { lab, done, listed } = labOf();
    const folder = temporaryFolder();
    await probeInPasses(lab, passingIn(folder));
    expect(done).toEqual(ALL);
    const cache = join(folder, 'cache');
    expect(listed).toEqual([
      `strata extract --dataset idx:mnist --model step-0 --model step-9 --cache ${cache}`,
      `strata probe --cache ${cache} --out ${join(folder, 'run')} --labels label`,
      `strata probe --cache ${cache} --out ${join(folder, 'optimum')} --labels label`,
      `strata rm ${cache} --yes`,
      '# the same of --model step-3',
    ]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'go on where they were stopped, before the work at place %i',
    async (place) => {
      const folder = temporaryFolder();
      await expect(probeInPasses(labOf(place).lab, passingIn(folder))).rejects.toThrow('stopped');
      const again = labOf();
      // What the cache holds is not known to another lab by itself.
      await probeInPasses(again.lab, passingIn(folder));
      const kept = again.done.filter((line) => !line.startsWith('extract'));
      expect(kept).toEqual(ALL.slice(place).filter((line) => !line.startsWith('extract')));
      const finished = labOf();
      await probeInPasses(finished.lab, passingIn(folder));
      expect([finished.done, finished.listed.length]).toEqual([[], 5]);
    },
  );

  it('take the run of a single cache as done once its record is there', async () => {
    const folder = temporaryFolder();
    const passing = passingIn(folder);
    const [first] = passing.passes;
    const single = { ...passing, passes: [{ ...first!, folders: [''], ways: first!.ways.slice(0, 1) }] };
    mkdirSync(join(folder, 'run'));
    writeFileSync(join(folder, 'run', 'run.json'), '{}');
    mkdirSync(join(folder, 'cache'));
    const { lab, done } = labOf();
    await probeInPasses(lab, single);
    expect(done).toEqual(['remove']);
  });
});
