import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Lab } from '../../scripts/experiments/lab.js';
import { pageText } from '../../scripts/experiments/page.js';
import { temporaryFolder } from '../dataset/temporary-folder.js';

const RUNNING = {
  name: 'factors',
  commands: ['strata extract', 'strata probe'],
  spent: { extract: { wall: 12, user: 20 }, probe: { wall: 30.5, user: null } },
  circumstances: 'A machine.',
};

describe('the page of an experiment', () => {
  it('states the processor time where all of it is known', () => {
    const page = { about: '', findings: [], tables: [], figures: [], notes: [] };
    const spent = { training: { wall: 100, user: 150 }, probe: { wall: 50, user: 60 } };
    expect(pageText(page, { ...RUNNING, spent })).toContain(
      'Wall time: 2 min 30 s (training 1 min 40 s, probe 50.0 s); processor time, user: 3 min 30 s (training 2 min 30 s, probe 60.0 s).',
    );
  });

  it('has the commands, the time, the findings beside the paper, the tables and the pictures', () => {
    const text = pageText(
      {
        about: 'Section 3.6.',
        findings: [{ paper: 'it falls', here: 'it does' }],
        tables: [{ caption: 'Errors', header: ['tap', 'error'], rows: [['add_1', '3.00']] }],
        figures: [{ path: 'data/a.svg', shows: 'error by depth' }],
        notes: ['A note.'],
      },
      RUNNING,
    );
    expect(text.split('\n\n')).toEqual([
      'Section 3.6.',
      '```sh\nmake experiment-factors    # which runs:\nstrata extract\nstrata probe\n```',
      'Wall time: 42.5 s (extract 12.0 s, probe 30.5 s).',
      '| the paper | here |\n| --- | --- |\n| it falls | it does |',
      'Errors',
      '| tap | error |\n| --- | ---: |\n| add_1 | 3.00 |',
      '- `data/a.svg`: error by depth',
      'A note.',
      'A machine.',
    ]);
  });
});

describe('the time of a stage', () => {
  const nothing = async () => undefined;

  it('is added up over runs that had something to do, and kept in the folder', async () => {
    const folder = temporaryFolder();
    const lab = await Lab.open(folder, () => undefined);
    expect(await lab.timed('train', async () => ({ result: 7, worked: true }))).toBe(7);
    const first = lab.spent.train;
    expect(first?.wall).toBeGreaterThan(0);
    await lab.timed('probe', async () => ({ result: await nothing(), worked: false }));
    expect(Object.keys(lab.spent)).toEqual(['train']);
    const again = await Lab.open(folder, () => undefined);
    expect(again.spent).toEqual({ train: first });
    await again.timed('train', async () => ({ result: await nothing(), worked: true }));
    expect(again.spent.train?.wall).toBeGreaterThan(first?.wall ?? 0);
    expect(JSON.parse(readFileSync(join(folder, 'seconds.json'), 'utf8'))).toEqual(again.spent);
  });
});
