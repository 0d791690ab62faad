/** TensorFlow's numbers for the types of tensors that strata meets (`DataType` in types.proto). */
export const DataType = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  float16: 19,
  resource: 20,
  uint32: 22,
  uint64: 23,
} as const;

const BYTES = new Map<number, number>([
  [DataType.float32, 4],
  [DataType.float64, 8],
  [DataType.int32, 4],
  [DataType.uint8, 1],
  [DataType.int16, 2],
  [DataType.int8, 1],
  [DataType.int64, 8],
  [DataType.bool, 1],
  [DataType.bfloat16, 2],
  [DataType.uint16, 2],
  [DataType.float16, 2],
  [DataType.uint32, 4],
  [DataType.uint64, 8],
]);

/** The bytes of one number of a type; undefined for a type of no fixed size. */
export function bytesPerValue(dtype: number): number | undefined {
  return BYTES.get(dtype);
}

/** A type's name here, or its number. */
export function typeName(dtype: number): string {
  return Object.entries(DataType).find(([, number]) => number === dtype)?.[0] ?? `type ${dtype}`;
}
