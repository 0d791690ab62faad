import type { Split } from '../split.js';
import { lossText, percentText } from './number-text.js';
import type { LabelSetRecord } from './run-record.js';

/** What the best constant prediction gives on a split, as the line below a table; none where that is not known. */
export function chanceLines({ chance, labelled }: LabelSetRecord, split: Split): readonly string[] {
  const own = chance[split];
  if (own === null) return [];
  const error = percentText(own.error, labelled[split]);
  return [`chance: ${error} %, loss ${lossText(own.loss)} (the best constant prediction on ${split})`];
}
