import { messageOf, UserError } from '../../src/errors.js';
import { buildCommand } from './build-command.js';
import { installTensorflow, type TensorflowOutcome } from './install-tensorflow.js';
import { chooseVariant } from './tensorflow-variant.js';

// Everything goes to stderr: `make extract` and its like keep stdout for data.
function announce(what: string): void {
  console.error(`set-up: ${what}`);
}

function conclude(outcome: TensorflowOutcome): void {
  if (outcome.kind !== 'unavailable') return;
  announce(
    `the WebAssembly backend will be used, which is slower, for want of TensorFlow: ${outcome.reason}`,
  );
}

async function setUp(): Promise<void> {
  const variant = chooseVariant(process.env);
  conclude(await installTensorflow(variant, announce));
  await buildCommand(announce);
}

try {
  await setUp();
} catch (error) {
  announce(messageOf(error));
  process.exitCode = error instanceof UserError ? 2 : 1;
}
