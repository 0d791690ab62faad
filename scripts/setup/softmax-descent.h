// Gradient steps by minibatches. The threads of a call stay together from its first minibatch to its last: each
// computes the logits and residuals of rows of its own, and then, when all have, the gradient and the step of features of
// its own. No sum is put together from several threads, so that the numbers do not depend on how many there are.

// Lets threads go on when all have come. They come within microseconds of each other: it is not worth to sleep, only to
// let others have the processor where there are more threads than processors.
class Barrier {
 public:
  explicit Barrier(size_t threads) : threads_(threads) {}

  void Wait() {
    const size_t round = round_.load(std::memory_order_acquire);
    if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      waiting_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      return;
    }
    for (size_t turn = 0; round_.load(std::memory_order_acquire) == round; turn++) {
      if (turn >= kTurns) std::this_thread::yield();
#if defined(__x86_64__)
      else _mm_pause();
#endif
    }
  }

 private:
  static constexpr size_t kTurns = 1000;
  size_t threads_;
  std::atomic<size_t> waiting_{0};
  std::atomic<size_t> round_{0};
};

// Rows that are worked on between two barriers: they stay in the caches.
constexpr size_t kDescentBytes = 1 << 20;
constexpr size_t kMostDescentRows = 512;

// Threads take rows and features in steps of so many: whole tiles and registers.
struct Strides {
  size_t rows;
  size_t features;
};

Strides StridesOf(bool tiled) {
#if defined(TILES)
  if (tiled) return {tiles::kTileDepth, tiles::kTileDepth};
#endif
  return {Chosen().tile * Chosen().lanes, Chosen().tile * kPanel};
}

// The matrices of a call, which its threads share. Weights, gradient and the optimiser's states lie as (columns, features),
// the biases as the weights of a last feature that is 1; logits and residuals as (columns, width), a row in each lane.
struct Bank {
  Bank(size_t features, size_t columns, size_t rows, size_t states)
      : features(features),
        columns(columns),
        rows(rows),
        stride(Spread(RoundUp(features + 1, 2 * kPanel))),
        width(Spread(RoundUp(rows, 2 * kPanel))),
        x(width * stride),
        residuals(RoundUp(columns, 2 * kPanel) * width),
        weights(columns * stride),
        gradient(RoundUp(columns, 2 * kPanel) * stride) {
    for (size_t at = 0; at < states; at++) this->states.push_back(std::make_unique<Buffer>(columns * stride));
  }

  // From and to (features, columns), the biases last.
  void Take(const float* from, Buffer& to) const {
    for (size_t at = 0; at <= features; at++)
      for (size_t column = 0; column < columns; column++) to.data()[column * stride + at] = from[at * columns + column];
  }
  void Give(Buffer& from, float* to) const {
    for (size_t at = 0; at <= features; at++)
      for (size_t column = 0; column < columns; column++) to[at * columns + column] = from.data()[column * stride + at];
  }

  size_t features;
  size_t columns;
  size_t rows;
  size_t stride;
  size_t width;
  Buffer x;
  Buffer residuals;
  Buffer weights;
  Buffer gradient;
  std::vector<std::unique_ptr<Buffer>> states;
};

// The products of a block of rows, each in parts.
class BankProducts {
 public:
  virtual ~BankProducts() = default;
  // The weights of some features are as the bank has them now.
  virtual void Moved(Part features) = 0;
  // residuals = (x W)', for some rows, whole registers.
  virtual void Logits(Part rows) = 0;
  // The residuals of some rows are as the bank has them now.
  virtual void Known(Part rows) = 0;
  // gradient += residuals' x, for some features, over the first `rows`.
  virtual void Gradient(Part features, size_t rows) = 0;
};

void ClearLogits(Bank& bank, Part rows) {
  for (size_t column = 0; column < bank.columns; column++)
    std::fill_n(bank.residuals.data() + column * bank.width + rows.first, rows.end - rows.first, 0.0f);
}

class FloatBankProducts : public BankProducts {
 public:
  explicit FloatBankProducts(Bank& bank) : bank_(bank) {}
  void Moved(Part) override {}
  void Known(Part) override {}

  void Logits(Part rows) override {
    ClearLogits(bank_, rows);
    Chosen().multiply(bank_.x.data() + rows.first * bank_.stride, rows.end - rows.first, bank_.stride,
                      bank_.features + 1, bank_.weights.data(), bank_.stride,
                      {bank_.residuals.data() + rows.first, 1, bank_.width}, bank_.columns);
  }

  void Gradient(Part features, size_t rows) override {
    Chosen().multiply_transposed(bank_.x.data() + features.first, rows, bank_.stride, features.end - features.first,
                                 {bank_.residuals.data(), 1, bank_.width}, bank_.columns,
                                 bank_.gradient.data() + features.first, bank_.stride, false);
  }

 private:
  Bank& bank_;
};

#if defined(TILES)
class TileBankProducts : public BankProducts {
 public:
  explicit TileBankProducts(Bank& bank)
      : bank_(bank),
        size_(bank.features + 1),
        weights_(bank.columns, size_),
        x_(bank.rows, size_),
        residuals_(bank.columns, bank.rows),
        x_pairs_(size_, bank.rows) {}

  void Moved(Part features) override {
    tiles::SplitRows(bank_.weights.data(), bank_.stride, bank_.columns, size_, weights_,
                     Tiles(features, tiles::kTileDepth));
  }

  void Logits(Part rows) override {
    ClearLogits(bank_, rows);
    const Part tiles = Tiles(rows, tiles::kTileRows);
    tiles::SplitTransposed(bank_.x.data() + rows.first * bank_.stride, bank_.stride, rows.end - rows.first, size_, x_,
                           tiles.first);
    tiles::Multiply(weights_, x_, tiles, x_.depth(), bank_.residuals.data(), bank_.width);
  }

  void Known(Part rows) override {
    const Part along = Tiles(rows, tiles::kTileDepth);
    tiles::SplitRows(bank_.residuals.data(), bank_.width, bank_.columns, rows.end, residuals_, along);
    tiles::SplitPairs(bank_.x.data() + rows.first * bank_.stride, bank_.stride, rows.end - rows.first, size_, x_pairs_,
                      along.first);
  }

  void Gradient(Part features, size_t rows) override {
    tiles::Multiply(residuals_, x_pairs_, Tiles(features, tiles::kTileRows),
                    RoundUp(rows, tiles::kTileDepth) / tiles::kTileDepth, bank_.gradient.data(), bank_.stride);
  }

 private:
  // In tiles, an even number of them.
  static Part Tiles(Part part, size_t size) {
    return {part.first / size, RoundUp(part.end, 2 * tiles::kTileRows) / size};
  }

  Bank& bank_;
  size_t size_;
  tiles::SplitMatrix weights_;
  tiles::SplitMatrix x_;
  tiles::SplitMatrix residuals_;
  tiles::SplitMatrix x_pairs_;
};
#endif

std::unique_ptr<BankProducts> ProductsOf(Bank& bank, bool tiled) {
#if defined(TILES)
  if (tiled) return std::make_unique<TileBankProducts>(bank);
#endif
  return std::make_unique<FloatBankProducts>(bank);
}
