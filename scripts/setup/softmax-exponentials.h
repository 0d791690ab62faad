// Losses and residuals of rows of logits, a row in each lane. Included by softmax-kernels.h.

// e^x for x <= 0, to 2 units in the last place: 2^n times a polynomial (Cephes' expf).
inline Vector Exponential(Vector x) {
  const Vector least = Fill(-87.0f);
  x = x > least ? x : least;
  const Vector shift = Fill(12582912.0f);
  const Vector n = (x * 1.44269504088896341f + shift) - shift;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = Fill(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const Integers exponent = (__builtin_convertvector(n, Integers) + 127) << 23;
  return p * (Vector)exponent;
}

// Logits of LANES rows, one in each lane, (classes, stride) -> their residuals p - y: zeros for rows whose label is negative.
// `p` takes the probabilities too, where it is there. Returns the sums of the losses and of ||p||^2.
inline LossSums LaneResiduals(float* logits, size_t stride, size_t classes, const int32_t* labels, float* p) {
  const Integers own = *reinterpret_cast<const LooseIntegers*>(labels);
  Vector most = Load(logits);
  Vector truth = Vector{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Load(logits + at * stride);
    most = values > most ? values : most;
    truth = own == static_cast<int32_t>(at) ? values : truth;
  }
  Vector totals = Vector{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Exponential(Load(logits + at * stride) - most);
    Store(logits + at * stride, values);
    totals += values;
  }
  const Integers counted = own >= 0;
  const Vector inverse = counted ? 1.0f / totals : Vector{};
  Vector squares = Vector{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Load(logits + at * stride) * inverse;
    squares += values * values;
    if (p != nullptr) Store(p + at * stride, values);
    Store(logits + at * stride, own == static_cast<int32_t>(at) ? values - 1.0f : values);
  }
  const Vector above = counted ? most - truth : Vector{};
  // The sum of logarithms is that of the product, which a double holds for thousands of classes.
  LossSums sums{0, 0};
  double product = 1;
  for (int lane = 0; lane < LANES; lane++) {
    sums.loss += above[lane];
    sums.squares += squares[lane];
    product *= counted[lane] ? totals[lane] : 1;
  }
  sums.loss += std::log(product);
  return sums;
}

// The same for rows in whole registers. The sums of the residuals by class are added to `by_class`, where it is there.
LossSums Residuals(float* logits, size_t stride, size_t rows, size_t classes, const int32_t* labels, float* p,
                   double* by_class) {
  LossSums sums{0, 0};
  for (size_t row = 0; row < rows; row += LANES) {
    const LossSums own = LaneResiduals(logits + row, stride, classes, labels + row, p == nullptr ? p : p + row);
    sums.loss += own.loss;
    sums.squares += own.squares;
  }
  if (by_class == nullptr) return sums;
  for (size_t at = 0; at < classes; at++) {
    Vector total = Vector{};
    for (size_t row = 0; row < rows; row += LANES) total += Load(logits + at * stride + row);
    by_class[at] += Total(total);
  }
  return sums;
}

// What a probe says of LANES rows: the class of the largest logit, the rank of the true one, which counts classes with a
// larger logit and those of a lower index with an equal one, the loss, and the probability of the largest.
inline void LaneScores(const float* logits, size_t stride, size_t classes, const int32_t* labels, const Scores& to) {
  const Integers own = *reinterpret_cast<const LooseIntegers*>(labels);
  Vector most = Load(logits);
  Vector truth = Vector{};
  Integers best = Integers{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Load(logits + at * stride);
    const int32_t index = static_cast<int32_t>(at);
    best = values > most ? Integers{} + index : best;
    most = values > most ? values : most;
    truth = own == index ? values : truth;
  }
  Vector total = Vector{};
  Integers rank = Integers{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Load(logits + at * stride);
    total += Exponential(values - most);
    const Integers before = (values > truth) | ((values == truth) & (static_cast<int32_t>(at) < own));
    rank -= before;
  }
  for (int lane = 0; lane < LANES; lane++) {
    const bool counted = own[lane] >= 0;
    to.predicted[lane] = best[lane];
    to.rank[lane] = counted ? rank[lane] : -1;
    to.loss[lane] = counted ? static_cast<float>(std::log(static_cast<double>(total[lane])) + most[lane] - truth[lane]) : 0;
    to.confidence[lane] = 1 / total[lane];
  }
}

// The same for rows in whole registers.
void ScoreRows(const float* logits, size_t stride, size_t rows, size_t classes, const int32_t* labels, const Scores& to) {
  for (size_t row = 0; row < rows; row += LANES) {
    const Scores own{to.predicted + row, to.rank + row, to.loss + row, to.confidence + row};
    LaneScores(logits + row, stride, classes, labels + row, own);
  }
}
