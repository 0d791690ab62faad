import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { contentKey } from '../setup/content-key.js';
import { findPython } from '../setup/find-tools.js';
import { tellingLine, tryCommand } from '../setup/run-command.js';

const [SOURCES, FOLDER] = [join('scripts', 'bench', 'peers'), join('.setup', 'peers')];
const PYTHON = join(FOLDER, 'bin', 'python');
const REQUIREMENTS = join(SOURCES, 'requirements.txt');

/** The networks and images that every peer gets, made by the peers' own scripts. */
export const PEER_DATA = {
  models: join('.setup', 'bench-models'),
  images224: '../shared/data/imagenette',
  images500: join('.setup', 'bench-images-500'),
  mobilenet: '../shared/models/mobilenet-v2',
} as const;

/** Runs steps one after the other, each unless its marker says that it has been done; returns why not, when one fails. */
async function once(
  marker: string,
  key: string,
  steps: readonly (readonly [string, readonly string[]])[],
): Promise<string | undefined> {
  const made = join(FOLDER, `${marker}-${key}`);
  if (existsSync(made)) return undefined;
  console.error(`bench: making ${marker} for the peers`);
  for (const [command, args] of steps) {
    const { code, output } = await tryCommand(command, args);
    if (code !== 0) return `${marker}: ${tellingLine(output)}`;
  }
  await writeFile(made, '');
  return undefined;
}

/** Makes the peers' Python environment, their networks and the re-encoded images; returns why not, when it cannot. */
export async function makePeers(): Promise<string | undefined> {
  const { images224, images500, mobilenet, models } = PEER_DATA;
  const missing = [images224, mobilenet].find((path) => !existsSync(path));
  if (missing !== undefined) return `no ${missing}`;
  const python = await findPython('venv, ensurepip');
  if (python === undefined) return 'Python 3 with its venv module was not found';
  const key = contentKey([REQUIREMENTS]);
  if (!existsSync(join(FOLDER, `environment-${key}`))) await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const pip = ['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--progress-bar', 'off'];
  const scripts = ['make_models.py', 'resnet50.py', 'calibrate.py', 'tfjs_layers.py', 'onnx_network.py'];
  const sources = contentKey(scripts.map((name) => join(SOURCES, name)));
  return (
    (await once('environment', key, [
      [python, ['-m', 'venv', FOLDER]],
      [PYTHON, [...pip, '-r', REQUIREMENTS]],
    ])) ??
    (await once('networks', sources, [[PYTHON, [join(SOURCES, 'make_models.py'), models, mobilenet]]])) ??
    (await once('images', contentKey([join(SOURCES, 'reencode.py')]), [
      [PYTHON, [join(SOURCES, 'reencode.py'), images224, images500]],
    ]))
  );
}

/** What a peer says when it is ready, and in answer to a command. */
interface Answer {
  readonly ready?: boolean;
  readonly version?: string;
  readonly seconds?: number;
  readonly images?: number;
  readonly error?: string;
}

/** A process that does the work: kept warm, and asked in its turn. */
export class Peer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  version = '';

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts a peer and waits until it is warm. `kind` and `options` are those of serve.py. */
  static start(kind: string, options: readonly string[]): Promise<Peer> {
    return Peer.#spawn(PYTHON, [join(SOURCES, 'serve.py'), kind, '--models', PEER_DATA.models, ...options]);
  }

  /** Starts a forward pass in Node, strata's or tfjs's, in a process of its own. `kind` is one of serve-pass.ts. */
  static startPass(kind: string, network: string): Promise<Peer> {
    return Peer.#spawn(process.execPath, ['--import', 'tsx', 'scripts/bench/serve-pass.ts', kind, network]);
  }

  static async #spawn(command: string, args: readonly string[]): Promise<Peer> {
    const threads = { OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2', TF_NUM_INTRAOP_THREADS: '2' };
    const child = spawn(command, args, { env: { ...process.env, ...threads }, stdio: 'pipe' });
    let [said, ended] = ['', false];
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
    child.on('close', () => {
      ended = true;
    });
    const peer = new Peer(child);
    const { version } = await peer.#answer(() => (ended ? tellingLine(said) : 'no answer'));
    peer.version = version ?? '';
    return peer;
  }

  /** Has a command done and returns its seconds. */
  async seconds(command: Readonly<Record<string, unknown>>, images: number): Promise<number> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await this.#answer(() => 'it ended');
    if (answer.images !== images) throw new Error(`peer did ${answer.images} images, not ${images}`);
    return answer.seconds ?? Number.NaN;
  }

  stop(): void {
    this.#child.stdin.end();
  }

  async #answer(why: () => string): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    const answer = done === true ? { error: why() } : (JSON.parse(value) as Answer);
    if (answer.error !== undefined) throw new Error(`peer failed: ${answer.error}`);
    return answer;
  }
}
