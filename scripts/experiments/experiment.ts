import type { Lab } from './lab.js';
import type { Page } from './page.js';

/** An experiment of the paper, as a program that goes on where an earlier run of it ended. */
export interface Experiment {
  /** The title of its section. */
  readonly title: string;
  /** What a run on data or a network that the user names is called, for a folder and a section of its own. */
  readonly variant?: () => string | undefined;
  /** Trains what has to be trained, runs the strata commands, and says what was found. */
  run(lab: Lab): Promise<Page>;
}
