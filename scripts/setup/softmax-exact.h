// The same passes in float64, for what is reported and certified and for sums whose differences matter: rows are
// standardised, multiplied, exponentiated and summed in float64 throughout. Subnormal numbers count here.

// Rows of one thread: a block of standardised ones stays in the second-level cache.
class ExactRows {
 public:
  ExactRows(const Rows& rows, size_t size)
      : reader_(rows, 0),
        rows_(rows),
        stride_(RoundUp(rows.features, kPanel) + kPanel / 2),
        values_(stride_ * RoundUp(size, Chosen().tile)) {}

  size_t stride() const { return stride_; }
  const double* data() const { return values_.data(); }

  // Throws for a feature that is not finite.
  void Read(const Piece& piece) {
    for (size_t at = 0; at < piece.rows; at++) {
      const size_t row = piece.Row(at);
      if (!Chosen().standardise_wide(reader_.Raw(row), rows_.scaling, rows_.features, values_.data() + at * stride_))
        throw std::string("not finite: row ") + std::to_string(row);
    }
    std::fill(values_.begin() + static_cast<ptrdiff_t>(piece.rows * stride_), values_.end(), 0.0);
  }

 private:
  Reader reader_;
  const Rows& rows_;
  size_t stride_;
  std::vector<double> values_;
};

size_t ExactBlockRows(size_t features) {
  const size_t fitting = kBlockBytes / (8 * (features + kPanel));
  return std::clamp(fitting, kLeastRows / 2, kMostRows / 2) / Chosen().tile * Chosen().tile;
}

class ExactGramTask : public Task {
 public:
  double* sums = nullptr;

 protected:
  bool KeepsSubnormals() const override { return true; }
  size_t BlockRows() const override { return ExactBlockRows(rows.features); }
  void Prepare(size_t count) override { parts_.resize(count); }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    ExactRows block(rows, BlockRows());
    std::vector<double>& own = parts_[thread];
    own.assign(rows.features * block.stride(), 0.0);
    for (const Piece* piece = begin; piece != end; piece++) {
      block.Read(*piece);
      Chosen().multiply_transposed_wide(block.data(), piece->rows, block.stride(), rows.features, block.data(),
                                        block.stride(), rows.features, own.data(), block.stride(), true);
    }
  }

  void Finish() override {
    const size_t features = rows.features;
    for (const std::vector<double>& part : parts_) {
      if (part.empty()) continue;
      const size_t stride = part.size() / features;
      for (size_t row = 0; row < features; row++)
        for (size_t at = row; at < features; at++) sums[row * features + at] += part[row * stride + at];
    }
    parts_.clear();
    Mirror(sums, features);
  }

 private:
  std::vector<std::vector<double>> parts_;
};

// What those share that compute the logits of every block, (rows, Width()).
class ExactLogitsTask : public ProblemsTask {
 public:
  const double* weights = nullptr;

 protected:
  bool KeepsSubnormals() const override { return true; }
  size_t BlockRows() const override { return ExactBlockRows(rows.features); }
  size_t Width() const { return RoundUp(columns, kPanel) + kPanel / 2; }
  size_t Stride() const { return RoundUp(rows.features, kPanel); }

  void Prepare(size_t) override { transposed_ = Transposed(weights); }

  std::vector<double> Transposed(const double* matrix) const {
    std::vector<double> to(columns * Stride(), 0.0);
    for (size_t feature = 0; feature < rows.features; feature++)
      for (size_t column = 0; column < columns; column++)
        to[column * Stride() + feature] = matrix[feature * columns + column];
    return to;
  }

  void Logits(const ExactRows& block, size_t count, double* logits) const {
    Multiply(block, count, weights, transposed_, logits);
  }

  // The rows times any matrix that lies as the weights do.
  void Multiply(const ExactRows& block, size_t count, const double* matrix, const std::vector<double>& transposed,
                double* product) const {
    const double* bias = matrix + rows.features * columns;
    for (size_t row = 0; row < BlockRows(); row++) std::copy_n(bias, columns, product + row * Width());
    Chosen().multiply_wide(block.data(), RoundUp(count, Chosen().tile), block.stride(), rows.features,
                           transposed.data(), Stride(), product, Width(), columns);
  }

