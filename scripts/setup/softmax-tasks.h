// The tasks of softmax.cc: what is done with each block of rows, and how the threads' sums are put together.

class MomentsTask : public Task {
 public:
  const float* first = nullptr;
  double* sum = nullptr;
  double* squares = nullptr;

 protected:
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
  // Of the logits, in floats: whole tiles.
  size_t Width() const { return Spread(RoundUp(columns, 2 * kPanel)); }
};

// What accumulate and score share: the logits of every block.
class LogitsTask : public ProblemsTask {
 public:
  const float* weights = nullptr;

 protected:
  bool Tiled() const override { return OnTiles(columns); }
  void Prepare(size_t) override { shared_ = SharedWeights(weights, rows.features, columns, Tiled()); }
  static const Piece* After(const Piece* piece, const Piece* end) { return piece + 1 == end ? nullptr : piece + 1; }

  // Reads a piece and computes its logits.
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
  struct Part {
    std::unique_ptr<Products> products;
    std::vector<std::vector<double>> sums;
    std::vector<std::unique_ptr<Squares>> moments;
  };

  void Prepare(size_t count) override {
    LogitsTask::Prepare(count);
    parts_.resize(count);
  }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    Part part;
    part.products = shared_->ForThread(BlockRows());
    for (const Problem& problem : problems) {
      part.sums.emplace_back(problem.classes + 2, 0.0);
      const bool counted = problem.moments != nullptr;
      part.moments.push_back(counted ? SquaresOf(problem.classes, BlockRows(), Tiled()) : nullptr);
    }
    Reader reader(rows, BlockRows());
    Buffer logits(BlockRows() * Width());
    Buffer copy(BlockRows() * Spread(columns + kPanel));
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, *piece, *part.products, logits.data(), After(piece, end));
      for (size_t at = 0; at < problems.size(); at++) {
        Residuals(problems[at], *piece, logits.data(), Width(), part.sums[at].data(), part.moments[at].get(),
                  copy.data());
      }
      part.products->AddTransposed(logits.data(), Width());
    }
    parts_[thread] = std::move(part);
  }

  void Finish() override {
    for (Part& part : parts_) {
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
  void Residuals(const Problem& problem, const Piece& piece, float* logits, size_t width, double* sums,
                 Squares* moments, float* copy) {
    const size_t classes = problem.classes;
    const size_t stride = Spread(classes + kPanel);
    if (moments != nullptr) std::memset(copy, 0, piece.rows * stride * sizeof(float));
    for (size_t row = 0; row < piece.rows; row++) {
      float* own = logits + row * width + problem.column;
      const int32_t label = problem.labels[piece.Row(row)];
      if (label < 0) {
        std::memset(own, 0, classes * sizeof(float));
        continue;
      }
      const float truth = own[label];
      float largest = 0;
      const double total = Chosen().exponentials(own, classes, &largest);
      sums[0] += std::log(total) + largest - truth;
      sums[1] += Chosen().scale(own, classes, static_cast<float>(1 / total));
      if (moments != nullptr) std::memcpy(copy + row * stride, own, classes * sizeof(float));
      own[label] -= 1;
      for (size_t at = 0; at < classes; at++) sums[2 + at] += own[at];
    }
    if (moments != nullptr) moments->Add(copy, piece.rows, stride);
  }

  std::vector<Part> parts_;
};

class ScoreTask : public LogitsTask {
 protected:
  // What is reported is computed once, and in float32.
  bool Tiled() const override { return false; }

  void Share(size_t, const Piece* begin, const Piece* end) override {
    const std::unique_ptr<Products> products = shared_->ForThread(BlockRows());
    Reader reader(rows, BlockRows());
    Buffer logits(BlockRows() * Width());
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, *piece, *products, logits.data(), After(piece, end));
      for (const Problem& problem : problems)
        for (size_t row = 0; row < piece->rows; row++)
          Score(problem, piece->Row(row), logits.data() + row * Width() + problem.column);
    }
  }

 private:
  // The rank counts classes with a larger logit, and those of a lower index with an equal one.
  static void Score(const Problem& problem, size_t row, float* own) {
    const size_t classes = problem.classes;
    const int32_t label = problem.labels[row];
    const float truth = label < 0 ? 0 : own[label];
    int32_t best = 0;
    int32_t rank = 0;
    for (size_t at = 0; at < classes; at++) {
      if (own[at] > own[best]) best = static_cast<int32_t>(at);
      if (own[at] > truth || (own[at] == truth && static_cast<int32_t>(at) < label)) rank++;
    }
    float largest = 0;
    const double total = Chosen().exponentials(own, classes, &largest);
    problem.predicted[row] = best;
    problem.rank[row] = label < 0 ? -1 : rank;
    problem.loss[row] = label < 0 ? 0 : static_cast<float>(std::log(total) + largest - truth);
    problem.confidence[row] = static_cast<float>(1 / total);
  }
};

class MultiplyTask : public LogitsTask {
 public:
  float* product = nullptr;

 protected:
  void Share(size_t, const Piece* begin, const Piece* end) override {
    const std::unique_ptr<Products> products = shared_->ForThread(BlockRows());
    Reader reader(rows, BlockRows());
    Buffer logits(BlockRows() * Width());
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, *piece, *products, logits.data(), After(piece, end));
      for (size_t row = 0; row < piece->rows; row++)
        std::memcpy(product + (piece->start + row) * columns, logits.data() + row * Width(), columns * sizeof(float));
    }
  }
};
