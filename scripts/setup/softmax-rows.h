// The rows of softmax.cc: where they lie, the blocks they are worked on in, and how they are read.

// A row length, in floats, at which rows below each other fall into different sets of a cache.
size_t Spread(size_t width) {
  const size_t panels = RoundUp(width, kPanel) / kPanel;
  return (panels | 1) * kPanel;
}

// Memory that buffers have given back: calls follow each other and take the same again, and what threads that come and go
// free stays with their arenas.
class Pool {
 public:
  static Pool& Shared() {
    static Pool* pool = new Pool();
    return *pool;
  }

  void* Take(size_t alignment, size_t bytes) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto found = std::find_if(spare_.begin(), spare_.end(), [&](const Spare& one) { return one.bytes == bytes; });
      if (found != spare_.end()) {
        void* memory = found->memory;
        spare_.erase(found);
        return memory;
      }
    }
    return std::aligned_alloc(alignment, bytes);
  }

  // The oldest is let go where there is much.
  void Give(void* memory, size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    spare_.push_back({memory, bytes});
    size_t total = 0;
    for (const Spare& one : spare_) total += one.bytes;
    for (; total > kMost && !spare_.empty(); spare_.erase(spare_.begin())) {
      total -= spare_.front().bytes;
      std::free(spare_.front().memory);
    }
  }

 private:
  struct Spare {
    void* memory;
    size_t bytes;
  };
  static constexpr size_t kMost = 64 << 20;
  std::mutex mutex_;
  std::vector<Spare> spare_;
};

// Zeros, on huge pages where the system has them: rows below each other lie further apart than a page.
class Buffer {
 public:
  explicit Buffer(size_t floats) {
    constexpr size_t kHuge = 2 << 20;
    const size_t bytes = RoundUp(std::max<size_t>(floats, kPanel) * sizeof(float), 64);
    const bool large = bytes > kHuge / 16;
    bytes_ = large ? RoundUp(bytes, kHuge) : bytes;
    memory_ = static_cast<float*>(Pool::Shared().Take(large ? kHuge : 64, bytes_));
    if (memory_ == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (large) madvise(memory_, bytes_, MADV_HUGEPAGE);
#endif
    std::memset(memory_, 0, bytes);
  }
  ~Buffer() { Pool::Shared().Give(memory_, bytes_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  float* data() { return memory_; }

 private:
  size_t bytes_ = 0;
  float* memory_ = nullptr;
};

struct Block {
  const void* values;
  bool halves;
  size_t rows;
};

struct Rows {
  std::vector<Block> blocks;
  size_t features = 0;
  size_t start = 0;
  Scaling scaling;
  bool picking = false;
  const int32_t* picks = nullptr;
  size_t picked = 0;

  size_t Count() const {
    size_t count = 0;
    for (const Block& block : blocks) count += block.rows;
    return count;
  }
};

// Rows that are worked on together: consecutive ones from `start` on, or so many picks.
struct Piece {
  size_t start;
  size_t rows;
  const int32_t* picks;

  size_t Row(size_t at) const { return picks == nullptr ? start + at : static_cast<size_t>(picks[at]); }
};

struct Problem {
  size_t classes = 0;
  size_t column = 0;
  const int32_t* labels = nullptr;
  // accumulate: loss, E||p||^2, then the sums of p - y by class; the second moments of p
  double* sums = nullptr;
  double* moments = nullptr;
  // score: by row
  int32_t* predicted = nullptr;
  int32_t* rank = nullptr;
  float* loss = nullptr;
  float* confidence = nullptr;
  // descend
  float rate = 0;
  float l2 = 0;
};

size_t RowsOfBlock(size_t features, size_t tile) {
  const size_t fitting = kBlockBytes / (4 * Spread(features));
  return std::clamp(fitting, kLeastRows, kMostRows) / tile * tile;
}

size_t RowsOfTiles(size_t features) {
  const size_t fitting = kTileBlockBytes / (4 * Spread(features));
  return std::clamp(fitting, kLeastTileRows, kMostTileRows) / 32 * 32;
}

std::vector<Piece> PiecesOf(const Rows& rows, size_t size) {
  std::vector<Piece> pieces;
  const size_t count = rows.picking ? rows.picked : rows.Count();
  for (size_t from = 0; from < count; from += size) {
    const int32_t* picks = rows.picking ? rows.picks + from : nullptr;
    pieces.push_back({rows.start + from, std::min(size, count - from), picks});
  }
  return pieces;
}

#if defined(__x86_64__)
// The bits by which a processor takes numbers below 1e-38 for zero, as results and as operands.
constexpr unsigned kZeros = 0x8040;
#endif

// Has a thread count numbers below 1e-38, from here until it is destroyed.
class Subnormals {
 public:
#if defined(__x86_64__)
  Subnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ & ~kZeros); }
  ~Subnormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  Subnormals() {}
#endif
};

// Reads pieces into a buffer of standardised rows, with zeros beyond the features and beyond the rows.
class Reader {
 public:
  Reader(const Rows& rows, size_t size)
      : rows_(rows),
        stride_(Spread(rows.features + kPanel)),
        buffer_(stride_ * RoundUp(size, Chosen().tile)),
        wide_(rows.features + kPanel) {
    for (const Block& block : rows.blocks) ends_.push_back((ends_.empty() ? 0 : ends_.back()) + block.rows);
  }

