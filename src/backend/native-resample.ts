import { existsSync } from 'node:fs';
import { resampleModule } from './tensorflow-package.js';

/** What `resample.cc` exports. */
export interface NativeResample {
  /**
   * Resamples (height, width, channels) bytes by a table of each axis into (outputs down, outputs across, channels), on a
   * thread beside JavaScript. Nothing that it is given may be written to before the promise is settled.
   *
   * @throws RangeError where the lengths do not fit each other, or a table reads outside of the source.
   */
  readonly resample: (
    pixels: Uint8Array,
    width: number,
    channels: number,
    across: Int32Array,
    down: Int32Array,
    downFirst: boolean,
    into: Uint8Array,
  ) => Promise<void>;
}

let loaded: { readonly native: NativeResample | undefined } | undefined;

/** Our native module that resamples images; undefined where set-up could not compile it. */
export function nativeResample(): NativeResample | undefined {
  if (loaded !== undefined) return loaded.native;
  if (!existsSync(resampleModule())) {
    loaded = { native: undefined };
    return undefined;
  }
  const module = { exports: {} };
  process.dlopen(module, resampleModule());
  loaded = { native: module.exports as NativeResample };
  return loaded.native;
}
