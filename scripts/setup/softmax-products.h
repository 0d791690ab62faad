// What a thread multiplies its blocks of rows with, in float32 or on tiles. Logits and residuals lie by class, (columns,
// width), a row of the block in each lane, so that softmax needs nothing of a row's neighbours.

// A block's logits, and the sums of its products with the residuals.
class Products {
 public:
  virtual ~Products() = default;
  // The rows that the others work on: (rows, features), `stride` floats apart.
  virtual void Take(const float* x, size_t rows, size_t stride) = 0;
  // logits (columns, width) = (x W + b)', for whole registers of rows
  virtual void Logits(float* logits, size_t width) = 0;
  // sums (features, columns) += x' residuals
  virtual void AddTransposed(const float* residuals, size_t width) = 0;
  // to (features, columns) += sums
  virtual void AddTo(double* to) = 0;
};

// The weights of all problems, shared by the threads.
class Weights {
 public:
  virtual ~Weights() = default;
  virtual std::unique_ptr<Products> ForThread(size_t most_rows) = 0;
};

// x'x, the upper triangle, of a matrix (rows, size).
class Squares {
 public:
  virtual ~Squares() = default;
  virtual void Add(const float* x, size_t rows, size_t stride) = 0;
  // The same of a matrix that lies as (size, width): whole registers of rows, zeros beyond them.
  virtual void AddByClass(const float* x, size_t rows, size_t width) = 0;
  // The upper triangle of to (size, size) += sums
  virtual void AddTo(double* to) = 0;
};

// A row of logits for each column begins with its bias.
void FillRows(float* logits, size_t width, const float* bias, size_t columns) {
  for (size_t column = 0; column < columns; column++) std::fill_n(logits + column * width, width, bias[column]);
}

// Weights as they are multiplied: (columns, features), with the biases apart.
class FloatWeights : public Weights {
 public:
  FloatWeights(const float* weights, size_t features, size_t columns)
      : features_(features),
        columns_(columns),
        stride_(Spread(features)),
        transposed_(columns * stride_),
        bias_(weights + features * columns, weights + (features + 1) * columns) {
    for (size_t first = 0; first < columns; first += kPanel)
      for (size_t feature = 0; feature < features; feature++)
        for (size_t column = first; column < std::min(columns, first + kPanel); column++)
          transposed_.data()[column * stride_ + feature] = weights[feature * columns + column];
  }

  std::unique_ptr<Products> ForThread(size_t) override { return std::make_unique<Own>(*this); }

 private:
  class Own : public Products {
   public:
    explicit Own(FloatWeights& shared) : shared_(shared) {}

    void Take(const float* x, size_t rows, size_t stride) override {
      x_ = x;
      rows_ = rows;
      stride_ = stride;
    }

    void Logits(float* logits, size_t width) override {
      FillRows(logits, width, shared_.bias_.data(), shared_.columns_);
      Chosen().multiply(x_, RoundUp(rows_, Chosen().tile), stride_, shared_.features_, shared_.transposed_.data(),
                        shared_.stride_, {logits, 1, width}, shared_.columns_);
    }

    void AddTransposed(const float* residuals, size_t width) override {
      if (sums_ == nullptr) sums_ = std::make_unique<Sums>(shared_.columns_, shared_.stride_, kFlushRows);
      Chosen().multiply_transposed(x_, rows_, stride_, shared_.features_, {residuals, 1, width}, shared_.columns_,
                                   sums_->narrow(), shared_.stride_, false);
      sums_->Added(rows_);
    }

    void AddTo(double* to) override {
      if (sums_ == nullptr) return;
      const double* from = sums_->Flush().data();
      for (size_t first = 0; first < shared_.columns_; first += kPanel)
        for (size_t feature = 0; feature < shared_.features_; feature++)
          for (size_t column = first; column < std::min(shared_.columns_, first + kPanel); column++)
            to[feature * shared_.columns_ + column] += from[column * shared_.stride_ + feature];
    }

   private:
    FloatWeights& shared_;
    const float* x_ = nullptr;
    size_t rows_ = 0;
    size_t stride_ = 0;
    std::unique_ptr<Sums> sums_;
  };

  size_t features_;
  size_t columns_;
  size_t stride_;
  Buffer transposed_;
  std::vector<float> bias_;
};

class FloatSquares : public Squares {
 public:
  explicit FloatSquares(size_t size)
      : size_(size), stride_(Spread(size)), sums_(RoundUp(size, Chosen().tile), stride_, kFlushRows) {}

  void Add(const float* x, size_t rows, size_t stride) override {
    Chosen().multiply_transposed(x, rows, stride, size_, {x, stride, 1}, size_, sums_.narrow(), stride_, true);
    sums_.Added(rows);
  }

  void AddByClass(const float* x, size_t rows, size_t width) override {
    Chosen().multiply(x, RoundUp(size_, Chosen().tile), width, rows, x, width, {sums_.narrow(), stride_, 1}, size_);
    sums_.Added(rows);
  }

  void AddTo(double* to) override {
    const double* from = sums_.Flush().data();
    for (size_t row = 0; row < size_; row++)
      for (size_t at = row; at < size_; at++) to[row * size_ + at] += from[row * stride_ + at];
  }

