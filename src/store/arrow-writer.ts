import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Int32,
  Message,
  MetadataVersion,
  Schema,
} from 'apache-arrow';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import { BufferRegion, FieldNode, RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { bytesOf, padding, type RowBatch, type ShardEncoder, type ShardShape } from './shard-encoder.js';

// An Arrow IPC file: "ARROW1" and two zero bytes, the schema message, one message per record batch, the
// end-of-stream marker, the footer (schema and where each batch lies), its length, "ARROW1". A message is
// ffffffff, the length of its metadata, the metadata, its body. Metadata is padded so that bodies and the
// buffers in them start at multiples of 64.

const MAGIC = Buffer.from('ARROW1');
const PREFIX_BYTES = 8;

function shardSchema({ features, dtype }: ShardShape): Schema {
  const item = new Field('item', dtype === 'float32' ? new Float32() : new Float16(), false);
  return new Schema([
    new Field('id', new Int32(), false),
    new Field('features', new FixedSizeList(features, item), false),
  ]);
}

/** Encodes shards as Arrow IPC files: `id` int32 and `features` FixedSizeList, no nulls, uncompressed. */
export function arrowEncoder(shape: ShardShape): ShardEncoder {
  const schema = shardSchema(shape);
  const blocks: FileBlock[] = [];
  return {
    header() {
      const magic = Buffer.concat([MAGIC, Buffer.alloc(2)]);
      return [magic, ...messageChunks(magic.length, Message.from(schema))];
    },
    batch(offset, rows) {
      const body = bodyChunks(rows);
      const metadata = messageChunks(offset, batchMessage(rows, shape.features, lengthOf(body)));
      blocks.push(new FileBlock(lengthOf(metadata), lengthOf(body), offset));
      return [...metadata, ...body];
    },
    footer() {
      const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, blocks, []));
      return [bytesOf(Int32Array.of(-1, 0)), footer, bytesOf(Int32Array.of(footer.length)), MAGIC];
    },
  };
}

function messageChunks(offset: number, message: Message): Uint8Array[] {
  const metadata = Message.encode(message);
  const pad = padding(offset + PREFIX_BYTES + metadata.length);
  return [bytesOf(Int32Array.of(-1, metadata.length + pad.length)), metadata, pad];
}

function bodyChunks({ ids, values }: RowBatch): Uint8Array[] {
  return [bytesOf(ids), padding(ids.byteLength), bytesOf(values), padding(values.byteLength)];
}

function batchMessage({ ids, values }: RowBatch, features: number, bodyBytes: number): Message {
  const rows = ids.length;
  const valuesStart = ids.byteLength + padding(ids.byteLength).length;
  const nodes = [rows, rows, rows * features].map((length) => new FieldNode(length, 0));
  // A column without nulls has an empty validity buffer before its values; a list has nothing else.
  const buffers = [
    new BufferRegion(0, 0),
    new BufferRegion(0, ids.byteLength),
    new BufferRegion(valuesStart, 0),
    new BufferRegion(valuesStart, 0),
    new BufferRegion(valuesStart, values.byteLength),
  ];
  return Message.from(new RecordBatch(rows, nodes, buffers, null), bodyBytes);
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}
