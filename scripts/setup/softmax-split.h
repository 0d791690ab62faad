// Float32 matrices as pairs of bfloat16 ones, in tiles (softmax-tiles.h).

// A float32 matrix, split: (outer / 16, k / 32, {high, low}) tiles, with zeros around it. `outer` are the rows of a left
// operand or the columns of a right one.
class SplitMatrix {
 public:
  SplitMatrix(size_t outer, size_t depth)
      : outer_(RoundUp(outer, 2 * kTileRows) / kTileRows),
        depth_(RoundUp(depth, kTileDepth) / kTileDepth),
        buffer_(outer_ * depth_ * kTileBytes / 2) {}

  size_t outer() const { return outer_; }
  size_t depth() const { return depth_; }
  char* At(size_t outer, size_t depth) {
    return reinterpret_cast<char*>(buffer_.data()) + (outer * depth_ + depth) * 2 * kTileBytes;
  }

 private:
  size_t outer_;
  size_t depth_;
  Buffer buffer_;
};

// The bits of the nearest bfloat16, in the upper half of each lane.
inline __m512i NearestHalf(__m512i bits) {
  const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  return _mm512_and_si512(rounded, _mm512_set1_epi32(static_cast<int>(0xffff0000)));
}

struct HighLow {
  __m512i high;
  __m512i low;
};

inline HighLow SplitValues(__m512 values) {
  const __m512i high = NearestHalf(_mm512_castps_si512(values));
  const __m512 rest = _mm512_sub_ps(values, _mm512_castsi512_ps(high));
  return {high, NearestHalf(_mm512_castps_si512(rest))};
}

inline __mmask16 FirstLanes(size_t from, size_t count) {
  return from >= count ? 0 : static_cast<__mmask16>((1u << std::min<size_t>(16, count - from)) - 1);
}

inline void StorePair(char* to, __m512i first, __m512i second) {
  _mm512_store_si512(to, _mm512_or_si512(_mm512_srli_epi32(first, 16), second));
}

// 32 values along k of a row, as they lie in a left operand's two tiles; `lanes` leaves out those beyond the matrix.
inline void SplitRow(const float* from, __mmask16 one, __mmask16 two, char* high, char* low) {
  const HighLow left = SplitValues(_mm512_maskz_loadu_ps(one, from));
  const HighLow right = SplitValues(_mm512_maskz_loadu_ps(two, from + 16));
  const auto store = [](char* to, __m512i first, __m512i second) {
    const auto narrow = [](__m512i lanes) { return _mm512_cvtepi32_epi16(_mm512_srli_epi32(lanes, 16)); };
    _mm512_store_si512(to, _mm512_inserti64x4(_mm512_castsi256_si512(narrow(first)), narrow(second), 1));
  };
  store(high, left.high, right.high);
  store(low, left.low, right.low);
}

// A matrix, row by row, as a left operand, over the tiles `along` k. Whole tiles are written, zeros from `rows` on.
void SplitRows(const float* matrix, size_t stride, size_t rows, size_t columns, SplitMatrix& to, Part along) {
  for (size_t row = 0; row < to.outer() * kTileRows; row++) {
    for (size_t depth = along.first; depth < along.end; depth++) {
      const size_t at = depth * kTileDepth;
      const __mmask16 one = row < rows ? FirstLanes(at, columns) : 0;
      const __mmask16 two = row < rows ? FirstLanes(at + 16, columns) : 0;
      char* tile = to.At(row / kTileRows, depth) + row % kTileRows * 64;
      SplitRow(matrix + row * stride + at, one, two, tile, tile + kTileBytes);
    }
  }
}

// A matrix, row by row, as a right operand whose k are its rows, from its tile `first` along k on: whole tiles, with zeros
// from `rows` on.
void SplitPairs(const float* matrix, size_t stride, size_t rows, size_t columns, SplitMatrix& to, size_t first = 0) {
  const size_t depths = RoundUp(rows, kTileDepth) / kTileDepth;
  for (size_t depth = 0; depth < depths; depth++) {
    for (size_t outer = 0; outer < to.outer(); outer++) {
      const size_t at = outer * kTileRows;
      const __mmask16 lanes = FirstLanes(at, columns);
      char* tile = to.At(outer, first + depth);
      for (size_t row = depth * kTileDepth; row < (depth + 1) * kTileDepth; row += 2, tile += 64) {
        const float* own = matrix + row * stride + at;
        const HighLow first = SplitValues(_mm512_maskz_loadu_ps(row < rows ? lanes : 0, own));
        const HighLow second = SplitValues(_mm512_maskz_loadu_ps(row + 1 < rows ? lanes : 0, own + stride));
        StorePair(tile, first.high, second.high);
        StorePair(tile + kTileBytes, first.low, second.low);
      }
    }
  }
}

