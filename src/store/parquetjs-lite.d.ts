// The parts of parquetjs-lite that strata builds its files with: the Thrift structs of the Parquet format, their
// serialisation, and the compressor. Its own writer handles a value at a time (1.8 MB/s for vectors).

declare module 'parquetjs-lite/gen-nodejs/parquet_types.js' {
  import type { ThriftStruct } from 'parquetjs-lite/lib/util.js';

  /** A generated struct: made from an object of its fields, by their names in parquet.thrift. */
  type StructClass = new (fields: Record<string, unknown>) => ThriftStruct;
  const thrift: Record<
    | 'FileMetaData'
    | 'KeyValue'
    | 'RowGroup'
    | 'ColumnChunk'
    | 'ColumnMetaData'
    | 'SchemaElement'
    | 'PageHeader'
    | 'DataPageHeader',
    StructClass
  > & {
    Type: Record<
      'BOOLEAN' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BYTE_ARRAY' | 'FIXED_LEN_BYTE_ARRAY',
      number
    >;
    FieldRepetitionType: Record<'REQUIRED' | 'OPTIONAL' | 'REPEATED', number>;
    ConvertedType: Record<'UTF8' | 'LIST', number>;
    Encoding: Record<'PLAIN' | 'RLE', number>;
    CompressionCodec: Record<'UNCOMPRESSED' | 'SNAPPY', number>;
    PageType: Record<'DATA_PAGE', number>;
  };
  export default thrift;
}

declare module 'parquetjs-lite/lib/util.js' {
  /** The part of the compact protocol that a struct of our own needs. */
  interface ThriftOutput {
    writeStructBegin(name: string): void;
    writeFieldBegin(name: string, type: number, id: number): void;
    writeFieldEnd(): void;
    writeFieldStop(): void;
    writeStructEnd(): void;
  }
  export interface ThriftStruct {
    write(output: ThriftOutput): void;
  }
  const util: { serializeThrift(struct: ThriftStruct): Buffer };
  export default util;
}

declare module 'parquetjs-lite/lib/compression.js' {
  const compression: { deflate(method: 'SNAPPY', bytes: Buffer): Buffer };
  export default compression;
}
