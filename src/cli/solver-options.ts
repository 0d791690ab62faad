import { UserError } from '../errors.js';
import type { Optimiser } from '../probe/gradient-steps.js';
import { isStochastic, type ProbeKind, STOCHASTIC_KINDS } from '../probe/probe-kind.js';
import { type StochasticSettings, stochasticDefaults } from '../probe/stochastic-settings.js';
import type { ProbeValues } from './probe-options.js';

/** The options that only probes trained by minibatches have, and those that they lack. */
const STOCHASTIC_OPTIONS = ['rates', 'batch', 'epochs', 'patience'] as const;
const EXACT_OPTIONS = ['tolerance', 'max-passes'] as const;

/**
 * The settings of the kinds that are trained by minibatches; undefined for the others.
 *
 * @throws UserError when an option is given that the kind of probe does not have, or a rate is not positive.
 */
export function stochasticSettings(values: ProbeValues, kind: ProbeKind): StochasticSettings | undefined {
  const stochastic = isStochastic(kind);
  const foreign = (stochastic ? EXACT_OPTIONS : STOCHASTIC_OPTIONS).find(
    (name) => values[name] !== undefined,
  );
  if (foreign !== undefined) {
    const owners = stochastic ? 'other kinds of probe' : `--probe ${STOCHASTIC_KINDS.join(' or ')}`;
    throw new UserError(`--${foreign} is not for --probe ${kind}: it belongs to ${owners}`);
  }
  if (!stochastic) return undefined;
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
