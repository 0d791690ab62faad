/**
 * Strata's trainer on one column, kept warm, driven by JSON lines as peers/probe_serve.py is:
 *
 *     node --import tsx scripts/bench/probe/serve-probe.ts CACHE TAP LABELS PRODUCTS
 *
 *     {"fit": FitCommand}                    -> Fit: see strata-column.ts
 *     {"products": C, "repetitions": N}      -> {"pass", "tensorflow"}: seconds, see products.ts
 */
import { createInterface } from 'node:readline';
import { loadBackend } from '../../../src/backend/backend.js';
import { chooseProducts } from '../../../src/backend/softmax.js';
import { secondsOfProducts } from './seconds-of-products.js';
import { type FitCommand, fitColumn, openColumn } from './strata-column.js';

type Command = { readonly fit: FitCommand } | { readonly products: number; readonly repetitions: number };

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const [cache = '', tap = '', labels = '', products] = process.argv.slice(2);
await loadBackend('tensorflow');
chooseProducts(products === 'float32' ? products : 'auto');
const column = await openColumn({ cache, tap, labels });
say({ ready: true, version: process.versions.node });
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  const answer =
    'fit' in command ? fitColumn(column, command.fit) : secondsOfProducts(column.rows.passes.train, command);
  say(await answer.catch((error: Error) => ({ error: `${error.name}: ${error.message}`.split('\n')[0] })));
}
