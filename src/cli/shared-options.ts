import { BACKEND_CHOICES } from '../backend/backend.js';
import { oneOf, text, wholeNumber } from './options.js';

/** Options that several commands have. */
export const SHARED_OPTIONS = {
  backend: {
    describe: `Tensor library: ${BACKEND_CHOICES.join(', ')}`,
    coerce: oneOf('backend', BACKEND_CHOICES),
    defaultDescription: 'auto',
    requiresArg: true,
  },
  seed: {
    describe: 'Seed of everything random',
    coerce: wholeNumber('seed', 0),
    defaultDescription: '0',
    requiresArg: true,
  },
  config: { describe: 'YAML or JSON file with options by name', coerce: text('config'), requiresArg: true },
  json: { describe: 'Print the result as JSON', type: 'boolean' },
} as const;
