import { join } from 'node:path';
import { UserError } from '../errors.js';
import { listCommitFiles } from '../store/commit.js';
import { type FoundCaches, findCaches } from '../store/find-caches.js';
import { type VerifyReport, verifyCache } from '../store/verify.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-code.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { bytesText, startProgress, terminal } from './terminal.js';

/** `strata verify CACHE`: recomputes every checksum. Exit code 4 when anything is damaged. */
export const verifyCommand = defineCommand({
  name: 'verify',
  usage: 'verify <cache>',
  describe: 'Recompute every checksum of a cache, or of the caches of checkpoints',
  positionals: {
    cache: {
      describe: "The cache folder, or a folder of checkpoints' caches",
      type: 'string',
      demandOption: true,
    },
  },
  options: { json: SHARED_OPTIONS.json, config: SHARED_OPTIONS.config },
  examples: [
    ['strata verify data/cache/glyphs-glyphnet', 'Exit code 4 and the files by name if anything is damaged'],
  ],
  async run({ cache, json }) {
    if (cache === undefined) throw new UserError('which cache? (strata verify CACHE)');
    const found = await findCaches(cache);
    const caches = found.kind === 'cache' ? [cache] : found.caches.map(({ directory }) => directory);
    const counts = await Promise.all(caches.map(async (each) => (await listCommitFiles(each)).length));
    // The manifest of each, and for each record itself and its file.
    const files = counts.reduce((sum, count) => sum + 1 + 2 * count, 0);
    const progress = startProgress('verify', files, 'files');
    const reports: VerifyReport[] = [];
    for (const each of caches) reports.push(await verifyCache(each, { onFile: () => progress.advance(1) }));
    progress.end();
    if (json !== true)
      for (const [at, report] of reports.entries()) printReport(caches[at]!, report, found.kind);
    else if (found.kind === 'cache') terminal.printJson(reports[0]);
    else terminal.printJson(reports.map((report, at) => ({ cache: caches[at], ...report })));
    return reports.some(({ problems }) => problems.length > 0) ? EXIT.damaged : EXIT.done;
  },
});

function printReport(cache: string, report: VerifyReport, kind: FoundCaches['kind']): void {
  for (const { file, problem } of report.problems)
    terminal.print(`damaged: ${join(cache, file)}: ${problem}`);
  if (report.leftovers.length > 0) {
    terminal.note(
      `${report.leftovers.length} unlisted files (left by interrupted runs, ignored): ${report.leftovers.slice(0, 3).join(', ')}${report.leftovers.length > 3 ? ' ...' : ''}`,
    );
  }
  if (report.problems.length > 0) {
    terminal.note(
      'to repair: delete the record of each damaged file (commits/FILE.json); the same `strata extract` then makes it again',
    );
  }
  const verdict = report.problems.length === 0 ? 'all as recorded' : `${report.problems.length} damaged`;
  const where = kind === 'cache' ? '' : `${cache}: `;
  terminal.print(`${where}${report.files} files, ${bytesText(report.bytes)}: ${verdict}`);
}
