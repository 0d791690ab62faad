// The tasks of softmax.cc: what is done with each block of rows, and how the threads' sums are put together.

class MomentsTask : public Task {
 public:
  const float* first = nullptr;
  double* sum = nullptr;
  double* squares = nullptr;

 protected:
  bool KeepsSubnormals() const override { return true; }
  void Prepare(size_t count) override { parts_.assign(count, std::vector<double>(2 * rows.features, 0.0)); }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    Reader reader(rows, 0);
    double* own = parts_[thread].data();
    for (const Piece* piece = begin; piece != end; piece++) {
      for (size_t row = 0; row < piece->rows; row++)
        Chosen().add_moments(reader.Raw(piece->Row(row)), first, rows.features, own, own + rows.features);
    }
  }

  void Finish() override {
    for (const std::vector<double>& part : parts_) {
      for (size_t at = 0; at < rows.features; at++) {
        sum[at] += part[at];
        squares[at] += part[rows.features + at];
      }
    }
  }

 private:
  std::vector<std::vector<double>> parts_;
};

// Copies the upper triangle to the lower one.
void Mirror(double* sums, size_t size) {
  for (size_t row = 0; row < size; row++)
    for (size_t at = 0; at < row; at++) sums[row * size + at] = sums[at * size + row];
}

class GramTask : public Task {
 public:
  double* sums = nullptr;
  bool rough = false;

 protected:
  bool Tiled() const override { return rough && OnTiles(rows.features); }
  void Prepare(size_t count) override { parts_.resize(count); }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    Reader reader(rows, BlockRows());
    std::unique_ptr<Squares> part = SquaresOf(rows.features, BlockRows(), Tiled());
    for (const Piece* piece = begin; piece != end; piece++) {
      reader.Read(*piece);
      part->Add(reader.data(), piece->rows, reader.stride());
    }
    parts_[thread] = std::move(part);
  }

  void Finish() override {
    for (const std::unique_ptr<Squares>& part : parts_) part->AddTo(sums);
    parts_.clear();
    Mirror(sums, rows.features);
  }

 private:
  std::vector<std::unique_ptr<Squares>> parts_;
};

// Several problems side by side, in so many columns.
class ProblemsTask : public Task {
 public:
  size_t columns = 0;
  std::vector<Problem> problems;

 protected:
  // The labels of some rows of a piece; those beyond it do not count.
  static void LabelsOf(const Problem& problem, const Piece& piece, Part own, std::vector<int32_t>& labels) {
    std::fill(labels.begin(), labels.end(), -1);
    for (size_t row = own.first; row < own.end; row++) labels[row - own.first] = problem.labels[piece.Row(row)];
  }
};

// What those share that compute the logits of every block.
class LogitsTask : public ProblemsTask {
 public:
  const float* weights = nullptr;

 protected:
  bool Tiled() const override { return OnTiles(columns); }
  void Prepare(size_t) override { shared_ = SharedWeights(weights, rows.features, columns, Tiled()); }
  static const Piece* After(const Piece* piece, const Piece* end) { return piece + 1 == end ? nullptr : piece + 1; }
  // Of the logits by class, in floats: whole tiles and registers.
  size_t Width() const { return Spread(RoundUp(BlockRows(), 2 * kPanel)); }
  size_t LogitFloats() const { return RoundUp(columns, 2 * kPanel) * Width(); }

  // Reads a piece and computes its logits, (columns, Width()).
  void Logits(Reader& reader, const Piece& piece, Products& products, float* logits, const Piece* next) {
    reader.Read(piece);
    if (next != nullptr) reader.Foresee(*next);
    products.Take(reader.data(), piece.rows, reader.stride());
    products.Logits(logits, Width());
  }

  std::unique_ptr<Weights> shared_;
};

class AccumulateTask : public LogitsTask {
 public:
  double* gradient = nullptr;

 protected:
  struct ThreadSums {
    std::unique_ptr<Products> products;
    std::vector<std::vector<double>> sums;
    std::vector<std::unique_ptr<Squares>> moments;
  };

  void Prepare(size_t count) override {
    LogitsTask::Prepare(count);
    parts_.resize(count);
  }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    ThreadSums part;
    part.products = shared_->ForThread(BlockRows());
    for (const Problem& problem : problems) {
      part.sums.emplace_back(problem.classes + 2, 0.0);
      const bool counted = problem.moments != nullptr;
      part.moments.push_back(counted ? SquaresOf(problem.classes, BlockRows(), Tiled()) : nullptr);
    }
    Reader reader(rows, BlockRows());
    Buffer logits(LogitFloats());
    Buffer probabilities(LogitFloats() + kPanel * Width());
    std::vector<int32_t> labels(Width());
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, *piece, *part.products, logits.data(), After(piece, end));
      for (size_t at = 0; at < problems.size(); at++) {
        LabelsOf(problems[at], *piece, {0, piece->rows}, labels);
        Residuals(problems[at], piece->rows, logits.data(), labels.data(), part.sums[at], part.moments[at].get(),
                  probabilities.data());
      }
      part.products->AddTransposed(logits.data(), Width());
    }
    parts_[thread] = std::move(part);
  }

  void Finish() override {
    for (ThreadSums& part : parts_) {
      part.products->AddTo(gradient);
      double* bias = gradient + rows.features * columns;
      for (size_t index = 0; index < problems.size(); index++) {
        const Problem& problem = problems[index];
        const std::vector<double>& sums = part.sums[index];
        problem.sums[0] += sums[0];
        problem.sums[1] += sums[1];
        for (size_t at = 0; at < problem.classes; at++) bias[problem.column + at] += sums[2 + at];
        if (problem.moments != nullptr) part.moments[index]->AddTo(problem.moments);
      }
    }
    parts_.clear();
    for (const Problem& problem : problems)
      if (problem.moments != nullptr) Mirror(problem.moments, problem.classes);
  }

 private:
  // Logits of one problem -> p - y, zeros for rows that do not count.
  void Residuals(const Problem& problem, size_t count, float* logits, const int32_t* labels, std::vector<double>& sums,
                 Squares* moments, float* probabilities) {
    const size_t whole = RoundUp(count, Chosen().lanes);
    const LossSums own =
        Chosen().residuals(logits + problem.column * Width(), Width(), whole, problem.classes, labels,
                           moments == nullptr ? nullptr : probabilities, sums.data() + 2);
    sums[0] += own.loss;
    sums[1] += own.squares;
    if (moments != nullptr) moments->AddByClass(probabilities, whole, Width());
  }

  std::vector<ThreadSums> parts_;
};

class MultiplyTask : public LogitsTask {
 public:
  float* product = nullptr;

 protected:
  void Share(size_t, const Piece* begin, const Piece* end) override {
    const std::unique_ptr<Products> products = shared_->ForThread(BlockRows());
    Reader reader(rows, BlockRows());
    Buffer logits(LogitFloats());
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, *piece, *products, logits.data(), After(piece, end));
      for (size_t row = 0; row < piece->rows; row++)
        for (size_t column = 0; column < columns; column++)
          product[(piece->start + row) * columns + column] = logits.data()[column * Width() + row];
    }
  }
};
