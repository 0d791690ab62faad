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

class GramTask : public Task {
 public:
  double* sums = nullptr;

 protected:
  void Prepare(size_t count) override { parts_.resize(count); }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    const Kernels& kernels = Chosen();
    const size_t width = RoundUp(rows.features, kPanel);
    Reader reader(rows, RowsOfBlock(rows.features, kernels.tile));
    auto part = std::make_unique<Sums>(RoundUp(rows.features, kernels.tile), width);
    for (const Piece* piece = begin; piece != end; piece++) {
      reader.Read(*piece);
      kernels.multiply_transposed(reader.data(), piece->rows, reader.stride(), rows.features, reader.data(),
                                  reader.stride(), part->narrow(), width, true);
      part->Added(piece->rows);
    }
    parts_[thread] = std::move(part);
  }

  void Finish() override {
    const size_t features = rows.features;
    for (const std::unique_ptr<Sums>& part : parts_) {
      const double* from = part->Flush().data();
      for (size_t row = 0; row < features; row++)
        for (size_t at = row; at < features; at++) sums[row * features + at] += from[row * part->width() + at];
    }
    parts_.clear();
    for (size_t row = 0; row < features; row++)
      for (size_t at = 0; at < row; at++) sums[row * features + at] = sums[at * features + row];
  }

 private:
  std::vector<std::unique_ptr<Sums>> parts_;
};

// Weights as panels of 16 columns, (panels, features, 16), and the biases behind each other.
class Packed {
 public:
  Packed(const float* weights, size_t features, size_t columns)
      : width_(RoundUp(columns, kPanel)), panels_(features * width_), bias_(Spread(columns)) {
    for (size_t panel = 0; panel < width_ / kPanel; panel++) {
      const size_t count = std::min(kPanel, columns - panel * kPanel);
      for (size_t feature = 0; feature < features; feature++)
        std::memcpy(panels_.data() + (panel * features + feature) * kPanel,
                    weights + feature * columns + panel * kPanel, count * sizeof(float));
    }
    std::memcpy(bias_.data(), weights + features * columns, columns * sizeof(float));
  }
  size_t width() const { return width_; }
  const float* panels() { return panels_.data(); }
  const float* bias() { return bias_.data(); }

 private:
  size_t width_;
  Buffer panels_;
  Buffer bias_;
};

// What accumulate and score share: the logits of every block.
class LogitsTask : public Task {
 public:
  const float* weights = nullptr;
  size_t columns = 0;
  std::vector<Problem> problems;

 protected:
  void Prepare(size_t) override { packed_ = std::make_unique<Packed>(weights, rows.features, columns); }

  void Logits(Reader& reader, size_t padded, float* logits) {
    const size_t width = Spread(columns);
    Chosen().multiply(reader.data(), padded, reader.stride(), rows.features, packed_->panels(), packed_->bias(),
                      logits, width, packed_->width());
  }

  std::unique_ptr<Packed> packed_;
};

class AccumulateTask : public LogitsTask {
 public:
  double* gradient = nullptr;

 protected:
  struct Part {
    std::unique_ptr<Sums> gradient;
    std::vector<std::vector<double>> sums;
    std::vector<std::unique_ptr<Sums>> moments;
  };

  void Prepare(size_t count) override {
    LogitsTask::Prepare(count);
    parts_.resize(count);
  }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    const Kernels& kernels = Chosen();
    const size_t size = RowsOfBlock(rows.features, kernels.tile);
    const size_t width = Spread(columns);
    Part part;
    part.gradient = std::make_unique<Sums>(RoundUp(rows.features, kernels.tile), packed_->width());
    for (const Problem& problem : problems) {
      part.sums.emplace_back(problem.classes + 2, 0.0);
      part.moments.push_back(problem.moments == nullptr ? nullptr : MomentsOf(problem));
    }
    Reader reader(rows, size);
    Buffer logits(size * width);
    Buffer copy(size * Spread(columns + kPanel));
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, reader.Read(*piece), logits.data());
      for (size_t at = 0; at < problems.size(); at++) {
        Residuals(problems[at], *piece, logits.data(), width, part.sums[at].data(), part.moments[at].get(),
                  copy.data());
      }
      kernels.multiply_transposed(reader.data(), piece->rows, reader.stride(), rows.features, logits.data(), width,
                                  part.gradient->narrow(), packed_->width(), false);
      part.gradient->Added(piece->rows);
    }
    parts_[thread] = std::move(part);
  }

  void Finish() override {
    for (Part& part : parts_) {
      const double* from = part.gradient->Flush().data();
      const size_t width = part.gradient->width();
      for (size_t feature = 0; feature < rows.features; feature++)
        for (size_t at = 0; at < columns; at++) gradient[feature * columns + at] += from[feature * width + at];
      double* bias = gradient + rows.features * columns;
      for (size_t index = 0; index < problems.size(); index++) {
        const Problem& problem = problems[index];
        const std::vector<double>& sums = part.sums[index];
        problem.sums[0] += sums[0];
        problem.sums[1] += sums[1];
        for (size_t at = 0; at < problem.classes; at++) bias[problem.column + at] += sums[2 + at];
        if (problem.moments != nullptr) AddMoments(problem, *part.moments[index]);
      }
    }
    parts_.clear();
  }

 private:
  std::unique_ptr<Sums> MomentsOf(const Problem& problem) {
    return std::make_unique<Sums>(RoundUp(problem.classes, Chosen().tile), RoundUp(problem.classes, kPanel));
  }

  static void AddMoments(const Problem& problem, Sums& sums) {
    const double* from = sums.Flush().data();
    for (size_t row = 0; row < problem.classes; row++)
      for (size_t at = 0; at < problem.classes; at++)
        problem.moments[row * problem.classes + at] += from[row * sums.width() + at];
  }

  // Logits of one problem -> p - y, zeros for rows that do not count.
  void Residuals(const Problem& problem, const Piece& piece, float* logits, size_t width, double* sums, Sums* moments,
                 float* copy) {
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
      const float scale = static_cast<float>(1 / total);
      float squares = 0;
      for (size_t at = 0; at < classes; at++) {
        own[at] *= scale;
        squares += own[at] * own[at];
      }
      sums[1] += squares;
      if (moments != nullptr) std::memcpy(copy + row * stride, own, classes * sizeof(float));
      own[label] -= 1;
      for (size_t at = 0; at < classes; at++) sums[2 + at] += own[at];
    }
    if (moments == nullptr) return;
    Chosen().multiply_transposed(copy, piece.rows, stride, classes, copy, stride, moments->narrow(), moments->width(),
                                 false);
    moments->Added(piece.rows);
  }

  std::vector<Part> parts_;
};

class ScoreTask : public LogitsTask {
 protected:
  void Share(size_t, const Piece* begin, const Piece* end) override {
    const size_t size = RowsOfBlock(rows.features, Chosen().tile);
    const size_t width = Spread(columns);
    Reader reader(rows, size);
    Buffer logits(size * width);
    for (const Piece* piece = begin; piece != end; piece++) {
      Logits(reader, reader.Read(*piece), logits.data());
      for (const Problem& problem : problems)
        for (size_t row = 0; row < piece->rows; row++)
          Score(problem, piece->Row(row), logits.data() + row * width + problem.column);
    }
  }

  void Finish() override {}

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
