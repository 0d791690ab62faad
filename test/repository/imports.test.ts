import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenRules, importsOf, type SourceFile } from './import-rules.js';

const SRC = join(import.meta.dirname, '..', '..', 'src');

function sourceFiles(): readonly SourceFile[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({
      path: relative(SRC, file).split(sep).join('/'),
      text: readFileSync(file, 'utf8'),
    }));
}

describe('the files of src/', () => {
  it('keep the import rules', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(5);
    expect(brokenRules(files)).toEqual([]);
  });
});

describe('importsOf', () => {
  it('finds every way to name a module', () => {
    const text = [
      "import a, { b } from 'one';",
      'import type { C } from "two";',
      "import 'three';",
      "export * from 'four';",
      "export {\n  d,\n  e,\n} from 'five';",
      "const f = await import('six');",
      "type G = import('seven').G;",
      "const h = require('eight'); require.resolve('nine');",
    ].join('\n');
    expect(importsOf(text)).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']);
  });

  it('passes over comments, and not over strings that look like comments', () => {
    expect(importsOf("// import 'a';\n/* from 'b' */\nconst url = 'x://y'; import 'c';")).toEqual(['c']);
  });
});

describe('brokenRules', () => {
  it.each([
    ['dataset/a.ts', "import { b } from '../decode/b.js';"],
    ['read/a.ts', "import type { B } from '../model/model.js';"],
    ['probe/a.ts', "const b = await import('../extract/b.js');"],
    ['report/a.ts', "export { b } from '../reduce/b.js';"],
    ['extract/a.ts', "import { b } from '../read/b.js';"],
    ['store/a.ts', "import { b } from '../dataset/dataset.js';"],
    ['backend/a.ts', "import { b } from '../cli/b.js';"],
    ['random.ts', "import { b } from './store/b.js';"],
    ['store/a.ts', "import { b } from '../index.js';"],
    ['store/a.ts', "import { b } from '../../scripts/b.js';"],
    ['dataset/a.ts', "import arrow from 'apache-arrow';"],
    ['report/a.ts', "import tf from '@tensorflow/tfjs';"],
    ['extract/a.ts', "import yargs from 'yargs/helpers';"],
    ['dataset/a.ts', "import sharp from 'sharp';"],
    ['probe/a.ts', "import 'vega-lite';"],
    ['probe/a.ts', 'console.log(1);'],
    ['store/a.ts', 'process.exit(1);'],
    ['utils/a.ts', ''],
    ['store/helpers.ts', ''],
    ['index.ts', "export * from './errors.js';\nexport const one = 1;"],
  ])('catches %s: %j', (path, text) => {
    expect(brokenRules([{ path, text }])).toHaveLength(1);
  });

  it.each([
    ['extract/a.ts', "import { b } from '../store/b.js'; import { c } from '../dataset/dataset.js';"],
    [
      'report/a.ts',
      "import { b } from '../probe/b.js'; import { c } from '../backend/backend.js'; import 'vega';",
    ],
    [
      'cli/a.ts',
      "import { b } from '../read/b.js'; import { c } from '../model/c.js'; console.log(process.argv);",
    ],
    ['store/a.ts', "import { b } from './b.js'; import { c } from '../errors.js'; // console.log"],
    [
      'index.ts',
      "// The public exports.\nexport { a } from './errors.js';\nexport type { B } from './read/b.js';",
    ],
  ])('lets %s pass', (path, text) => {
    expect(brokenRules([{ path, text }])).toEqual([]);
  });

  it('counts lines: 300 pass and 301 do not', () => {
    expect(brokenRules([{ path: 'store/a.ts', text: 'x;\n'.repeat(300) }])).toEqual([]);
    expect(brokenRules([{ path: 'store/a.ts', text: 'x;\n'.repeat(301) }])).toHaveLength(1);
  });
});
