/** TensorFlow's numbers for the types of tensors that strata meets (`DataType` in types.proto). */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  float16: 19,
} as const;

const BYTES = new Map<number, number>([
  [DataType.float32, 4],
  [DataType.int32, 4],
  [DataType.uint8, 1],
  [DataType.int64, 8],
  [DataType.bool, 1],
  [DataType.bfloat16, 2],
  [DataType.float16, 2],
]);

/** The bytes of one number of a type; undefined for a type of no fixed size. */
export function bytesPerValue(dtype: number): number | undefined {
  return BYTES.get(dtype);
}
