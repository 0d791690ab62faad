// A GIF has a colour under the transparent pixels of a frame: that of the transparent index in its colour table. Pillow's
// convert('RGB') keeps it, and fills what the first frame leaves out of the image with it too, or where there is none with the
// table's first colour; libvips makes both black.

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

/** The first frame of a GIF: where it lies in the image, and the colour under its transparent pixels and around it. */
export interface GifFrame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly colour: readonly number[];
}

function frameAt(file: Uint8Array, at: number, transparent: number): GifFrame | undefined {
  const localBytes = tableBytes(file[at + 9] ?? 0);
  const [table, bytes] = localBytes > 0 ? [at + 10, localBytes] : [SCREEN_END, tableBytes(file[10] ?? 0)];
  const colour = 3 * transparent < bytes ? colourAt(file, table, transparent) : undefined;
  if (colour === undefined) return undefined;
  const short = (offset: number) => file[at + offset]! + 256 * file[at + offset + 1]!;
  return { left: short(1), top: short(3), width: short(5), height: short(7), colour };
}

interface FrameStart {
  readonly at: number;
  /** The index of the colour table that is transparent; 0 where none is. */
  readonly transparent: number;
}

function firstFrame(file: Uint8Array): FrameStart | undefined {
  let transparent = 0;
  for (let at = SCREEN_END + tableBytes(file[10] ?? 0); at < file.length; ) {
    if (file[at] === IMAGE) return { at, transparent };
    if (file[at] !== EXTENSION) return undefined;
    if (file[at + 1] === GRAPHIC_CONTROL && (file[at + 3]! & 1) === 1) transparent = file[at + 6] ?? 0;
    at = blocksEnd(file, at + 2);
  }
  return undefined;
}

/** The first frame of a GIF; undefined without a colour for what it leaves out. */
export function gifFrame(file: Uint8Array): GifFrame | undefined {
  const start = firstFrame(file);
  return start && frameAt(file, start.at, start.transparent);
}

/** Whether a file is a GIF whose first frame has no colours: neither a table of its own nor one of the file. */
export function isGifWithoutColours(file: Uint8Array): boolean {
  if (String.fromCharCode(...file.subarray(0, 4)) !== 'GIF8') return false;
  const start = firstFrame(file);
  return start !== undefined && tableBytes(file[10] ?? 0) === 0 && tableBytes(file[start.at + 9] ?? 0) === 0;
}