 private:
  std::vector<double> transposed_;
};

// Logits -> exponentials of how far each is below the largest. Returns their sum without that of the largest, which is 1:
// beside it the small losses of rows that are all but certain would lose their digits.
inline double Exponentials(const double* logits, size_t classes, size_t best, double* to) {
  double others = 0;
  const double most = logits[best];
  for (size_t at = 0; at < classes; at++) {
    to[at] = std::exp(logits[at] - most);
    if (at != best) others += to[at];
  }
  return others;
}

class ExactAccumulateTask : public ExactLogitsTask {
 public:
  double* gradient = nullptr;
  // Where it is there, the gradient is that of the gradient along it: the Hessian times it.
  const double* direction = nullptr;

 protected:
  struct ThreadSums {
    std::vector<double> gradient;
    std::vector<std::vector<double>> sums;
    std::vector<std::vector<double>> moments;
  };

  void Prepare(size_t count) override {
    ExactLogitsTask::Prepare(count);
    parts_.resize(count);
    if (direction != nullptr) turned_ = Transposed(direction);
  }

  static size_t MomentStride(const Problem& problem) { return RoundUp(problem.classes, kPanel); }

  void Share(size_t thread, const Piece* begin, const Piece* end) override {
    ThreadSums& part = parts_[thread];
    part.gradient.assign(columns * Stride(), 0.0);
    for (const Problem& problem : problems) {
      part.sums.emplace_back(problem.classes + 2, 0.0);
      part.moments.emplace_back(problem.moments == nullptr ? 0 : problem.classes * MomentStride(problem), 0.0);
    }
    ExactRows block(rows, BlockRows());
    std::vector<double> logits(BlockRows() * Width() + 2 * kPanel);
    for (const Piece* piece = begin; piece != end; piece++) {
      block.Read(*piece);
      Logits(block, piece->rows, logits.data());
      for (size_t at = 0; at < problems.size(); at++)
        Residuals(problems[at], *piece, logits.data() + problems[at].column, part.sums[at], part.moments[at]);
      if (direction != nullptr) Turn(block, *piece, logits, part);
      Chosen().multiply_transposed_wide(block.data(), piece->rows, block.stride(), rows.features, logits.data(), Width(),
                                        columns, part.gradient.data(), Stride(), false);
    }
  }

  void Finish() override {
    double* bias = gradient + rows.features * columns;
    for (const ThreadSums& part : parts_) {
      if (part.gradient.empty()) continue;
      for (size_t feature = 0; feature < rows.features; feature++)
        for (size_t column = 0; column < columns; column++)
          gradient[feature * columns + column] += part.gradient[column * Stride() + feature];
      for (size_t index = 0; index < problems.size(); index++) {
        const Problem& problem = problems[index];
        for (size_t at = 0; at < 2; at++) problem.sums[at] += part.sums[index][at];
        for (size_t at = 0; at < problem.classes; at++) bias[problem.column + at] += part.sums[index][2 + at];
        if (problem.moments == nullptr) continue;
        for (size_t row = 0; row < problem.classes; row++)
          for (size_t at = 0; at < problem.classes; at++)
            problem.moments[row * problem.classes + at] += part.moments[index][row * MomentStride(problem) + at];
      }
    }
    parts_.clear();
  }

