// Matrix products on the tile units of a processor that has them (AMX). Each float32 value is split into the sum of two
// bfloat16 ones, high + low, which keeps 16 of its 24 bits, and
//
//   a b = high(a) high(b) + high(a) low(b) + low(a) high(b)
//
// with float32 sums: a relative error of 2^-16 in each term, three products, and still several times as fast as float32.
//
//   A tile is 16 rows of 64 bytes. Left operands, (rows, k), hold 32 values along k in each row of a tile; right operands,
//   (k, columns), hold two values along k for each of 16 columns. So a right operand's tile, taken as 32-bit numbers and
//   transposed, is a tile of the transposed matrix as a left operand.

constexpr size_t kTileRows = 16;
constexpr size_t kTileDepth = 32;
constexpr size_t kTileBytes = 1024;
// Tiles along k whose right operands stay in the first-level cache.
constexpr size_t kTileRun = 8;

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

// A matrix, row by row, as a left operand. Only whole tiles of rows are written: those from `rows` on are zeros.
void SplitRows(const float* matrix, size_t stride, size_t rows, size_t columns, SplitMatrix& to) {
  const size_t end = RoundUp(rows, 2 * kTileRows);
  for (size_t row = 0; row < end; row++) {
    const float* own = matrix + row * stride;
    for (size_t depth = 0; depth < to.depth(); depth++) {
      const size_t at = depth * kTileDepth;
      const __mmask16 one = row < rows ? FirstLanes(at, columns) : 0;
      const __mmask16 two = row < rows ? FirstLanes(at + 16, columns) : 0;
      const HighLow left = SplitValues(_mm512_maskz_loadu_ps(one, own + at));
      const HighLow right = SplitValues(_mm512_maskz_loadu_ps(two, own + at + 16));
      char* tile = to.At(row / kTileRows, depth) + row % kTileRows * 64;
      const auto narrow = [](__m512i lanes) { return _mm512_cvtepi32_epi16(_mm512_srli_epi32(lanes, 16)); };
      const auto store = [&](char* target, __m512i low, __m512i high) {
        _mm256_store_si256(reinterpret_cast<__m256i*>(target), narrow(low));
        _mm256_store_si256(reinterpret_cast<__m256i*>(target + 32), narrow(high));
      };
      store(tile, left.high, right.high);
      store(tile + kTileBytes, left.low, right.low);
    }
  }
}

