// The products of softmax-exact.h, in float64. Included by softmax-kernels.h, once for each instruction set; the shapes of
// its loops are those of `Dots` and `Outer`.

typedef float Narrow __attribute__((vector_size(kWides * sizeof(float)), aligned(4)));

inline Wide LoadWide(const double* from) { return *reinterpret_cast<const Wide*>(from); }
inline void StoreWide(double* to, Wide values) { *reinterpret_cast<Wide*>(to) = values; }

// logits (ROWS, columns), `width` apart, += z (ROWS, count) w' (count, columns)
template <int columns>
inline void WideDots(const double* z, size_t stride, const double* w, size_t w_stride, size_t count, double* logits,
                     size_t width) {
  Wide sums[ROWS * columns] = {};
  for (size_t k = 0; k < count; k += kWides) {
    Wide left[ROWS];
#pragma GCC unroll 8
    for (int row = 0; row < ROWS; row++) left[row] = LoadWide(z + row * stride + k);
#pragma GCC unroll 8
    for (int column = 0; column < columns; column++) {
      const Wide right = LoadWide(w + column * w_stride + k);
#pragma GCC unroll 8
      for (int row = 0; row < ROWS; row++) sums[row * columns + column] += left[row] * right;
    }
  }
  for (int row = 0; row < ROWS; row++)
    for (int column = 0; column < columns; column++)
      for (int lane = 0; lane < kWides; lane++) logits[row * width + column] += sums[row * columns + column][lane];
}

// sums (columns, vectors) += r' (columns, rows) z (rows, vectors)
template <int vectors, int columns>
inline void WideOuter(const double* z, size_t stride, const double* r, size_t width, size_t rows, double* sums,
                      size_t sums_stride) {
  Wide tile[columns][vectors];
#pragma GCC unroll 8
  for (int column = 0; column < columns; column++) {
#pragma GCC unroll 8
    for (int at = 0; at < vectors; at++) tile[column][at] = LoadWide(sums + column * sums_stride + at * kWides);
  }
  for (size_t row = 0; row < rows; row++) {
    Wide left[vectors];
#pragma GCC unroll 8
    for (int at = 0; at < vectors; at++) left[at] = LoadWide(z + row * stride + at * kWides);
#pragma GCC unroll 8
    for (int column = 0; column < columns; column++) {
      const Wide one = r[row * width + column] - Wide{};
#pragma GCC unroll 8
      for (int at = 0; at < vectors; at++) tile[column][at] += one * left[at];
    }
  }
#pragma GCC unroll 8
  for (int column = 0; column < columns; column++) {
#pragma GCC unroll 8
    for (int at = 0; at < vectors; at++) StoreWide(sums + column * sums_stride + at * kWides, tile[column][at]);
  }
}

// logits (rows, columns) += z (rows, features) w' (features, columns); rows are whole tiles, features whole registers with
// zeros.
void MultiplyWide(const double* z, size_t rows, size_t stride, size_t features, const double* w, size_t w_stride,
                  double* logits, size_t width, size_t columns) {
  for (size_t from = 0; from < features; from += kDeep / 2) {
    const size_t count = RoundUp(std::min(kDeep / 2, features - from), kWides);
    Groups<GROUP>(0, columns, [&](auto group, size_t column) {
      for (size_t row = 0; row < rows; row += ROWS)
        WideDots<group.value>(z + row * stride + from, stride, w + column * w_stride + from, w_stride, count,
                              logits + row * width + column, width);
    });
  }
}

// sums (columns, features) += r' z, r (rows, columns) `width` apart; `upper` leaves out columns beyond the features of a
// group.
void MultiplyTransposedWide(const double* z, size_t rows, size_t stride, size_t features, const double* r, size_t width,
                            size_t columns, double* sums, size_t sums_stride, bool upper) {
  Groups<ROWS>(0, RoundUp(features, kWides) / kWides, [&](auto vectors, size_t at) {
    const size_t feature = at * kWides;
    const size_t end = upper ? std::min(columns, feature + vectors.value * kWides) : columns;
    Groups<GROUP>(0, end, [&](auto group, size_t column) {
      WideOuter<vectors.value, group.value>(z + feature, stride, r + column, width, rows,
                                            sums + column * sums_stride + feature, sums_stride);
    });
  });
}

// z = (x - mean) scale in float64. Returns false where a feature that varies is not finite.
bool StandardiseWide(const float* x, const Scaling& scaling, size_t features, double* z) {
  Wide witness = Wide{};
  size_t at = 0;
  for (; at + kWides <= features; at += kWides) {
    const Wide raw = __builtin_convertvector(*reinterpret_cast<const Narrow*>(x + at), Wide);
    const Wide value = (raw - LoadWide(scaling.mean + at)) * LoadWide(scaling.scale + at);
    StoreWide(z + at, value);
    witness += value * 0.0;
  }
  double rest = 0;
  for (; at < features; at++) {
    z[at] = (static_cast<double>(x[at]) - scaling.mean[at]) * scaling.scale[at];
    rest += z[at] * 0.0;
  }
  for (int lane = 0; lane < kWides; lane++) rest += witness[lane];
  return rest == 0;
}

// The same, rounded to float32 in the end: for deviations whose inverses float32 does not have.
bool StandardiseExtreme(const float* x, const Scaling& scaling, size_t features, float* z) {
  float witness = 0;
  for (size_t at = 0; at < features; at++) {
    z[at] = static_cast<float>((static_cast<double>(x[at]) - scaling.mean[at]) * scaling.scale[at]);
    witness += z[at] * 0.0f;
  }
  return witness == 0;
}
