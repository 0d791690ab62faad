/**
 * A page of results in the repository, made of sections that programs write one by one: a program that runs again puts
 * its section in place of the one that is there.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { digits } from './bench/section.js';

/** A page: its file, and what stands above its sections. */
export interface ResultsPage {
  readonly path: string;
  readonly head: string;
  /** The titles in their order, where it is not that in which sections were first written. */
  readonly order?: readonly string[];
}

/** A section with its title: `text` begins with `## title`. */
export interface PageSection {
  readonly title: string;
  readonly text: string;
}

/** The sections of a page, by title. */
export function sectionsIn(page: string): Map<string, string> {
  const parts = page.split(/^(?=## )/m).slice(1);
  return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), part.trimEnd()]));
}

/** The text of a page with one section written or put in place of an earlier one. Pure. */
export function withSection(
  page: string,
  { head, order = [] }: ResultsPage,
  { title, text }: PageSection,
): string {
  const sections = sectionsIn(page).set(title, text.trimEnd());
  const known = order.flatMap((name) => sections.get(name) ?? []);
  const others = [...sections].flatMap(([name, section]) => (order.includes(name) ? [] : [section]));
  return `${[head, ...known, ...others].join('\n\n')}\n`;
}

/** Writes a section into its page, formatted as the repository's other files are. */
export async function keepSection(page: ResultsPage, section: PageSection): Promise<void> {
  const before = existsSync(page.path) ? await readFile(page.path, 'utf8') : '';
  await writeFile(page.path, withSection(before, page, section));
  execFileSync('node_modules/.bin/biome', ['format', '--write', page.path], { stdio: 'ignore' });
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

function commit(): string {
  const changed =
    git('status', '--porcelain', '--untracked-files=no', '--', 'src') === '' ? '' : ' with changes in src/';
  return `commit ${git('rev-parse', '--short', 'HEAD')}${changed}`;
}

/** The load average of the last minute. */
export function load(): string {
  return digits(loadavg()[0] ?? Number.NaN);
}

/** Machine, date, commit and load, as a line. */
export function circumstances(loadBefore: string): string {
  const processor = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${processor}, ${memory}; ${date}; ${commit()}; load average before ${loadBefore}, after ${load()}.`;
}
