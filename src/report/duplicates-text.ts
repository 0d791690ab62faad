import type { DuplicateCounts } from '../read/duplicates.js';
import { SPLITS } from '../split.js';
import { countText } from './number-text.js';
import type { RunRecord } from './run-record.js';

/**
 * How many samples have the same bytes, in one line: `12 of valid and 37 of test are in train too, 3 of test are in valid
 * too`. Undefined where none have.
 */
export function duplicatesText(counts: DuplicateCounts): string | undefined {
  const { leaked, testInTrain, testInValid, within, conflicting } = counts;
  const clauses = [
    ...clause(listed({ valid: leaked.valid, test: testInTrain }), 'in train too'),
    ...clause(listed({ test: testInValid }), 'in valid too'),
    ...clause(listed(within), 'repeated within their split'),
    ...clause(conflicting === 0 ? '' : countText(conflicting), 'of another class than a copy'),
  ];
  return clauses.length === 0 ? undefined : clauses.join(', ');
}

/** Whether samples that a probe is judged by are among those it is trained or selected on. */
export function isLeaky({ leaked }: DuplicateCounts): boolean {
  return leaked.valid + leaked.test > 0;
}

/**
 * What a run warns of: samples of valid and test that probes know from an earlier split, unless they are left out, and
 * copies within train where folds are cut from it. Nothing of older runs, which do not know.
 */
export function duplicateWarnings({
  duplicates: counts,
  options: { dropDuplicates = false, folds },
}: Pick<RunRecord, 'duplicates' | 'options'>): readonly string[] {
  if (counts === undefined) return [];
  const leaky = isLeaky(counts) && !dropDuplicates;
  const text = duplicatesText(counts);
  return [
    ...(leaky
      ? [`samples with the same bytes: ${text} (--drop-duplicates leaves them out of valid and test)`]
      : []),
    ...(folds > 0 && counts.within.train > 0
      ? [
          `${countText(counts.within.train)} samples of train have the bytes of another one: errors on folds are too low ` +
            'where the two are in different folds',
        ]
      : []),
  ];
}

function clause(some: string, what: string): readonly string[] {
  if (some === '') return [];
  return [`${some} ${/^1( of \w+)?$/.test(some) ? 'is' : 'are'} ${what}`];
}

function listed(counts: Partial<Record<(typeof SPLITS)[number], number>>): string {
  return SPLITS.flatMap((split) => {
    const count = counts[split] ?? 0;
    return count === 0 ? [] : [`${countText(count)} of ${split}`];
  }).join(' and ');
}
