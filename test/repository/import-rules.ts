import { dirname, join } from 'node:path/posix';

/** A source file: its path below src/ (`read/read-batches.ts`) and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const EXTRACTION_HALF = ['dataset', 'decode', 'model', 'reduce', 'forward', 'store', 'extract'] as const;
const PROBE_HALF = ['store', 'read', 'probe', 'report'] as const;
const FOUNDATIONS = 'backend';

/** Which folders may import a package; a package that is not here may be imported anywhere. */
const PACKAGE_OWNERS: readonly { readonly packages: RegExp; readonly folders: readonly string[] }[] = [
  { packages: /^yargs/, folders: ['cli'] },
  { packages: /^(apache-arrow|parquetjs-lite|hyparquet(-compressors)?)$/, folders: ['store', 'read'] },
  { packages: /^@tensorflow\//, folders: ['backend', 'model', 'reduce', 'forward', 'probe'] },
  { packages: /^sharp$/, folders: ['decode'] },
  { packages: /^vega(-lite)?$/, folders: ['report'] },
];

const CLI_ONLY = /\bconsole\s*[.[]|\bprocess\s*\.\s*(?:exit|argv|exitCode)\b/;
const JUNK_DRAWERS = ['utils', 'helpers', 'common', 'misc', 'util', 'helper'];
const MOST_LINES = 300;

/** Blanks comments out, and leaves strings alone. */
export function withoutComments(text: string): string {
  return text.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_, literal: string | undefined) => literal ?? ' ',
  );
}

/** Every module that a file names: static, type-only, side-effect and dynamic imports, re-exports, `import()` types, require. */
export function importsOf(text: string): readonly string[] {
  const named = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire(?:\.resolve)?\s*\()\s*(['"`])([^'"`\n]+)\1/g;
  return [...withoutComments(text).matchAll(named)].map((match) => match[2] ?? '');
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** The folder of a path below src/, '' for src/ itself. */
function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

function reaches(half: readonly string[], from: string, to: string): boolean {
  return half.includes(from) && half.includes(to) && half.indexOf(to) <= half.indexOf(from);
}

/** Whether a file in one folder of src/ may import a file of another. */
function mayImport(from: string, to: string): boolean {
  if (from === 'cli' || from === to) return true;
  if (to === '' || to === FOUNDATIONS) return true;
  if (from === 'store') return false;
  return reaches(EXTRACTION_HALF, from, to) || reaches(PROBE_HALF, from, to);
}

function brokenFolderOrder({ path, text }: SourceFile): readonly string[] {
  const from = folderOf(path);
  if (path === 'index.ts') return [];
  return importsOf(text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(path), specifier))
    .filter(
      (target) => target.startsWith('..') || !mayImport(from, folderOf(target)) || target === 'index.js',
    )
    .map((target) => `${path} imports ${target}: ${from || 'src'}/ may not`);
}

function brokenOwnership({ path, text }: SourceFile): readonly string[] {
  return importsOf(text)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .flatMap((specifier) => {
      const owner = PACKAGE_OWNERS.find(({ packages }) => packages.test(packageName(specifier)));
      if (owner === undefined || owner.folders.includes(folderOf(path))) return [];
      return [`${path} imports ${specifier}: only ${owner.folders.join(', ')} may`];
    });
}

function brokenShape({ path, text }: SourceFile): readonly string[] {
  const problems: string[] = [];
  const lines = text.split('\n').length - 1;
  if (lines > MOST_LINES) problems.push(`${path} has ${lines} lines: ${MOST_LINES} at most`);
  if (path.split('/').some((part) => JUNK_DRAWERS.includes(part.replace(/\..*$/, '')))) {
    problems.push(`${path} is a junk drawer by its name`);
  }
  return problems;
}

function brokenOutput({ path, text }: SourceFile): readonly string[] {
  if (folderOf(path) === 'cli' || !CLI_ONLY.test(withoutComments(text))) return [];
  return [`${path} touches console, argv or the exit code: only cli/ may`];
}

function brokenIndex({ path, text }: SourceFile): readonly string[] {
  if (path !== 'index.ts') return [];
  const rest = withoutComments(text).replace(
    /\bexport\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*from\s*['"][^'"]+['"];?/g,
    '',
  );
  return rest.trim() === '' ? [] : ['index.ts does more than re-export'];
}

/** Every breach of the rules of DESIGN.md and STYLE.md among the files of src/, a line each. */
export function brokenRules(files: readonly SourceFile[]): readonly string[] {
  const checks = [brokenFolderOrder, brokenOwnership, brokenShape, brokenOutput, brokenIndex];
  return files.flatMap((file) => checks.flatMap((check) => check(file)));
}
