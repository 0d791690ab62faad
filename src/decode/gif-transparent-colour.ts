// A GIF has a colour under its transparent pixels: that of the transparent index in its colour table. libvips makes these
// pixels black; Pillow's convert('RGB') keeps the colour.

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const SCREEN_END = 13;

/** Bytes of the colour table that a flags byte announces. */
function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Where the blocks of data that start at `at` end. */
function blocksEnd(file: Uint8Array, at: number): number {
  while (at < file.length && file[at] !== 0) at += 1 + file[at]!;
  return at + 1;
}

function colourAt(file: Uint8Array, table: number, index: number): readonly number[] | undefined {
  const colour = [...file.subarray(table + 3 * index, table + 3 * index + 3)];
  return colour.length === 3 ? colour : undefined;
}

/** Red, green and blue under the transparent pixels of a GIF's first frame, and around it; undefined without a colour table. */
export function gifTransparentColour(file: Uint8Array): readonly number[] | undefined {
  const globalBytes = tableBytes(file[10] ?? 0);
  let transparent = 0;
  for (let at = SCREEN_END + globalBytes; at < file.length; ) {
    if (file[at] === EXTENSION) {
      if (file[at + 1] === GRAPHIC_CONTROL && (file[at + 3]! & 1) === 1) transparent = file[at + 6] ?? 0;
      at = blocksEnd(file, at + 2);
    } else if (file[at] === IMAGE) {
      const localBytes = tableBytes(file[at + 9] ?? 0);
      const [table, bytes] = localBytes > 0 ? [at + 10, localBytes] : [SCREEN_END, globalBytes];
      return 3 * transparent < bytes ? colourAt(file, table, transparent) : undefined;
    } else return undefined;
  }
  return undefined;
}
