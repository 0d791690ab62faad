import { basename } from 'node:path';
import { secondsText } from '../../src/report/number-text.js';
import { markdownTable } from '../bench/section.js';
import type { ProbeRun } from './probed.js';
import { type Spent, totalSpent } from './spent.js';

/** A table of a page. */
export interface PageTable {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One of the paper's statements beside what was found here. */
export interface Finding {
  readonly paper: string;
  readonly here: string;
}

/** A picture, by path, and what it shows. */
export interface Figure {
  readonly path: string;
  readonly shows: string;
}

/** A file of a run as a picture; none where the run does not have it. */
export function figure({ files }: ProbeRun, name: string, shows: string): readonly Figure[] {
  const path = files.find((file) => basename(file) === name);
  return path === undefined ? [] : [{ path, shows }];
}

/** What an experiment found. */
export interface Page {
  /** What is shown, and where it is in the paper. */
  readonly about: string;
  readonly findings: readonly Finding[];
  readonly tables: readonly PageTable[];
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

/** How an experiment was run. */
export interface Running {
  /** The name after `make experiment-`. */
  readonly name: string;
  /** The strata commands, as they would be typed. */
  readonly commands: readonly string[];
  /** Time of work by stage, of this run and of those that it went on from. */
  readonly spent: Readonly<Record<string, Spent>>;
  readonly circumstances: string;
}

/** The section of an experiment in RESULTS.md, without its title. */
export function pageText(page: Page, running: Running): string {
  const { about, findings, tables, figures, notes } = page;
  const statements = findings.map(({ paper, here }) => [paper, here]);
  const found = markdownTable(['the paper', 'here'], statements, 'text');
  return [
    about,
    commandBlock(running),
    timeLine(running),
    ...(findings.length === 0 ? [] : [found]),
    ...tables.map(({ caption, header, rows }) => `${caption}\n\n${markdownTable(header, rows)}`),
    ...(figures.length === 0 ? [] : [figures.map(({ path, shows }) => `- \`${path}\`: ${shows}`).join('\n')]),
    ...notes,
    running.circumstances,
  ].join('\n\n');
}

function commandBlock({ name, commands }: Running): string {
  return ['```sh', `make experiment-${name}    # which runs:`, ...commands, '```'].join('\n');
}

function timeLine({ spent }: Running): string {
  const { wall, user } = totalSpent(Object.values(spent));
  const parts = (of: (one: Spent) => number | null) => {
    const stages = Object.entries(spent).map(
      ([stage, one]) => `${stage} ${secondsText(of(one) ?? Number.NaN)}`,
    );
    return stages.length > 1 ? ` (${stages.join(', ')})` : '';
  };
  const processor =
    user === null ? '' : `; processor time, user: ${secondsText(user)}${parts((one) => one.user)}`;
  return `Wall time: ${secondsText(wall)}${parts((one) => one.wall)}${processor}.`;
}
