import type { OnnxNode } from './graph.js';
import type { Dependent } from './structure.js';

/** Where PyTorch's exporter of torch.export writes down the modules around a node, as a Python list of texts. */
const SCOPES = 'pkg.torch.onnx.name_scopes';

/** The dotted path of modules in `['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d_1']`: the last but one. */
function scopedPath(scopes: string): string | undefined {
  const names = [...scopes.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, one, other]) => one ?? other ?? '');
  return names.length < 2 ? undefined : names.at(-2);
}

/**
 * The dotted path of modules in `/layer1/layer1.0/conv1/Conv`, as PyTorch's tracing exporter names nodes: a part that
 * begins with the one before it and a dot stands in its place.
 */
export function tracedPath(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/').slice(1, -1)) {
    if (parts.length > 0 && part.startsWith(`${parts.at(-1)}.`)) parts.pop();
    parts.push(part);
  }
  return parts.join('.');
}

/** A node's module, where the exporter says it. */
function modulePath({ name, metadata }: OnnxNode): string | undefined {
  const scopes = metadata.get(SCOPES);
  if (scopes !== undefined) return scopedPath(scopes);
  return name.startsWith('/') ? tracedPath(name) : undefined;
}

/** What values are called before equal names are told apart. */
function plainNames(values: readonly Dependent[]): string[] {
  const paths = values.map(({ node }) => modulePath(node));
  const known = new Set(paths.filter((path) => path !== undefined && path !== ''));
  const isLeaf = (path: string) => ![...known].some((other) => other!.startsWith(`${path}.`));
  const leaves = new Map([...known].map((path) => [path, isLeaf(path!)]));
  const ops = new Map<string, Set<string>>();
  for (const [at, path] of paths.entries())
    if (path !== undefined) ops.set(path, (ops.get(path) ?? new Set()).add(values[at]!.node.op));
  return values.map(({ name, node }, at) => {
    const path = paths[at];
    if (path === undefined) return node.name === '' ? name : node.name;
    if (path === '') return node.op;
    const whole = leaves.get(path) && (ops.get(path)!.size === 1 || paths.lastIndexOf(path) === at);
    return whole ? path : `${path}.${node.op}`;
  });
}

/**
 * The names of values as a person can use them. From PyTorch, the path of the module: `layer1.0.conv1`; with the op where
 * the module has others: `layer1.0.Add`; a module of several nodes gives its name to the last one. From elsewhere the
 * node's own name. The second value of a name is `name_1`, as PyTorch's tracing exporter counts the calls of a module.
 */
export function valueNames(values: readonly Dependent[], image: string): string[] {
  const plain = plainNames(values);
  const taken = new Set(plain);
  const given = new Set([image]);
  return plain.map((name) => {
    let [own, count] = [name, 0];
    while (given.has(own) || (own !== name && taken.has(own))) own = `${name}_${++count}`;
    given.add(own);
    return own;
  });
}
