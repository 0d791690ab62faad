import type { Lab } from './lab.js';
import type { Page } from './page.js';

/** An experiment of the paper, as a program that goes on where an earlier run of it ended. */
export interface Experiment {
  /** The title of its section. */
  readonly title: string;
  /** Trains what has to be trained, runs the strata commands, and says what was found. */
  run(lab: Lab): Promise<Page>;
}
