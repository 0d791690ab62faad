import { type Confusion, classScores, confusedPairs } from '../probe/confusion.js';
import { intervalOf } from '../probe/error-interval.js';
import { countText, intervalText, percentText } from './number-text.js';
import type { TableSection } from './table.js';

const WORST_SHOWN = 10;
const BEST_SHOWN = 5;
const PAIRS_SHOWN = 20;
const NONE = '-';

/**
 * The classes with the largest and the smallest error, a blank line between them; all of them where they are few.
 * Classes without samples are left out.
 *
 * @param probe - which probe it is of, as the title says it.
 */
export function classTable(confusion: Confusion, probe: string): TableSection {
  const names = confusion.classes;
  const taken = mostTakenFor(confusion);
  const scores = classScores(confusion).flatMap(({ error, ...score }, at) =>
    error === null ? [] : [{ ...score, error, at }],
  );
  const rows = [...scores]
    .sort((a, b) => b.error - a.error || b.samples - a.samples)
    .map(({ at, samples, error, precision, predictions }) => [
      names[at]!,
      countText(samples),
      percentText(error, samples),
      intervalText(intervalOf({ error, samples }), samples),
      precision === null ? NONE : percentText(precision, predictions),
      taken[at] ?? NONE,
    ]);
  const fits = rows.length <= WORST_SHOWN + BEST_SHOWN;
  return {
    title: `${confusion.labelSet}: error by class in %, ${probe}`,
    columns: [
      { title: 'class', align: 'left' },
      { title: 'samples', align: 'right' },
      { title: 'error', align: 'right' },
      { title: '95 %', align: 'right' },
      { title: 'precision', align: 'right' },
      { title: 'most often taken for', align: 'left' },
    ],
    rows: fits ? rows : [...rows.slice(0, WORST_SHOWN), null, ...rows.slice(-BEST_SHOWN)],
    footer: fits
      ? []
      : [
          `The ${WORST_SHOWN} classes with the largest error and the ${BEST_SHOWN} with the smallest, ` +
            `of ${countText(rows.length)}. All of them, of every probe, are in classes.parquet.`,
        ],
  };
}

/** For each class the other class that most of its samples are taken for; undefined where none is. */
function mostTakenFor(confusion: Confusion): readonly (string | undefined)[] {
  const taken = new Array<string | undefined>(confusion.classes.length).fill(undefined);
  for (const { truth, predicted, count } of confusedPairs(confusion))
    taken[truth] ??= `${confusion.classes[predicted]} (${countText(count)})`;
  return taken;
}

/** The pairs of classes that are most often confused: for label sets too large to draw. */
export function pairTable(confusion: Confusion, probe: string): TableSection {
  const { classes, labelSet } = confusion;
  const scores = classScores(confusion);
  const pairs = confusedPairs(confusion);
  const rows = pairs
    .slice(0, PAIRS_SHOWN)
    .map(({ truth, predicted, count }) => [
      classes[truth]!,
      classes[predicted]!,
      countText(count),
      percentText(count / scores[truth]!.samples, scores[truth]!.samples),
    ]);
  return {
    title: `${labelSet}: most confused classes, ${probe}`,
    columns: [
      { title: 'true class', align: 'left' },
      { title: 'taken for', align: 'left' },
      { title: 'samples', align: 'right' },
      { title: '% of the class', align: 'right' },
    ],
    rows,
    footer: [
      `The ${rows.length} of ${countText(pairs.length)} pairs with the most samples; all are in confusion.parquet.`,
    ],
  };
}
