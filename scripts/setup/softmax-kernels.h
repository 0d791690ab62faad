// The inner loops of softmax.cc. Included once for each instruction set, inside a namespace of its own, with LANES (floats
// in a register) and GROUP (columns that are worked on together) defined. Everything is row by row. Both products keep
// ROWS x GROUP registers of sums, and lie along the features in both: X W as dot products, X' R as sums of rows times numbers.

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t Integers __attribute__((vector_size(LANES * sizeof(float))));
typedef float LooseVector __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));
typedef int32_t LooseIntegers __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

inline Vector Load(const float* from) { return *reinterpret_cast<const LooseVector*>(from); }
inline void Store(float* to, Vector values) { *reinterpret_cast<LooseVector*>(to) = values; }
inline Vector Fill(float value) { return value - Vector{}; }

// The sums over the lanes of LANES vectors, one in each lane: half as many vectors at each step.
inline Vector Totals(Vector* sums) {
#pragma GCC unroll 8
  for (int step = 1; step < LANES; step *= 2) {
    Integers evens, odds;
#pragma GCC unroll 16
    for (int lane = 0; lane < LANES; lane++) {
      const int within = lane & ~step;
      evens[lane] = (lane & step ? LANES : 0) + within;
      odds[lane] = (lane & step ? LANES : 0) + within + step;
    }
#pragma GCC unroll 16
    for (int at = 0; at < LANES; at += 2 * step) {
      const Vector left = sums[at];
      const Vector right = sums[at + step];
      sums[at] = __builtin_shuffle(left, right, evens) + __builtin_shuffle(left, right, odds);
    }
  }
  return sums[0];
}

inline float Total(Vector values) {
  float total = 0;
#pragma GCC unroll 16
  for (int lane = 0; lane < LANES; lane++) total += values[lane];
  return total;
}

// logits (ROWS, columns) += x (ROWS, count) w' (count, columns)
template <int columns>
inline void Dots(const float* x, size_t stride, const float* w, size_t w_stride, size_t count, Target logits) {
  constexpr int kSums = (ROWS * GROUP + LANES - 1) / LANES * LANES;
  Vector sums[kSums] = {};
  const char* next = ahead.at;
  for (size_t k = 0; k < count; k += LANES) {
    Vector left[ROWS];
    __builtin_prefetch(next, 0, 2);
    next += kLine;
#pragma GCC unroll 8
    for (int row = 0; row < ROWS; row++) left[row] = Load(x + row * stride + k);
#pragma GCC unroll 8
    for (int column = 0; column < columns; column++) {
      const Vector right = Load(w + column * w_stride + k);
#pragma GCC unroll 8
      for (int row = 0; row < ROWS; row++) sums[row * columns + column] += left[row] * right;
    }
  }
  ahead.Reached(next);
  float totals[kSums];
#pragma GCC unroll 8
  for (int at = 0; at < ROWS * columns; at += LANES) Store(totals + at, Totals(sums + at));
  for (int row = 0; row < ROWS; row++)
    for (int column = 0; column < columns; column++) *logits.At(row, column) += totals[row * columns + column];
}

// sums (columns, vectors) += r' (columns, rows) x (rows, vectors)
template <int vectors, int columns>
inline void Outer(const float* x, size_t stride, Source r, size_t rows, float* sums, size_t sums_stride) {
  Vector tile[columns][vectors];
#pragma GCC unroll 8
  for (int column = 0; column < columns; column++) {
#pragma GCC unroll 8
    for (int at = 0; at < vectors; at++) tile[column][at] = Load(sums + column * sums_stride + at * LANES);
  }
  const char* next = ahead.at;
  for (size_t row = 0; row < rows; row++) {
    __builtin_prefetch(next, 0, 2);
    next += row % 2 * kLine;
    Vector left[vectors];
#pragma GCC unroll 8
    for (int at = 0; at < vectors; at++) left[at] = Load(x + row * stride + at * LANES);
#pragma GCC unroll 8
    for (int column = 0; column < columns; column++) {
      const Vector one = Fill(*r.At(row, column));
#pragma GCC unroll 8
      for (int at = 0; at < vectors; at++) tile[column][at] += one * left[at];
    }
  }
  ahead.Reached(next);
#pragma GCC unroll 8
  for (int column = 0; column < columns; column++) {
#pragma GCC unroll 8
    for (int at = 0; at < vectors; at++) Store(sums + column * sums_stride + at * LANES, tile[column][at]);
  }
}

// Calls for groups of columns: call(Count<GROUP>, first) again and again, and at last with a smaller one.
template <int count>
struct Count {
  static constexpr int value = count;
};

