import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HAS_PYTHON, softmaxOptimum } from './python.js';
import { strata, temporaryFolder } from './run-strata.js';

const SHARED = '../shared';
const IMAGENETTE = ['--dataset', `folder:${SHARED}/data/imagenette`, '--carve', 'test=0'];

/** Valid errors in % that scikit-learn reached on average-pooled taps, best of three l2 values. */
const KNOWN = {
  block_2_add: 47,
  block_5_add: 35,
  block_9_add: 22,
  block_12_add: 13,
  block_15_add: 4.5,
  out_relu: 1.2,
};

interface Row {
  readonly tap: string;
  readonly shape: string;
  readonly selected: boolean;
  readonly valid: { readonly error: number };
}

describe.skipIf(!existsSync(SHARED) || !HAS_PYTHON)(
  'imagenette',
  async () => {
    const folder = await temporaryFolder();

    it('gives the known errors through MobileNetV2, of the network itself and of probes at its taps', async () => {
      const [cache, run] = [join(folder, 'mobilenet'), join(folder, 'mobilenet-run')];
      const model = [
        '--model',
        `${SHARED}/models/mobilenet-v2`,
        '--preprocess',
        'tf',
        '--class-map',
        `${SHARED}/data/wnids1000.txt`,
      ];
      const taps = ['--taps', Object.keys(KNOWN).join(','), '--reduce', 'average-pool'];
      expect((await strata(['extract', ...IMAGENETTE, ...model, ...taps, '--cache', cache])).code).toBe(0);
      const { code, stdout } = await strata([
        'probe',
        '--cache',
        cache,
        '--out',
        run,
        '--l2',
        '1e-1,1e-2,1e-3',
        // As near to the optimum as the errors are compared: to one image of 500.
        '--tolerance',
        '1e-5',
        '--json',
      ]);
      expect(code).toBe(0);
      const result = JSON.parse(stdout) as {
        measurements: Row[];
        run: { labelSets: { model: { valid: object } }[] };
      };
      expect(result.run.labelSets[0]?.model.valid).toMatchObject({
        samples: 500,
        error: 0.28,
        top5Error: 0.074,
      });
      const compared = await softmaxOptimum(cache, run, [1e-1, 1e-2, 1e-3]);
      for (const [tap, percent] of Object.entries(KNOWN)) {
        const ours =
          result.measurements.find((row) => row.selected && row.tap === tap)?.valid.error ?? Number.NaN;
        const theirs = compared.find((row) => row.tap === tap);
        process.stderr.write(
          `${tap}: ${ours} (known ${percent} %), scikit-learn ${theirs?.sklearn.valid_error}, best of three ${theirs?.sklearn_best_valid_error}\n`,
        );
        expect(Math.abs(100 * ours - percent)).toBeLessThan(2);
        expect(Math.abs(ours - (theirs?.sklearn.valid_error ?? Number.NaN))).toBeLessThanOrEqual(
          0.002 + 1e-9,
        );
      }
    });

    it("gives ResNet-50's 13 merges with their shapes, in the form of the paper's Figure 4", async () => {
      const [cache, run] = [join(folder, 'resnet'), join(folder, 'resnet-run')];
      const model = [
        '--model',
        `${SHARED}/models/resnet50-to-add12`,
        '--preprocess',
        'caffe',
        '--taps',
        'merges',
      ];
      expect(
        (await strata(['extract', ...IMAGENETTE, ...model, '--reduce', 'average-pool', '--cache', cache]))
          .code,
      ).toBe(0);
      expect((await strata(['probe', '--cache', cache, '--out', run])).code).toBe(0);
      const { stdout } = await strata(['report', run, '--table', 'paper']);
      process.stderr.write(`${stdout}\n`);
      const lines = stdout.split('\n').filter((line) => line.startsWith('add'));
      expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual([
        'add',
        ...Array.from({ length: 12 }, (_, at) => `add_${at + 1}`),
      ]);
      expect(lines.slice(0, 3).every((line) => line.includes('(56, 56, 256)'))).toBe(true);
      expect(lines.at(-1)).toContain('(14, 14, 1024)');
      const errors = lines.map((line) => Number(line.trim().split(/ +/).at(-1)));
      expect(errors.at(-1)).toBeLessThan(0.1);
      expect(errors[0]).toBeGreaterThan(0.3);
    });
  },
  1_800_000,
);
