import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';

const COMMAND = 'dist/cli/strata.cjs';

/** Exit codes with which a command has done its work: done, and done with quarantined samples. */
const DONE: readonly (number | null)[] = [0, 3];

/** A strata command ended otherwise than well; it has said itself why. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  constructor(
    readonly command: string,
    readonly exitCode: number,
  ) {
    super(`${command} ended with exit code ${exitCode}`);
  }
}

/** A command line as a reader would type it: words that a shell would take apart are quoted. */
export function commandText(args: readonly string[]): string {
  const quoted = args.map((word) =>
    /^[\w./:=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return ['strata', ...quoted].join(' ');
}

/**
 * Runs the built command line, its progress on this process's stderr, and returns what it printed. Ctrl-C reaches the
 * command, which stops in its own good time.
 *
 * @throws CommandFailedError with its exit code when it does not do its work.
 */
export async function runStrata(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const waitForChild = () => undefined;
  process.on('SIGINT', waitForChild);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const [output, code] = await Promise.all([buffer(child.stdout), ended]);
    if (!DONE.includes(code)) throw new CommandFailedError(commandText(args), code ?? 1);
    return output.toString('utf8');
  } finally {
    process.off('SIGINT', waitForChild);
  }
}
