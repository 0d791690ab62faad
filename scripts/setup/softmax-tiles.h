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

#include "softmax-split.h"

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

// to (rows, width) += left right, for some tiles of columns, an even number of them, over the first `depths` along k. The
// larger of the operands is read once.
void Multiply(SplitMatrix& left, SplitMatrix& right, Part columns, size_t depths, float* to, size_t width) {
  const size_t below = kTileRows * width * sizeof(float);
  const auto multiply = [&](size_t row, size_t depth, size_t column) {
    MultiplyTiles(left.At(row, depth), 2 * kTileBytes * left.depth(), right.At(column, depth),
                  2 * kTileBytes * right.depth(), std::min(kTileRun, depths - depth),
                  reinterpret_cast<char*>(to) + row * below + column * 64, width * sizeof(float), below, 64);
  };
  if (left.outer() > columns.end - columns.first) {
    for (size_t row = 0; row < left.outer(); row += 2)
      for (size_t depth = 0; depth < depths; depth += kTileRun)
        for (size_t column = columns.first; column < columns.end; column += 2) multiply(row, depth, column);
  } else {
    for (size_t column = columns.first; column < columns.end; column += 2)
      for (size_t depth = 0; depth < depths; depth += kTileRun)
        for (size_t row = 0; row < left.outer(); row += 2) multiply(row, depth, column);
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
