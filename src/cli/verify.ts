import { join } from 'node:path';
import { UserError } from '../errors.js';
import { listCommitFiles } from '../store/commit.js';
import { verifyCache } from '../store/verify.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-code.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { bytesText, startProgress, terminal } from './terminal.js';

/** `strata verify CACHE`: recomputes every checksum. Exit code 4 when anything is damaged. */
export const verifyCommand = defineCommand({
  name: 'verify',
  usage: 'verify <cache>',
  describe: 'Recompute every checksum of a cache',
  positionals: { cache: { describe: 'The cache folder', type: 'string', demandOption: true } },
  options: { json: SHARED_OPTIONS.json, config: SHARED_OPTIONS.config },
  examples: [
    ['strata verify data/cache/glyphs-glyphnet', 'Exit code 4 and the files by name if anything is damaged'],
  ],
  async run({ cache, json }) {
    if (cache === undefined) throw new UserError('which cache? (strata verify CACHE)');
    // The manifest, and for each record itself and its file.
    const files = 1 + 2 * (await listCommitFiles(cache)).length;
    const progress = startProgress('verify', files, 'files');
    const report = await verifyCache(cache, { onFile: () => progress.advance(1) });
    progress.end();
    if (json === true) terminal.printJson(report);
    else printReport(cache, report);
    return report.problems.length > 0 ? EXIT.damaged : EXIT.done;
  },
});

function printReport(cache: string, report: Awaited<ReturnType<typeof verifyCache>>): void {
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
  terminal.print(`${report.files} files, ${bytesText(report.bytes)}: ${verdict}`);
}
