import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { controlsOf, readRunRecord, writeRunRecord } from '../../src/report/run-record.js';
import { labelSet, run } from './example-run.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();

describe('run.json', () => {
  it('comes back as it was written', async () => {
    const directory = folder();
    await writeRunRecord(directory, run());
    expect(await readRunRecord(directory)).toEqual(run());
  });

  it('of an earlier version knows the one control by its short name', async () => {
    const directory = folder();
    const labelSets = ['random', 'random(x)', 'hue'].map((name) => {
      const { controlOf: _, ...old } = labelSet({ name });
      return old;
    });
    writeFileSync(join(directory, 'run.json'), JSON.stringify({ ...run(), labelSets }));
    const read = await readRunRecord(directory);
    expect(read.labelSets.map(({ controlOf }) => controlOf)).toEqual(['label', null, null]);
    expect(controlsOf(read)).toEqual(['random']);
    expect(read.duplicates).toBeUndefined();
  });

  it('is read without a chance level where an earlier version wrote it, whose chance level was another', async () => {
    const directory = folder();
    const labelSets = run().labelSets.map(({ chance: _, ...others }) => ({
      ...others,
      chanceError: { train: 0.8, valid: 0.924, test: 0.924 },
    }));
    writeFileSync(join(directory, 'run.json'), JSON.stringify({ ...run(), labelSets }));
    const [record] = (await readRunRecord(directory)).labelSets;
    expect(record!.chance).toEqual({ train: null, valid: null, test: null });
  });

  it('is refused with one clear line where it is missing, cut or wrong', async () => {
    const directory = folder();
    await expect(readRunRecord(directory)).rejects.toThrow(
      `not a strata run: ${directory} (it has no run.json`,
    );
    await expect(readRunRecord(join(directory, 'nowhere'))).rejects.toThrow('not a strata run: ');
    const file = join(directory, 'run.json');
    writeFileSync(file, '{"strataVersion": ');
    await expect(readRunRecord(directory)).rejects.toThrow(`not a strata run: ${file}: `);
    writeFileSync(file, JSON.stringify({ ...run(), backend: { name: 'tensorflow' } }));
    await expect(readRunRecord(directory)).rejects.toThrow(`not a strata run: ${file}: backend.version: `);
  });
});
