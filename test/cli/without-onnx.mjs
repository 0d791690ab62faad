// Loaded with --import: onnxruntime-node is not found, as where it was left out of an installation.
import { register } from 'node:module';

const hook = `export function resolve(name, context, next) {
  if (!name.startsWith('onnxruntime-node')) return next(name, context);
  throw Object.assign(new Error("Cannot find package 'onnxruntime-node'"), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