template <int group, typename Call>
inline void Groups(size_t first, size_t end, Call call) {
  for (; first + group <= end; first += group) call(Count<group>{}, first);
  if constexpr (group > 1) Groups<group - 1>(first, end, call);
}

// logits (rows, columns) += x (rows, features) w' (features, columns); rows are whole tiles, features whole registers with
// zeros.
void Multiply(const float* x, size_t rows, size_t stride, size_t features, const float* w, size_t w_stride,
              Target logits, size_t columns) {
  for (size_t from = 0; from < features; from += kDeep) {
    const size_t count = RoundUp(std::min(kDeep, features - from), LANES);
    Groups<GROUP>(0, columns, [&](auto group, size_t column) {
      for (size_t row = 0; row < rows; row += ROWS)
        Dots<group.value>(x + row * stride + from, stride, w + column * w_stride + from, w_stride, count,
                          logits.From(row, column));
    });
  }
}

// sums (columns, features) += r' x; `upper` leaves out columns beyond the features of a group.
void MultiplyTransposed(const float* x, size_t rows, size_t stride, size_t features, Source r, size_t columns,
                        float* sums, size_t sums_stride, bool upper) {
  Groups<ROWS>(0, RoundUp(features, LANES) / LANES, [&](auto vectors, size_t at) {
    const size_t feature = at * LANES;
    const size_t end = upper ? std::min(columns, feature + vectors.value * LANES) : columns;
    Groups<GROUP>(0, end, [&](auto group, size_t column) {
      Outer<vectors.value, group.value>(x + feature, stride, r.From(0, column), rows,
                                        sums + column * sums_stride + feature, sums_stride);
    });
  });
}

#include "softmax-exponentials.h"

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

typedef double Wide __attribute__((vector_size(LANES * sizeof(float)), aligned(8)));
constexpr int kWides = LANES / 2;

// The inner product of two vectors.
double Dot(const double* left, const double* right, size_t count) {
  Wide sums[8] = {};
  size_t at = 0;
  for (; at + 8 * kWides <= count; at += 8 * kWides) {
#pragma GCC unroll 8
    for (int step = 0; step < 8; step++) {
      const size_t from = at + step * kWides;
      sums[step] += *reinterpret_cast<const Wide*>(left + from) * *reinterpret_cast<const Wide*>(right + from);
    }
  }
  double total = 0;
  for (int step = 0; step < 8; step++)
    for (int lane = 0; lane < kWides; lane++) total += sums[step][lane];
  for (; at < count; at++) total += left[at] * right[at];
  return total;
}

// to = left + factor right; `to` may be one of them.
void AddScaled(double* to, const double* left, const double* right, double factor, size_t count) {
  size_t at = 0;
  for (; at + kWides <= count; at += kWides) {
    *reinterpret_cast<Wide*>(to + at) =
        *reinterpret_cast<const Wide*>(left + at) + *reinterpret_cast<const Wide*>(right + at) * factor;
  }
  for (; at < count; at++) to[at] = left[at] + right[at] * factor;
}

#include "softmax-doubles.h"

// One step of heavy ball: v = momentum v + g part + l2 w, w -= rate v, and g = 0 for the next one.
void Roll(const Step& step, float* __restrict w, float* __restrict g, float* __restrict v, float*, size_t count) {
  for (size_t at = 0; at < count; at++) {
    v[at] = step.momentum * v[at] + g[at] * step.part + step.l2 * w[at];
    w[at] -= step.rate * v[at];
    g[at] = 0;
  }
}

// One step of Adam, `rate` and `square_part` corrected for the means' beginning at zero.
void Adapt(const Step& step, float* __restrict w, float* __restrict g, float* __restrict mean,
           float* __restrict squares, size_t count) {
  for (size_t at = 0; at < count; at++) {
    const float slope = g[at] * step.part + step.l2 * w[at];
    mean[at] = step.momentum * mean[at] + (1 - step.momentum) * slope;
    squares[at] = step.squares * squares[at] + (1 - step.squares) * slope * slope;
    w[at] -= step.rate * mean[at] / (std::sqrt(squares[at] * step.square_part) + step.epsilon);
    g[at] = 0;
  }
}

constexpr Kernels kKernels = {ROWS,       LANES,         Multiply,           MultiplyTransposed, Residuals, Widen,
                              Standardise, AddMoments,    Dot,                AddScaled,          Roll,      Adapt,
                              MultiplyWide, MultiplyTransposedWide, StandardiseWide, StandardiseExtreme};
