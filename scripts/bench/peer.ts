import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tellingLine } from '../setup/run-command.js';

/** What a peer says when it is ready, and in answer to a command. */
interface Answer {
  readonly ready?: boolean;
  readonly version?: string;
  readonly seconds?: number;
  readonly images?: number;
  readonly error?: string;
}

/** A process that does the work: kept warm, and asked in its turn by JSON lines. */
export class Peer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  version = '';

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Starts a peer on two threads and waits until it is warm.
   *
   * @throws Error with the peer's own reason when it cannot start.
   */
  static async start(command: string, args: readonly string[]): Promise<Peer> {
    const threads = { OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2', TF_NUM_INTRAOP_THREADS: '2' };
    const child = spawn(command, args, { env: { ...process.env, ...threads }, stdio: 'pipe' });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    // Its last words may come after the end of its answers.
    const closed = new Promise((resolve) => child.on('close', resolve));
    const peer = new Peer(child);
    const { version } = await peer.#answer<Answer>(() => closed.then(() => tellingLine(said)));
    peer.version = version ?? '';
    return peer;
  }

  /** Starts a script of ours in a Node process of its own, as {@link start} does. */
  static startNode(script: string, args: readonly string[]): Promise<Peer> {
    return Peer.start(process.execPath, ['--import', 'tsx', script, ...args]);
  }

  /** Has a command done and returns the answer. @throws Error with what the peer says went wrong. */
  ask<Reply>(command: Readonly<Record<string, unknown>>): Promise<Reply> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#answer<Reply>(async () => 'it ended');
  }

  /** Has a command done and returns its seconds. */
  async seconds(command: Readonly<Record<string, unknown>>, images: number): Promise<number> {
    const answer = await this.ask<Answer>(command);
    if (answer.images !== images) throw new Error(`peer did ${answer.images} images, not ${images}`);
    return answer.seconds ?? Number.NaN;
  }

  stop(): void {
    this.#child.stdin.end();
  }

  async #answer<Reply>(why: () => Promise<string>): Promise<Reply> {
    const { value, done } = await this.#lines.next();
    const answer = done === true ? { error: await why() } : (JSON.parse(value) as Reply & { error?: string });
    if (answer.error !== undefined) throw new Error(`peer failed: ${answer.error}`);
    return answer as Reply;
  }
}