  size_t stride() const { return stride_; }
  float* data() { return buffer_.data(); }

  // A row as it is stored, widened.
  const float* Raw(size_t row) {
    bool halves = false;
    const char* stored = Stored(row, &halves);
    if (!halves) return reinterpret_cast<const float*>(stored);
    Chosen().widen(reinterpret_cast<const uint16_t*>(stored), wide_.data(), rows_.features);
    return wide_.data();
  }

  // Has a piece of consecutive rows fetched while others are worked on.
  void Foresee(const Piece& piece) {
    if (piece.picks != nullptr) return;
    bool halves = false;
    ahead.at = Stored(piece.start, &halves);
    ahead.end = ahead.at + piece.rows * rows_.features * (halves ? sizeof(uint16_t) : sizeof(float));
  }

  // Rows with those of zeros that fill the last tile. Throws for a feature that is not finite.
  void Read(const Piece& piece) {
    const int64_t wrong = ReadInto(data(), stride_, piece, {0, piece.rows}, RoundUp(piece.rows, Chosen().tile));
    if (wrong >= 0) throw std::string("not finite: row ") + std::to_string(wrong);
  }

  // Some rows of a piece, and zeros up to `padded` ones. Returns a row with a feature that is not finite, or -1.
  int64_t ReadInto(float* to, size_t stride, const Piece& piece, Part own, size_t padded) {
    int64_t wrong = -1;
    for (size_t at = own.first; at < own.end; at++, to += stride) {
      const size_t row = piece.Row(at);
      if (!Standardised(Raw(row), to)) wrong = static_cast<int64_t>(row);
    }
    std::memset(to, 0, (padded - (own.end - own.first)) * stride * sizeof(float));
    return wrong;
  }

 private:
  bool Standardised(const float* raw, float* to) const {
    if (!rows_.scaling.extreme) return Chosen().standardise(raw, rows_.scaling, rows_.features, to);
    const Subnormals all;
    return Chosen().standardise_extreme(raw, rows_.scaling, rows_.features, to);
  }

  const char* Stored(size_t row, bool* halves) const {
    const size_t place = row - rows_.start;
    const size_t at = std::upper_bound(ends_.begin(), ends_.end(), place) - ends_.begin();
    const size_t within = at == 0 ? place : place - ends_[at - 1];
    const Block* block = &rows_.blocks[at];
    *halves = block->halves;
    const size_t size = block->halves ? sizeof(uint16_t) : sizeof(float);
    return static_cast<const char*>(block->values) + within * rows_.features * size;
  }

  const Rows& rows_;
  std::vector<size_t> ends_;
  size_t stride_;
  Buffer buffer_;
  Buffer wide_;
};
