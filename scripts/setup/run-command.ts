import { spawn } from 'node:child_process';

/** Something this machine lacks for a step that set-up can do without: `message` says what, in one line. */
export class MissingPiece extends Error {
  override readonly name = 'MissingPiece';
}

/** What a finished command left: its exit code and everything it printed, both streams in one. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs a command without a shell and without stdin, and waits for its end.
 *
 * @param timeoutMs - the command is killed after this time; by default it may run for ever.
 * @throws MissingPiece when the command cannot be started.
 */
export function tryCommand(
  command: string,
  args: readonly string[],
  { timeoutMs }: { readonly timeoutMs?: number } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (cause) => {
      reject(new MissingPiece(`${command} cannot be started: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      const ending = code === null ? `\nended by ${signal}` : '';
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() + ending });
    });
  });
}

/** The one line of a command's output that says most: the last with `error` in it, else the last of all. */
export function tellingLine(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.findLast((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'no output';
}
