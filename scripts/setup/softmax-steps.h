// The task that takes gradient steps (softmax-descent.h).

class DescendTask : public ProblemsTask {
 public:
  float* weights = nullptr;
  // What the optimiser remembers: the velocity, or Adam's two means.
  std::vector<float*> states;
  // The place after the last row of each minibatch, among the picks or the rows.
  std::vector<size_t> ends;
  // Steps taken before.
  size_t steps = 0;
  double momentum = 0;
  double squares = 0;
  double epsilon = 0;

  size_t Given() const { return rows.picking ? rows.picked : rows.Count(); }

  void Run() override {
    const size_t fitting = kDescentBytes / (4 * Spread(rows.features + kPanel));
    strides_ = StridesOf(OnTiles(columns));
    const size_t most = std::min(std::clamp(fitting, kLeastRows, kMostDescentRows), Longest());
    Bank bank(rows.features, columns, RoundUp(most, strides_.rows), states.size());
    bank.Take(weights, bank.weights);
    for (size_t at = 0; at < states.size(); at++) bank.Take(states[at], *bank.states[at]);
    const std::unique_ptr<BankProducts> products = ProductsOf(bank, OnTiles(columns));
    products->Moved({0, rows.features + 1});
    Together(bank, *products);
    if (wrong_row_.load() >= 0) throw std::string("not finite: row ") + std::to_string(wrong_row_.load());
    bank.Give(bank.weights, weights);
    for (size_t at = 0; at < states.size(); at++) bank.Give(*bank.states[at], states[at]);
  }

 private:
  size_t Longest() const {
    size_t longest = 1;
    for (size_t at = 0; at < ends.size(); at++) longest = std::max(longest, ends[at] - (at == 0 ? 0 : ends[at - 1]));
    return longest;
  }

  void Together(Bank& bank, BankProducts& products) {
    const size_t shares = std::max(bank.rows / strides_.rows, rows.features / strides_.features);
    const size_t count = std::max<size_t>(1, std::min(threads, shares));
    Barrier barrier(count);
    auto work = [&](size_t thread) {
      const NoSubnormals fast;
#if defined(TILES)
      const tiles::Thread configured(OnTiles(columns));
#endif
      Go(bank, products, barrier, thread, count);
    };
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < count; thread++) others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others) other.join();
  }

  void Go(Bank& bank, BankProducts& products, Barrier& barrier, size_t thread, size_t count) {
    Reader reader(rows, 0);
    const Part features = PartOf(rows.features + 1, strides_.features, thread, count);
    for (size_t batch = 0, from = 0; batch < ends.size(); from = ends[batch++]) {
      for (size_t at = from; at < ends[batch]; at += bank.rows) {
        const Piece piece = PieceAt(at, std::min(bank.rows, ends[batch] - at));
        const Part own = PartOf(piece.rows, strides_.rows, thread, count);
        if (own.first < own.end) RowsOf(bank, products, reader, piece, own);
        barrier.Wait();
        if (wrong_row_.load(std::memory_order_relaxed) >= 0) return;
        const bool last = at + bank.rows >= ends[batch];
        if (features.first < features.end) {
          products.Gradient(features, piece.rows);
          if (last) StepOf(bank, PieceAt(from, ends[batch] - from), steps + batch + 1, features);
          if (last) products.Moved(features);
        }
        barrier.Wait();
      }
    }
  }

  Piece PieceAt(size_t from, size_t count) const {
    return {rows.start + from, count, rows.picking ? rows.picks + from : nullptr};
  }

  // Standardised rows, logits and residuals of one thread's part of a block.
  void RowsOf(Bank& bank, BankProducts& products, Reader& reader, const Piece& piece, Part own) {
    const Part padded{own.first, own.first + RoundUp(own.end - own.first, strides_.rows)};
    float* x = bank.x.data() + own.first * bank.stride;
    const int64_t wrong = reader.ReadInto(x, bank.stride, piece, own, padded.end - padded.first);
    if (wrong >= 0) wrong_row_.store(wrong);
    for (size_t row = 0; row < own.end - own.first; row++) x[row * bank.stride + rows.features] = 1;
    products.Logits(padded);
    std::vector<int32_t> labels(padded.end - padded.first);
    const int32_t* known = nullptr;
    for (const Problem& problem : problems) {
      // Problems of one label set stand beside each other.
      if (problem.labels != known) LabelsOf(problem, piece, own, labels);
      known = problem.labels;
      Chosen().residuals(bank.residuals.data() + problem.column * bank.width + own.first, bank.width, labels.size(),
                         problem.classes, labels.data(), nullptr, nullptr);
    }
    products.Known(padded);
  }

  void StepOf(Bank& bank, const Piece& batch, size_t step, Part features) {
    const int32_t* counted = nullptr;
    size_t labelled = 0;
    for (const Problem& problem : problems) {
      // Problems of one label set stand beside each other.
      if (problem.labels != counted) labelled = Labelled(problem.labels, batch);
      counted = problem.labels;
      Step own = StepFor(problem, labelled, step);
      Move(bank, own, problem, {features.first, std::min(features.end, rows.features)});
      own.l2 = 0;
      if (features.end > rows.features) Move(bank, own, problem, {rows.features, rows.features + 1});
    }
  }

  void Move(Bank& bank, const Step& step, const Problem& problem, Part features) {
    const bool adapts = bank.states.size() == 2;
    for (size_t column = problem.column; column < problem.column + problem.classes; column++) {
      const size_t at = column * bank.stride + features.first;
      float* second = adapts ? bank.states[1]->data() + at : nullptr;
      (adapts ? Chosen().adapt : Chosen().roll)(step, bank.weights.data() + at, bank.gradient.data() + at,
                                                bank.states[0]->data() + at, second, features.end - features.first);
    }
  }

  static size_t Labelled(const int32_t* labels, const Piece& batch) {
    size_t count = 0;
    for (size_t at = 0; at < batch.rows; at++)
      if (labels[batch.Row(at)] >= 0) count++;
    return count;
  }

  // Kingma & Ba (2015): the two means begin at zero, and are corrected for it.
  Step StepFor(const Problem& problem, size_t labelled, size_t step) const {
    Step own;
    own.part = 1.0f / static_cast<float>(std::max<size_t>(1, labelled));
    own.l2 = problem.l2;
    own.rate = problem.rate;
    own.momentum = static_cast<float>(momentum);
    if (states.size() == 1) return own;
    const double count = static_cast<double>(step);
    own.rate = static_cast<float>(problem.rate / (1 - std::pow(momentum, count)));
    own.squares = static_cast<float>(squares);
    own.square_part = static_cast<float>(1 / (1 - std::pow(squares, count)));
    own.epsilon = static_cast<float>(epsilon);
    return own;
  }

  Strides strides_{};
  std::atomic<int64_t> wrong_row_{-1};
};
