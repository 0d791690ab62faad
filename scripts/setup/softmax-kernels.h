// The inner loops of softmax.cc. Included once for each instruction set, inside a namespace of its own, with LANES (floats
// in a register) and TILE (rows of a register tile) defined. Everything is row by row; a panel is 16 columns.
//
//   A tile of the product X W: TILE rows x one panel in registers, k running over the features. The same tile with the
//   rows as k gives X' R. Both keep one block of X, which was read once, in the processor's own cache.

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(LANES * sizeof(float))));
typedef float LooseVector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

constexpr int kVectors = kPanel / LANES;

inline Vector Load(const float* from) { return *reinterpret_cast<const LooseVector*>(from); }
inline void Store(float* to, Vector values) { *reinterpret_cast<LooseVector*>(to) = values; }
inline Vector Fill(float value) { return value - Vector{}; }

// sums (TILE, 16) += over k: left(k, row) right(k, column), with left(k, row) = left[k * stride + row] where `across`, and
// left[row * stride + k] otherwise.
template <bool across>
inline void Tile(const float* left, size_t left_stride, const float* right, size_t right_stride, size_t count,
                 float* sums, size_t sums_stride) {
  Vector tile[TILE][kVectors];
#pragma GCC unroll 16
  for (int row = 0; row < TILE; row++) {
#pragma GCC unroll 4
    for (int at = 0; at < kVectors; at++) tile[row][at] = Load(sums + row * sums_stride + at * LANES);
  }
  for (size_t k = 0; k < count; k++) {
    Vector panel[kVectors];
#pragma GCC unroll 4
    for (int at = 0; at < kVectors; at++) panel[at] = Load(right + at * LANES);
#pragma GCC unroll 16
    for (int row = 0; row < TILE; row++) {
      const Vector one = Fill(across ? left[row] : left[row * left_stride]);
#pragma GCC unroll 4
      for (int at = 0; at < kVectors; at++) tile[row][at] += one * panel[at];
    }
    left += across ? left_stride : 1;
    right += right_stride;
  }
#pragma GCC unroll 16
  for (int row = 0; row < TILE; row++) {
#pragma GCC unroll 4
    for (int at = 0; at < kVectors; at++) Store(sums + row * sums_stride + at * LANES, tile[row][at]);
  }
}

// logits (rows, columns) = bias + x (rows, features) packed (panels, features, 16)
void Multiply(const float* x, size_t rows, size_t stride, size_t features, const float* packed, const float* bias,
              float* logits, size_t width, size_t columns) {
  for (size_t row = 0; row < rows; row++) std::memcpy(logits + row * width, bias, columns * sizeof(float));
  for (size_t first = 0; first < features; first += kDeep) {
    const size_t count = std::min(kDeep, features - first);
    for (size_t panel = 0; panel < columns / kPanel; panel++) {
      const float* right = packed + (panel * features + first) * kPanel;
      for (size_t row = 0; row < rows; row += TILE)
        Tile<false>(x + row * stride + first, stride, right, kPanel, count, logits + row * width + panel * kPanel, width);
    }
  }
}

// sums (features, width) += x' right, from the panel that holds column `first(feature)` on.
void MultiplyTransposed(const float* x, size_t rows, size_t stride, size_t features, const float* right, size_t width,
                        float* sums, size_t sums_width, bool upper) {
  for (size_t feature = 0; feature < features; feature += TILE) {
    const size_t first = upper ? feature / kPanel * kPanel : 0;
    for (size_t column = first; column < sums_width; column += kPanel)
      Tile<true>(x + feature, stride, right + column, width, rows, sums + feature * sums_width + column, sums_width);
  }
}

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

// Logits of one row -> their exponentials relative to the largest. Returns the sum; `largest` is the largest logit.
double Exponentials(float* row, size_t classes, float* largest) {
  float most = row[0];
  for (size_t at = 1; at < classes; at++) most = row[at] > most ? row[at] : most;
  *largest = most;
  const Vector shift = Fill(most);
  size_t at = 0;
  Vector sums = Vector{};
  for (; at + LANES <= classes; at += LANES) {
    const Vector values = Exponential(Load(row + at) - shift);
    Store(row + at, values);
    sums += values;
  }
  double total = 0;
  for (int lane = 0; lane < LANES; lane++) total += sums[lane];
  if (at == classes) return total;
  alignas(64) float rest[LANES];
  Store(rest, shift - 100.0f);
  std::memcpy(rest, row + at, (classes - at) * sizeof(float));
  Store(rest, Exponential(Load(rest) - shift));
  std::memcpy(row + at, rest, (classes - at) * sizeof(float));
  for (; at < classes; at++) total += row[at];
  return total;
}

#if defined(F16C)
inline void Widen(const uint16_t* from, float* to, size_t count) {
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
    _mm256_storeu_ps(to + at, _mm256_cvtph_ps(halves));
  }
  for (; at < count; at++) to[at] = WidenOne(from[at]);
}
#else
inline void Widen(const uint16_t* from, float* to, size_t count) {
  for (size_t at = 0; at < count; at++) to[at] = WidenOne(from[at]);
}
#endif

// z = (x - mean) / deviation, the mean in two floats. Returns false where a feature that varies is not finite.
bool Standardise(const float* x, const Scaling& scaling, size_t features, float* z) {
  Vector witness = Vector{};
  size_t at = 0;
  for (; at + LANES <= features; at += LANES) {
    const Vector high = Load(x + at) - Load(scaling.high + at);
    const Vector value = (high - Load(scaling.low + at)) * Load(scaling.inverse + at);
    Store(z + at, value);
    witness += value * 0.0f;
  }
  float rest = 0;
  for (; at < features; at++) {
    z[at] = ((x[at] - scaling.high[at]) - scaling.low[at]) * scaling.inverse[at];
    rest += z[at] * 0.0f;
  }
  for (int lane = 0; lane < LANES; lane++) rest += witness[lane];
  return rest == 0;
}

// sum (x - first) and sum (x - first)^2 of every feature, in float64.
void AddMoments(const float* x, const float* first, size_t features, double* sum, double* squares) {
  for (size_t at = 0; at < features; at++) {
    const double distance = static_cast<double>(x[at]) - first[at];
    sum[at] += distance;
    squares[at] += distance * distance;
  }
}

constexpr Kernels kKernels = {TILE, Multiply, MultiplyTransposed, Exponentials, Widen, Standardise, AddMoments};
