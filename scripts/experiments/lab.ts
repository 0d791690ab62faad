import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceText } from '../../src/report/replace-file.js';
import { hasExtracted, hasTrained, type ProbeRun, probeRunOf } from './probed.js';
import { type Spent, spentNow, spentSince, stagesSchema, totalSpent } from './spent.js';
import { commandText, runStrata } from './strata-command.js';

/** Where experiments keep networks, caches and runs: ignored by git, gone with `make clean`. */
export const EXPERIMENTS_FOLDER = join('data', 'experiments');

/** What work came to, and whether there was any to do. */
export interface Worked<T> {
  readonly result: T;
  readonly worked: boolean;
}

/** Whether a command is among those that the page of an experiment lists. */
export type Listing = 'listed' | 'unlisted';

/** The place where one experiment is done: its folder, the commands it runs, and the time that they take. */
export class Lab {
  readonly #commands: string[] = [];
  readonly #spent: Record<string, Spent>;

  private constructor(
    readonly folder: string,
    spent: Record<string, Spent>,
    /** Says a line of progress. */
    readonly say: (line: string) => void,
  ) {
    this.#spent = spent;
  }

  /** Opens the folder of an experiment, with the time that earlier runs have spent in it. */
  static async open(folder: string, say: (line: string) => void): Promise<Lab> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, SECONDS_FILE);
    const spent = existsSync(file) ? stagesSchema.parse(JSON.parse(await readFile(file, 'utf8'))) : {};
    return new Lab(folder, spent, say);
  }

  /** The commands run so far, as they would be typed. */
  get commands(): readonly string[] {
    return this.#commands;
  }

  /** Time of work by stage, with that of earlier runs that this one went on from. */
  get spent(): Readonly<Record<string, Spent>> {
    return this.#spent;
  }

  /** A path in the experiment's folder. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Does some work of a stage; its time counts where there was something to do. */
  async timed<T>(stage: string, work: () => Promise<Worked<T>>): Promise<T> {
    const start = spentNow();
    const { result, worked } = await work();
    if (worked) {
      const earlier = this.#spent[stage];
      this.#spent[stage] = totalSpent([...(earlier === undefined ? [] : [earlier]), spentSince(start)]);
      await replaceText(this.path(SECONDS_FILE), `${JSON.stringify(this.#spent, null, 2)}\n`);
    }
    return result;
  }

  /** Runs `strata extract`: only what the cache lacks is extracted. */
  async extract(args: readonly string[], listing?: Listing): Promise<void> {
    await this.timed('extract', async () => {
      const printed = await this.#printed(['extract', ...args], listing);
      return { result: undefined, worked: hasExtracted(printed) };
    });
  }

  /** Runs `strata probe`, which trains what the run lacks. */
  async probe(args: readonly string[], listing?: Listing): Promise<ProbeRun> {
    return this.timed('probe', async () => {
      const result = probeRunOf(await this.#printed(['probe', ...args], listing));
      return { result, worked: hasTrained(result) };
    });
  }

  /** Runs `strata report` for the results of a run that is there. */
  async report(out: string): Promise<ProbeRun> {
    return probeRunOf(await this.#printed(['report', out], 'unlisted'));
  }

  /** Deletes a cache, or those of checkpoints, with `strata rm`. */
  async remove(cache: string): Promise<void> {
    const args = ['rm', cache, '--yes'];
    this.say(`$ ${commandText(args)}`);
    await runStrata(args);
  }

  /** Puts a line among the commands: one that was run by an earlier program, or a comment. */
  list(line: string): void {
    this.#commands.push(line);
  }

  /** Runs a command for what it prints as JSON. */
  async #printed(args: readonly string[], listing: Listing = 'listed'): Promise<unknown> {
    const command = commandText(args);
    if (listing === 'listed') this.list(command);
    this.say(`$ ${command}`);
    return JSON.parse(await runStrata([...args, '--json']));
  }
}

const SECONDS_FILE = 'seconds.json';
