import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceText } from '../../src/report/replace-file.js';
import { hasExtracted, hasTrained, type ProbeRun, probeRunOf } from './probed.js';
import { commandText, runStrata } from './strata-command.js';

/** Where experiments keep networks, caches and runs: ignored by git, gone with `make clean`. */
export const EXPERIMENTS_FOLDER = join('data', 'experiments');

const secondsSchema = z.record(z.string(), z.number().nonnegative());

/** What work came to, and whether there was any to do. */
export interface Worked<T> {
  readonly result: T;
  readonly worked: boolean;
}

/** The place where one experiment is done: its folder, the commands it runs, and the time that they take. */
export class Lab {
  readonly #commands: string[] = [];
  readonly #seconds: Record<string, number>;

  private constructor(
    readonly folder: string,
    seconds: Record<string, number>,
    /** Says a line of progress. */
    readonly say: (line: string) => void,
  ) {
    this.#seconds = seconds;
  }

  /** Opens the folder of an experiment, with the time that earlier runs have spent in it. */
  static async open(folder: string, say: (line: string) => void): Promise<Lab> {
    await mkdir(folder, { recursive: true });
    const file = join(folder, SECONDS_FILE);
    const seconds = existsSync(file) ? secondsSchema.parse(JSON.parse(await readFile(file, 'utf8'))) : {};
    return new Lab(folder, seconds, say);
  }

  /** The commands run so far, as they would be typed. */
  get commands(): readonly string[] {
    return this.#commands;
  }

  /** Seconds of work by stage, with those of earlier runs that this one went on from. */
  get seconds(): Readonly<Record<string, number>> {
    return this.#seconds;
  }

  /** A path in the experiment's folder. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Does some work of a stage; its time counts where there was something to do. */
  async timed<T>(stage: string, work: () => Promise<Worked<T>>): Promise<T> {
    const start = performance.now();
    const { result, worked } = await work();
    if (worked) {
      this.#seconds[stage] = (this.#seconds[stage] ?? 0) + (performance.now() - start) / 1000;
      await replaceText(this.path(SECONDS_FILE), `${JSON.stringify(this.#seconds, null, 2)}\n`);
    }
    return result;
  }

  /** Runs `strata extract`: only what the cache lacks is extracted. */
  async extract(args: readonly string[]): Promise<void> {
    await this.timed('extract', async () => {
      const printed = await this.#strata(['extract', ...args]);
      return { result: undefined, worked: hasExtracted(printed) };
    });
  }

  /** Runs `strata probe`, which trains what the run lacks. */
  async probe(args: readonly string[]): Promise<ProbeRun> {
    return this.timed('probe', async () => {
      const result = probeRunOf(await this.#strata(['probe', ...args]));
      return { result, worked: hasTrained(result) };
    });
  }

  #strata(args: readonly string[]): Promise<unknown> {
    const command = commandText(args);
    this.#commands.push(command);
    this.say(`$ ${command}`);
    return runStrata(args);
  }
}

const SECONDS_FILE = 'seconds.json';