 private:
  // Logits of one problem -> p - y, zeros for rows that do not count.
  void Residuals(const Problem& problem, const Piece& piece, double* logits, std::vector<double>& sums,
                 std::vector<double>& moments) const {
    for (size_t at = 0; at < piece.rows; at++) {
      double* own = logits + at * Width();
      const int32_t label = problem.labels[piece.Row(at)];
      if (label < 0) {
        std::fill_n(own, problem.classes, 0.0);
        continue;
      }
      const size_t best = std::max_element(own, own + problem.classes) - own;
      const double above = own[best] - own[label];
      const double others = Exponentials(own, problem.classes, best, own);
      sums[0] += std::log1p(others) + above;
      for (size_t k = 0; k < problem.classes; k++) {
        own[k] /= 1 + others;
        sums[1] += own[k] * own[k];
      }
    }
    if (problem.moments != nullptr)
      Chosen().multiply_transposed_wide(logits, piece.rows, Width(), problem.classes, logits, Width(), problem.classes,
                                        moments.data(), MomentStride(problem), false);
    for (size_t at = 0; at < piece.rows; at++) {
      double* own = logits + at * Width();
      const int32_t label = problem.labels[piece.Row(at)];
      if (label < 0) continue;
      // 1 - p of the row's own class is the sum of the others, which has digits where 1 - p has none.
      double others = 0;
      for (size_t k = 0; k < problem.classes; k++)
        if (static_cast<int32_t>(k) != label) others += own[k];
      own[label] = -others;
      if (direction != nullptr) continue;
      for (size_t k = 0; k < problem.classes; k++) sums[2 + k] += own[k];
    }
  }

  // Residuals p - y -> p (u - p'u), with u how the logits change along the direction, taken from that of the row's own
  // class so that the digits of rows that are all but certain stay.
  void Turn(const ExactRows& block, const Piece& piece, std::vector<double>& residuals, ThreadSums& part) const {
    std::vector<double> changes(residuals.size());
    Multiply(block, piece.rows, direction, turned_, changes.data());
    for (size_t index = 0; index < problems.size(); index++) {
      const Problem& problem = problems[index];
      double* sums = part.sums[index].data() + 2;
      for (size_t at = 0; at < piece.rows; at++) {
        const int32_t label = problem.labels[piece.Row(at)];
        if (label < 0) continue;
        double* p = residuals.data() + at * Width() + problem.column;
        const double* u = changes.data() + at * Width() + problem.column;
        p[label] += 1;
        double mean = 0;
        for (size_t k = 0; k < problem.classes; k++) mean += p[k] * (u[k] - u[label]);
        for (size_t k = 0; k < problem.classes; k++) {
          p[k] *= (u[k] - u[label]) - mean;
          sums[k] += p[k];
        }
      }
    }
  }

  std::vector<double> turned_;
  std::vector<ThreadSums> parts_;
};

class ScoreTask : public ExactLogitsTask {
 protected:
  void Share(size_t, const Piece* begin, const Piece* end) override {
    ExactRows block(rows, BlockRows());
    std::vector<double> logits(BlockRows() * Width() + 2 * kPanel);
    std::vector<double> powers(columns);
    for (const Piece* piece = begin; piece != end; piece++) {
      block.Read(*piece);
      Logits(block, piece->rows, logits.data());
      for (const Problem& problem : problems)
        for (size_t at = 0; at < piece->rows; at++)
          Score(problem, piece->Row(at), logits.data() + at * Width() + problem.column, powers.data());
    }
  }

 private:
  // A row with a logit that is not finite is predicted as nothing, and as far from right as can be.
  static void Score(const Problem& problem, size_t row, const double* logits, double* powers) {
    const size_t classes = problem.classes;
    const int32_t label = problem.labels[row];
    double witness = 0;
    for (size_t at = 0; at < classes; at++) witness += logits[at] * 0.0;
    const size_t best = std::max_element(logits, logits + classes) - logits;
    const double others = Exponentials(logits, classes, best, powers);
    const bool finite = witness == 0;
    problem.predicted[row] = finite ? static_cast<int32_t>(best) : -1;
    problem.confidence[row] = finite ? static_cast<float>(1 / (1 + others)) : 0;
    problem.rank[row] = -1;
    problem.loss[row] = 0;
    if (label < 0) return;
    int32_t rank = 0;
    for (size_t at = 0; at < classes; at++)
      rank += logits[at] > logits[label] || (logits[at] == logits[label] && static_cast<int32_t>(at) < label);
    problem.rank[row] = finite ? rank : static_cast<int32_t>(classes);
    const double loss = std::log1p(others) + (logits[best] - logits[label]);
    problem.loss[row] = finite ? static_cast<float>(loss) : INFINITY;
  }
};
