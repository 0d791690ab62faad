import { UserError } from '../errors.js';
import type { Optimiser } from '../probe/gradient-steps.js';
import { isStochastic, type ProbeKind, STOCHASTIC_KINDS } from '../probe/probe-kind.js';
import { type StochasticSettings, stochasticDefaults } from '../probe/stochastic-settings.js';
import type { ProbeValues } from './probe-options.js';

/** The options that some kinds of probe alone have: the others have a closed form, or end by other rules. */
const OWNERS = {
  tolerance: ['softmax'],
  'max-passes': ['softmax'],
  rates: STOCHASTIC_KINDS,
  batch: STOCHASTIC_KINDS,
  epochs: STOCHASTIC_KINDS,
  patience: STOCHASTIC_KINDS,
} as const satisfies { readonly [option: string]: readonly ProbeKind[] };

/** Whether an option does something for a kind of probe. */
function isFor(option: keyof typeof OWNERS, kind: ProbeKind): boolean {
  return OWNERS[option].some((owner) => owner === kind);
}

/** @throws UserError when an option is given that the kind of probe does not have. */
function refuseForeign(values: ProbeValues, kind: ProbeKind): void {
  const options = Object.keys(OWNERS) as (keyof typeof OWNERS)[];
  const foreign = options.find((option) => values[option] !== undefined && !isFor(option, kind));
  if (foreign === undefined) return;
  throw new UserError(
    `--${foreign} is not for --probe ${kind}: it belongs to --probe ${OWNERS[foreign].join(' or ')}`,
  );
}

/** When softmax probes are ended; nothing for kinds that are ended otherwise, or need no end. */
export interface SoftmaxEnd {
  readonly tolerance?: number;
  readonly maxPasses?: number;
}

/**
 * When softmax probes are ended.
 *
 * @throws UserError when an option is given that the kind of probe does not have.
 */
export function softmaxEnd(values: ProbeValues, kind: ProbeKind): SoftmaxEnd {
  refuseForeign(values, kind);
  if (!isFor('tolerance', kind)) return {};
  return { tolerance: values.tolerance ?? 1e-3, maxPasses: values['max-passes'] ?? 1000 };
}

/**
 * The settings of the kinds that are trained by minibatches; undefined for the others.
 *
 * @throws UserError when an option is given that the kind of probe does not have, or a rate is not positive.
 */
export function stochasticSettings(values: ProbeValues, kind: ProbeKind): StochasticSettings | undefined {
  refuseForeign(values, kind);
  if (!isStochastic(kind)) return undefined;
  const defaults = stochasticDefaults(kind as Optimiser);
  return {
    rates: values.rates === undefined ? defaults.rates : risingRates(values.rates),
    batch: values.batch ?? defaults.batch,
    epochs: values.epochs ?? defaults.epochs,
    patience: values.patience ?? defaults.patience,
  };
}

function risingRates(rates: readonly number[]): number[] {
  const wrong = rates.find((rate) => !(rate > 0));
  if (wrong !== undefined || rates.length === 0)
    throw new UserError(`--rates is not a list of numbers above 0: ${wrong ?? 'it is empty'}`);
  return [...new Set(rates)].sort((a, b) => a - b);
}