 private:
  size_t size_;
  size_t stride_;
  Sums sums_;
};

#if defined(TILES)
class TileWeights : public Weights {
 public:
  TileWeights(const float* weights, size_t features, size_t columns)
      : features_(features),
        columns_(columns),
        split_(columns, features),
        bias_(weights + features * columns, weights + (features + 1) * columns) {
    tiles::SplitMatrix pairs(columns, features);
    tiles::SplitPairs(weights, columns, features, columns, pairs, 0);
    tiles::Transposed(pairs, pairs.depth(), split_);
  }

  std::unique_ptr<Products> ForThread(size_t most_rows) override { return std::make_unique<Own>(*this, most_rows); }

 private:
  class Own : public Products {
   public:
    Own(TileWeights& shared, size_t most_rows)
        : shared_(shared), most_rows_(most_rows), x_(most_rows, shared.features_) {}

    void Take(const float* x, size_t rows, size_t stride) override {
      from_ = x;
      rows_ = rows;
      stride_ = stride;
    }

    void Logits(float* logits, size_t width) override {
      FillRows(logits, width, shared_.bias_.data(), shared_.columns_);
      tiles::SplitTransposed(from_, stride_, rows_, shared_.features_, x_, 0);
      const size_t padded = RoundUp(rows_, 2 * tiles::kTileRows);
      tiles::Multiply(shared_.split_, x_, {0, padded / tiles::kTileRows}, x_.depth(), logits, width);
    }

    void AddTransposed(const float* residuals, size_t width) override {
      if (sums_ == nullptr) sums_ = std::make_unique<Transposing>(shared_, most_rows_);
      sums_->Add(from_, stride_, residuals, width, rows_);
    }

    void AddTo(double* to) override {
      if (sums_ == nullptr) return;
      sums_->sums.Each(shared_.columns_, shared_.features_, false, [&](size_t column, size_t feature, double value) {
        to[feature * shared_.columns_ + column] += value;
      });
    }

   private:
    // residuals' x, (columns, features).
    struct Transposing {
      Transposing(TileWeights& shared, size_t most_rows)
          : features(shared.features_),
            columns(shared.columns_),
            x(features, most_rows),
            left(columns, most_rows),
            sums(columns, features) {}

      void Add(const float* from, size_t stride, const float* residuals, size_t width, size_t rows) {
        const size_t depths = RoundUp(rows, tiles::kTileDepth) / tiles::kTileDepth;
        tiles::SplitPairs(from, stride, rows, features, x, 0);
        tiles::SplitRows(residuals, width, columns, rows, left, {0, depths});
        sums.Add(left, x, depths, rows, false);
      }

      size_t features;
      size_t columns;
      tiles::SplitMatrix x;
      tiles::SplitMatrix left;
      tiles::BlockSums sums;
    };

    TileWeights& shared_;
    size_t most_rows_;
    tiles::SplitMatrix x_;
    const float* from_ = nullptr;
    size_t rows_ = 0;
    size_t stride_ = 0;
    std::unique_ptr<Transposing> sums_;
  };

  size_t features_;
  size_t columns_;
  tiles::SplitMatrix split_;
  std::vector<float> bias_;
};

class TileSquares : public Squares {
 public:
  TileSquares(size_t size, size_t most_rows)
      : size_(size), pairs_(size, most_rows), left_(size, most_rows), sums_(size, size) {}

  void Add(const float* x, size_t rows, size_t stride) override {
    const size_t depths = RoundUp(rows, tiles::kTileDepth) / tiles::kTileDepth;
    tiles::SplitPairs(x, stride, rows, size_, pairs_, 0);
    tiles::Transposed(pairs_, depths, left_);
    sums_.Add(left_, pairs_, depths, rows, true);
  }

  void AddByClass(const float* x, size_t rows, size_t width) override {
    const size_t depths = RoundUp(rows, tiles::kTileDepth) / tiles::kTileDepth;
    tiles::SplitRows(x, width, size_, rows, left_, {0, depths});
    tiles::SplitTransposed(x, width, size_, rows, pairs_, 0);
    sums_.Add(left_, pairs_, depths, rows, true);
  }

  void AddTo(double* to) override {
    sums_.Each(size_, size_, true, [&](size_t row, size_t at, double value) { to[row * size_ + at] += value; });
  }

 private:
  size_t size_;
  tiles::SplitMatrix pairs_;
  tiles::SplitMatrix left_;
  tiles::BlockSums sums_;
};
#endif

std::unique_ptr<Weights> SharedWeights(const float* weights, size_t features, size_t columns, bool tiled) {
#if defined(TILES)
  if (tiled) return std::make_unique<TileWeights>(weights, features, columns);
#endif
  return std::make_unique<FloatWeights>(weights, features, columns);
}

std::unique_ptr<Squares> SquaresOf(size_t size, size_t most_rows, bool tiled) {
#if defined(TILES)
  if (tiled) return std::make_unique<TileSquares>(size, most_rows);
#endif
  return std::make_unique<FloatSquares>(size);
}
