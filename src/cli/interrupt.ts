import { InterruptedError } from '../errors.js';
import { terminal } from './terminal.js';

/**
 * Two signals from Ctrl-C (and SIGTERM): the first asks to stop after the work at hand, the second to drop it. The
 * second one's reason is an InterruptedError.
 */
export interface Interrupt {
  readonly stop: AbortSignal;
  readonly drop: AbortSignal;
  /** Stops listening. */
  dispose(): void;
}

/** Starts to listen for Ctrl-C. `first` is what is said at the first one. */
export function listenForInterrupt(first: string): Interrupt {
  const stop = new AbortController();
  const drop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted)
      return drop.abort(new InterruptedError('interrupted: the work at hand was dropped'));
    terminal.note(`\n${first}`);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    stop: stop.signal,
    drop: drop.signal,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
