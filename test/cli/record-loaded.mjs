// Preloaded with NODE_OPTIONS=--import=...: the file LOADED gets a line for everything a process has loaded by its
// exit, with `import` (seen by a module hook), with `require`, or as a shared library.
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const record = (lines) => appendFileSync(process.env.LOADED, lines.map((line) => `${line}\n`).join(''));

/** The hook, in a thread of its own: says what is imported. */
export async function load(url, context, next) {
  record([url]);
  return next(url, context);
}

if (isMainThread) {
  register(import.meta.url);
  process.on('exit', () => {
    record(Object.keys(createRequire(import.meta.url).cache));
    record(process.report.getReport().sharedObjects);
  });
}
