// Gradient steps by minibatches. The threads of a call stay together from its first minibatch to its last: each
// computes the logits and residuals of rows of its own, and then, when all have, the gradient and the step of columns of
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
    const size_t tile = Chosen().tile;
    const size_t fitting = kDescentBytes / (4 * Spread(rows.features + kPanel));
    const size_t block = RoundUp(std::min(std::clamp(fitting, kLeastRows, kMostDescentRows), Longest()), tile);
    const size_t count = std::max<size_t>(1, std::min(threads, block / tile));
    Bank bank(*this, block);
    Barrier barrier(count);
    auto work = [&](size_t thread) {
      const NoSubnormals fast;
      Go(bank, barrier, thread, count, block);
    };
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < count; thread++) others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others) other.join();
    if (bank.wrong_row.load() >= 0) throw std::string("not finite: row ") + std::to_string(bank.wrong_row.load());
    bank.Return(*this);
  }

 private:
  // What the threads share: everything as (columns, features), the bias as the weight of a last feature that is 1.
  struct Bank {
    Bank(const DescendTask& task, size_t block)
        : size(task.rows.features + 1),
          stride(Spread(size)),
          weights(task.columns * stride),
          gradient(task.columns * stride),
          x_stride(Spread(task.rows.features + kPanel)),
          x(block * x_stride),
          residuals(block * task.Width()) {
      Turn(task.weights, weights, task.columns);
      for (const float* state : task.states) {
        states.push_back(std::make_unique<Buffer>(task.columns * stride));
        Turn(state, *states.back(), task.columns);
      }
    }

    void Turn(const float* from, Buffer& to, size_t columns) {
      for (size_t at = 0; at < size; at++)
        for (size_t column = 0; column < columns; column++)
          to.data()[column * stride + at] = from[at * columns + column];
    }

    void TurnBack(Buffer& from, float* to, size_t columns) {
      for (size_t at = 0; at < size; at++)
        for (size_t column = 0; column < columns; column++)
          to[at * columns + column] = from.data()[column * stride + at];
    }

    void Return(const DescendTask& task) {
      TurnBack(weights, task.weights, task.columns);
      for (size_t at = 0; at < states.size(); at++) TurnBack(*states[at], task.states[at], task.columns);
    }

    size_t size;
    size_t stride;
    Buffer weights;
    Buffer gradient;
    std::vector<std::unique_ptr<Buffer>> states;
    size_t x_stride;
    Buffer x;
    Buffer residuals;
    std::atomic<int64_t> wrong_row{-1};
  };

  size_t Longest() const {
    size_t longest = 1;
    for (size_t at = 0; at < ends.size(); at++) longest = std::max(longest, ends[at] - (at == 0 ? 0 : ends[at - 1]));
    return longest;
  }

  void Go(Bank& bank, Barrier& barrier, size_t thread, size_t count, size_t block) {
    Reader reader(rows, 0);
    const size_t first = columns * thread / count;
    const size_t end = columns * (thread + 1) / count;
    for (size_t batch = 0, from = 0; batch < ends.size(); from = ends[batch++]) {
      for (size_t at = from; at < ends[batch]; at += block) {
        const Piece piece = PieceAt(at, std::min(block, ends[batch] - at));
        RowsOf(bank, reader, piece, thread, count);
        barrier.Wait();
        if (bank.wrong_row.load(std::memory_order_relaxed) >= 0) return;
        Chosen().multiply_transposed(bank.x.data(), piece.rows, bank.x_stride, bank.size,
                                     bank.residuals.data() + first, Width(), end - first,
                                     bank.gradient.data() + first * bank.stride, bank.stride, false);
        if (at + block >= ends[batch]) StepOf(bank, PieceAt(from, ends[batch] - from), steps + batch + 1, first, end);
        barrier.Wait();
      }
    }
  }

  Piece PieceAt(size_t from, size_t count) const {
    return {rows.start + from, count, rows.picking ? rows.picks + from : nullptr};
  }

  // Standardised rows, logits and residuals of one thread's part of a block.
  void RowsOf(Bank& bank, Reader& reader, const Piece& piece, size_t thread, size_t count) {
    const size_t tile = Chosen().tile;
    const size_t tiles = RoundUp(piece.rows, tile) / tile;
    const size_t first = tiles * thread / count * tile;
    const size_t padded = tiles * (thread + 1) / count * tile - first;
    if (padded == 0) return;
    const size_t own = std::min(piece.rows - first, padded);
    float* x = bank.x.data() + first * bank.x_stride;
    float* logits = bank.residuals.data() + first * Width();
    const int64_t wrong = reader.ReadInto(x, piece, first, own, padded);
    if (wrong >= 0) bank.wrong_row.store(wrong);
    for (size_t row = 0; row < own; row++) x[row * bank.x_stride + rows.features] = 1;
    std::memset(logits, 0, padded * Width() * sizeof(float));
    Chosen().multiply(x, padded, bank.x_stride, bank.size, bank.weights.data(), bank.stride, logits, Width(),
                      columns);
    for (const Problem& problem : problems)
      for (size_t row = 0; row < own; row++)
        Residual(problem, problem.labels[piece.Row(first + row)], logits + row * Width() + problem.column);
  }

  static void Residual(const Problem& problem, int32_t label, float* own) {
    if (label < 0) {
      std::memset(own, 0, problem.classes * sizeof(float));
      return;
    }
    float largest = 0;
    const double total = Chosen().exponentials(own, problem.classes, &largest);
    Chosen().scale(own, problem.classes, static_cast<float>(1 / total));
    own[label] -= 1;
  }

  void StepOf(Bank& bank, const Piece& batch, size_t step, size_t first, size_t end) {
    const int32_t* counted = nullptr;
    size_t labelled = 0;
    for (const Problem& problem : problems) {
      const size_t from = std::max(first, problem.column);
      const size_t to = std::min(end, problem.column + problem.classes);
      if (from >= to) continue;
      // Problems of one label set stand beside each other.
      if (problem.labels != counted) labelled = Labelled(problem.labels, batch);
      counted = problem.labels;
      const Step own = StepFor(problem, labelled, step);
      for (size_t column = from; column < to; column++) {
        Move(bank, own, column, 0, rows.features);
        Step bias = own;
        bias.l2 = 0;
        Move(bank, bias, column, rows.features, 1);
      }
    }
  }

  void Move(Bank& bank, const Step& step, size_t column, size_t from, size_t count) {
    const size_t at = column * bank.stride + from;
    const bool adapts = bank.states.size() == 2;
    float* second = adapts ? bank.states[1]->data() + at : nullptr;
    (adapts ? Chosen().adapt : Chosen().roll)(step, bank.weights.data() + at, bank.gradient.data() + at,
                                              bank.states[0]->data() + at, second, count);
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
};
