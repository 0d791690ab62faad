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

// The largest logit of each row, the first of the classes that have it, and the logit of the row's own class.
struct Peaks {
  Vector most;
  Integers best;
  Vector truth;
};

inline Peaks PeaksOf(const float* logits, size_t stride, size_t classes, Integers own) {
  Peaks peaks{Load(logits), Integers{}, Vector{}};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Load(logits + at * stride);
    const int32_t index = static_cast<int32_t>(at);
    peaks.best = values > peaks.most ? Integers{} + index : peaks.best;
    peaks.most = values > peaks.most ? values : peaks.most;
    peaks.truth = own == index ? values : peaks.truth;
  }
  return peaks;
}

// The exponentials of the others are summed without the largest, which is 1: beside it float32 would not see the small
// losses of rows that are all but certain.

// Logits of LANES rows, one in each lane, (classes, stride) -> their residuals p - y: zeros for rows whose label is negative.
// `p` takes the probabilities too, where it is there. Returns the sums of the losses and of ||p||^2.
inline LossSums LaneResiduals(float* logits, size_t stride, size_t classes, const int32_t* labels, float* p) {
  const Integers own = *reinterpret_cast<const LooseIntegers*>(labels);
  const Peaks peaks = PeaksOf(logits, stride, classes, own);
  Vector others = Vector{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Exponential(Load(logits + at * stride) - peaks.most);
    Store(logits + at * stride, values);
    others += peaks.best == static_cast<int32_t>(at) ? Vector{} : values;
  }
  const Integers counted = own >= 0;
  const Vector inverse = counted ? 1.0f / (1.0f + others) : Vector{};
  // Where the own class is the likeliest, p - 1 has digits as the sum of the others only.
  const Integers sure = peaks.best == own;
  const Vector rest = others * inverse;
  Vector squares = Vector{};
  for (size_t at = 0; at < classes; at++) {
    const Vector values = Load(logits + at * stride) * inverse;
    squares += values * values;
    if (p != nullptr) Store(p + at * stride, values);
    const Vector missed = sure ? -rest : values - 1.0f;
    Store(logits + at * stride, own == static_cast<int32_t>(at) ? missed : values);
  }
  const Vector above = counted ? peaks.most - peaks.truth : Vector{};
  // The sum of logarithms is that of the product, which a double holds for thousands of classes.
  LossSums sums{0, 0};
  double product = 1;
  for (int lane = 0; lane < LANES; lane++) {
    sums.loss += above[lane];
    sums.squares += squares[lane];
    product *= counted[lane] ? 1 + static_cast<double>(others[lane]) : 1;
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