// A matrix, row by row, as a right operand whose k are its rows: whole tiles, with zeros from `rows` on.
void SplitPairs(const float* matrix, size_t stride, size_t rows, size_t columns, SplitMatrix& to) {
  const size_t depths = RoundUp(rows, kTileDepth) / kTileDepth;
  for (size_t depth = 0; depth < depths; depth++) {
    for (size_t outer = 0; outer < to.outer(); outer++) {
      const size_t at = outer * kTileRows;
      const __mmask16 lanes = FirstLanes(at, columns);
      char* tile = to.At(outer, depth);
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

// The first `depths` tiles along k of a right operand (k, columns) as the left operand (columns, k).
void Transposed(SplitMatrix& from, size_t depths, SplitMatrix& to) {
  for (size_t outer = 0; outer < from.outer(); outer++)
    for (size_t depth = 0; depth < depths; depth++)
      for (size_t part = 0; part < 2; part++)
        TransposeTile(from.At(outer, depth) + part * kTileBytes, to.At(outer, depth) + part * kTileBytes);
}

// Whether the processor has tiles for bfloat16, and the system gives them to this process.
bool Available() {
  static const bool available = [] {
    constexpr long kRequest = 0x1023;  // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;
    return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-bf16") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
  }();
  return available;
}

// The tiles of a thread: eight of 16 rows of 64 bytes, from here until it is destroyed.
class Thread {
 public:
  explicit Thread(bool used) : used_(used) {
    // A constant, because GCC takes it that only its first bytes are read.
    alignas(64) static const uint8_t configuration[64] = {
        1,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0, 64, 0,
        0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0,  0, 0, 0, 16, 16, 16, 16, 16, 16, 16, 16,
    };
    if (used_) _tile_loadconfig(configuration);
  }
  ~Thread() {
    if (used_) _tile_release();
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  bool used_;
};

// Two by two tiles of a product: sums += left right over `run` tiles along k. The four tiles of sums lie `down` bytes
// below and `across` bytes beside each other, their rows `stride` bytes apart.
inline void MultiplyTiles(const char* left, size_t left_next, const char* right, size_t right_next, size_t run,
                          char* sums, size_t stride, size_t down, size_t across) {
  _tile_loadd(0, sums, stride);
  _tile_loadd(1, sums + across, stride);
  _tile_loadd(2, sums + down, stride);
  _tile_loadd(3, sums + down + across, stride);
  for (size_t at = 0; at < run; at++) {
    _tile_loadd(4, left, 64);
    _tile_loadd(5, left + left_next, 64);
    _tile_loadd(6, right + kTileBytes, 64);
    _tile_loadd(7, right + right_next + kTileBytes, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    _tile_loadd(6, right, 64);
    _tile_loadd(7, right + right_next, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    _tile_loadd(4, left + kTileBytes, 64);
    _tile_loadd(5, left + left_next + kTileBytes, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    left += 2 * kTileBytes;
    right += 2 * kTileBytes;
  }
  _tile_stored(0, sums, stride);
  _tile_stored(1, sums + across, stride);
  _tile_stored(2, sums + down, stride);
  _tile_stored(3, sums + down + across, stride);
}

// to (rows, width) += left right; `rows` is a multiple of 32, and there are as many columns as `right` has with its zeros.
void Multiply(SplitMatrix& left, SplitMatrix& right, size_t rows, float* to, size_t width) {
  const size_t below = kTileRows * width * sizeof(float);
  for (size_t column = 0; column < right.outer(); column += 2) {
    for (size_t depth = 0; depth < left.depth(); depth += kTileRun) {
      for (size_t row = 0; row < rows / kTileRows; row += 2) {
        MultiplyTiles(left.At(row, depth), 2 * kTileBytes * left.depth(), right.At(column, depth),
                      2 * kTileBytes * right.depth(), std::min(kTileRun, left.depth() - depth),
                      reinterpret_cast<char*>(to) + row * below + column * 64, width * sizeof(float), below, 64);
      }
    }
  }
}

// Sums of products in blocks of two by two tiles, so that a block lies together: (columns / 32, rows / 32, 1024).
class BlockSums {
 public:
  BlockSums(size_t rows, size_t columns)
      : rows_(RoundUp(rows, kSide) / kSide), sums_(rows_ * RoundUp(columns, kSide), kSide, kTileFlushRows) {}

  // sums (rows, columns) += left right, over the first `depths` tiles along k; `upper` leaves out the blocks below the
  // diagonal.
  void Add(SplitMatrix& left, SplitMatrix& right, size_t depths, size_t rows, bool upper) {
    for (size_t column = 0; column < right.outer() / 2; column++) {
      for (size_t depth = 0; depth < depths; depth += kTileRun) {
        const char* panel = right.At(2 * column, depth);
        for (size_t row = 0; row < (upper ? column + 1 : rows_); row++) {
          char* sums = reinterpret_cast<char*>(Block(row, column));
          MultiplyTiles(left.At(2 * row, depth), 2 * kTileBytes * left.depth(), panel, 2 * kTileBytes * right.depth(),
                        std::min(kTileRun, depths - depth), sums, 64, 2 * kTileBytes, kTileBytes);
        }
      }
    }
    sums_.Added(rows);
  }

  // Calls for each sum (row, column, value) of a matrix of that many rows and columns.
  template <typename Visit>
  void Each(size_t rows, size_t columns, bool upper, Visit visit) {
    const double* wide = sums_.Flush().data();
    for (size_t row = 0; row < rows; row++) {
      for (size_t column = upper ? row : 0; column < columns; column++) {
        const double* block = wide + (column / kSide * rows_ + row / kSide) * kSide * kSide;
        const size_t tile = row % kSide / kTileRows * 2 + column % kSide / kTileRows;
        visit(row, column, block[tile * 256 + row % kTileRows * 16 + column % kTileRows]);
      }
    }
  }

 private:
  static constexpr size_t kSide = 2 * kTileRows;
  static constexpr size_t kTileFlushRows = 4096;
  float* Block(size_t row, size_t column) { return sums_.narrow() + (column * rows_ + row) * kSide * kSide; }

  size_t rows_;
  Sums sums_;
};
