declare module 'parquetjs-lite' {
  /** The options of one column of a flat schema. */
  interface FieldOptions {
    type: 'UTF8' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN';
    optional: boolean;
    compression: 'UNCOMPRESSED' | 'SNAPPY';
    statistics: false;
  }
  class ParquetSchema {
    constructor(fields: Record<string, FieldOptions>);
  }
  class ParquetEnvelopeWriter {
    constructor(
      schema: ParquetSchema,
      write: (bytes: Buffer) => void,
      close: () => void,
      offset: number,
      options: { pageIndex: false; pageSize: number },
    );
  }
  class ParquetWriter {
    constructor(schema: ParquetSchema, envelope: ParquetEnvelopeWriter, options: { rowGroupSize: number });
    appendRow(row: Record<string, unknown>): Promise<void>;
    close(): Promise<void>;
  }
  const parquet: {
    ParquetSchema: typeof ParquetSchema;
    ParquetEnvelopeWriter: typeof ParquetEnvelopeWriter;
    ParquetWriter: typeof ParquetWriter;
  };
  export default parquet;
}

declare module 'parquetjs-lite/gen-nodejs/parquet_types.js' {
  import type { ThriftStruct } from 'parquetjs-lite/lib/util.js';

  /** A generated struct: made from an object of its fields, by their names in parquet.thrift. */
  type StructClass = new (fields: Record<string, unknown>) => ThriftStruct;
  const thrift: Record<
    | 'FileMetaData'
    | 'RowGroup'
    | 'ColumnChunk'
    | 'ColumnMetaData'
    | 'SchemaElement'
    | 'PageHeader'
    | 'DataPageHeader',
    StructClass
  > & {
    Type: Record<'INT32' | 'FLOAT' | 'FIXED_LEN_BYTE_ARRAY', number>;
    FieldRepetitionType: Record<'REQUIRED' | 'REPEATED', number>;
    ConvertedType: Record<'LIST', number>;
    Encoding: Record<'PLAIN' | 'RLE', number>;
    CompressionCodec: Record<'UNCOMPRESSED', number>;
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