// 16 x 16 numbers of 32 bits: by 1, 2, 4 and 8 steps.
inline void TransposeTile(const char* from, char* to) {
  __m512i rows[16], mixed[16];
#pragma GCC unroll 16
  for (int at = 0; at < 16; at++) rows[at] = _mm512_load_si512(from + 64 * at);
#pragma GCC unroll 8
  for (int at = 0; at < 16; at += 2) {
    mixed[at] = _mm512_unpacklo_epi32(rows[at], rows[at + 1]);
    mixed[at + 1] = _mm512_unpackhi_epi32(rows[at], rows[at + 1]);
  }
#pragma GCC unroll 4
  for (int at = 0; at < 16; at += 4) {
    rows[at] = _mm512_unpacklo_epi64(mixed[at], mixed[at + 2]);
    rows[at + 1] = _mm512_unpackhi_epi64(mixed[at], mixed[at + 2]);
    rows[at + 2] = _mm512_unpacklo_epi64(mixed[at + 1], mixed[at + 3]);
    rows[at + 3] = _mm512_unpackhi_epi64(mixed[at + 1], mixed[at + 3]);
  }
#pragma GCC unroll 4
  for (int at = 0; at < 4; at++) {
    const __m512i evens = _mm512_shuffle_i32x4(rows[at], rows[at + 4], 0x88);
    const __m512i odds = _mm512_shuffle_i32x4(rows[at], rows[at + 4], 0xdd);
    const __m512i later_evens = _mm512_shuffle_i32x4(rows[at + 8], rows[at + 12], 0x88);
    const __m512i later_odds = _mm512_shuffle_i32x4(rows[at + 8], rows[at + 12], 0xdd);
    _mm512_store_si512(to + 64 * at, _mm512_shuffle_i32x4(evens, later_evens, 0x88));
    _mm512_store_si512(to + 64 * (at + 4), _mm512_shuffle_i32x4(odds, later_odds, 0x88));
    _mm512_store_si512(to + 64 * (at + 8), _mm512_shuffle_i32x4(evens, later_evens, 0xdd));
    _mm512_store_si512(to + 64 * (at + 12), _mm512_shuffle_i32x4(odds, later_odds, 0xdd));
  }
}

// A right operand (k, columns) as the left operand (columns, k), the first tiles along k of it.
void Transposed(SplitMatrix& from, size_t depths, SplitMatrix& to) {
  for (size_t outer = 0; outer < from.outer(); outer++)
    for (size_t depth = 0; depth < depths; depth++)
      for (size_t part = 0; part < 2; part++)
        TransposeTile(from.At(outer, depth) + part * kTileBytes, to.At(outer, depth) + part * kTileBytes);
}

// A matrix (rows, k), row by row, as a right operand (k, rows), from its tile `first` of rows on: whole tiles, zeros from
// `rows` on.
void SplitTransposed(const float* matrix, size_t stride, size_t rows, size_t columns, SplitMatrix& to, size_t first) {
  alignas(64) char tile[2 * kTileBytes];
  for (size_t outer = 0; outer < RoundUp(rows, 2 * kTileRows) / kTileRows; outer++) {
    for (size_t depth = 0; depth < to.depth(); depth++) {
      const size_t at = depth * kTileDepth;
      for (size_t within = 0; within < kTileRows; within++) {
        const size_t row = outer * kTileRows + within;
        const __mmask16 one = row < rows ? FirstLanes(at, columns) : 0;
        const __mmask16 two = row < rows ? FirstLanes(at + 16, columns) : 0;
        char* line = tile + within * 64;
        SplitRow(matrix + row * stride + at, one, two, line, line + kTileBytes);
      }
      char* target = to.At(first + outer, depth);
      TransposeTile(tile, target);
      TransposeTile(tile + kTileBytes, target + kTileBytes);
    }
  }
}
