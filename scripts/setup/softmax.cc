// Passes over feature rows for softmax regression: z = (x - mean) / deviation, logits z W + b, their softmax, its loss and
// the gradient z' (p - y), from one read of each row. Blocks of rows are widened, standardised and used twice while they
// are in a core's own cache; nothing of the size of the data set is made. Sums over a few hundred rows are float32,
// sums of those float64. Every function works on threads and returns a promise; results are added to what the arrays hold.
//
//   moments(rows, threads, first, sum, squares)
//   gram(rows, threads, sums, rough)                           z'z; rough allows tiles
//   exactGram(rows, threads, sums)                             z'z in float64
//   accumulate(rows, threads, weights, problems, gradient)     problems: [{classes, labels, sums, moments}]
//   exactAccumulate(rows, threads, weights, problems, gradient, direction)   the same in float64, weights too; where there is
//                                                              a direction, the Hessian times it in place of the gradient
//   score(rows, threads, weights, problems)                    in float64, weights too
//                                                              problems: [{classes, labels, predicted, rank, loss, confidence}]
//   descend(rows, threads, weights, problems, minibatches)     problems: [{classes, labels, rate, l2}]; steps by minibatches
//                                                              {ends, count, states, momentum, squares, epsilon}
//   multiply(rows, threads, weights, columns, product)         product (rows, columns) = z W + b, at once: no promise
//   dot(threads, left, right)                                  of two Float64Arrays
//   addScaled(threads, to, left, right, factor)                to = left + factor right; `to` may be one of them
//   tiles(allowed?)                                            whether wide products are computed on tiles (softmax-tiles.h)
//
// rows: {blocks: (Float32Array | Uint16Array)[], features, start, mean, scale, high, low, inverse, extreme, picks?};
// Uint16Array holds float16 bits; picks, an Int32Array of row numbers, leaves out all other rows.
// weights: (features + 1, columns) float32, the biases last; labels: Int32Array, negative where a row does not count.

#include <node_api.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#define TILES
#endif

namespace {

// Rows in memory are whole steps of so many floats.
constexpr size_t kPanel = 16;
// Features of a few rows and columns that stay in the first-level cache.
constexpr size_t kDeep = 1024;
// A block of rows stays in the second-level cache.
constexpr size_t kBlockBytes = 256 << 10;
constexpr size_t kLeastRows = 48;
constexpr size_t kMostRows = 240;
// The same where the products are computed on tiles, whose blocks are read more often.
constexpr size_t kTileBlockBytes = 512 << 10;
constexpr size_t kLeastTileRows = 64;
constexpr size_t kMostTileRows = 512;
// With fewer columns it takes longer to split the rows than to multiply them.
constexpr size_t kLeastTileColumns = 32;
// Rows whose sums are float32.
constexpr size_t kFlushRows = 512;

size_t RoundUp(size_t value, size_t step) { return (value + step - 1) / step * step; }

constexpr size_t kLine = 64;

// What a thread reads next: the products ask for it line by line, so that the memory works while they compute.
struct Ahead {
  const char* at = nullptr;
  const char* end = nullptr;
  void Reached(const char* next) {
    if (at < end) at = next;
  }
};
thread_local Ahead ahead;

// Some of what is numbered: from the first to before the end.
struct Part {
  size_t first;
  size_t end;
};

// One thread's of so many things, in whole steps.
Part PartOf(size_t count, size_t step, size_t thread, size_t threads) {
  const size_t steps = RoundUp(count, step) / step;
  return {std::min(count, steps * thread / threads * step), std::min(count, steps * (thread + 1) / threads * step)};
}

// (x - mean) scale in float64; the same for float32, where the mean is two numbers. `extreme`: float32 does not have it.
struct Scaling {
  const double* mean = nullptr;
  const double* scale = nullptr;
  const float* high = nullptr;
  const float* low = nullptr;
  const float* inverse = nullptr;
  bool extreme = false;
};

float WidenOne(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t rest = static_cast<uint32_t>(half & 0x7fff);
  float value;
  uint32_t bits = rest << 13;
  if (rest >= 0x7c00) {
    bits = sign | 0x7f800000 | ((rest & 0x3ff) << 13);
    std::memcpy(&value, &bits, 4);
    return value;
  }
  std::memcpy(&value, &bits, 4);
  value *= 5.192296858534828e+33f;  // 2^112, exact for normal and subnormal halves
  return sign != 0 ? -value : value;
}

// The numbers of a gradient step of one probe.
struct Step {
  float rate = 0;
  float l2 = 0;
  // Of the sums over a minibatch: one over the rows that count.
  float part = 0;
  float momentum = 0;
  float squares = 0;
  float square_part = 0;
  float epsilon = 0;
};

// A matrix whose rows and columns lie some floats apart.
template <typename Float>
struct Strided {
  Float* data;
  size_t row;
  size_t column;
  Float* At(size_t i, size_t j) const { return data + i * row + j * column; }
  Strided From(size_t i, size_t j) const { return {At(i, j), row, column}; }
};
typedef Strided<float> Target;
typedef Strided<const float> Source;

struct LossSums {
  double loss;
  double squares;
};

struct Kernels {
  // Rows of the products are worked on in steps of so many, and those of softmax in registers of so many lanes.
  size_t tile;
  size_t lanes;
  void (*multiply)(const float*, size_t, size_t, size_t, const float*, size_t, Target, size_t);
  void (*multiply_transposed)(const float*, size_t, size_t, size_t, Source, size_t, float*, size_t, bool);
  LossSums (*residuals)(float*, size_t, size_t, size_t, const int32_t*, float*, double*);
  void (*widen)(const uint16_t*, float*, size_t);
  bool (*standardise)(const float*, const Scaling&, size_t, float*);
  void (*add_moments)(const float*, const float*, size_t, double*, double*);
  double (*dot)(const double*, const double*, size_t);
  void (*add_scaled)(double*, const double*, const double*, double, size_t);
  void (*roll)(const Step&, float*, float*, float*, float*, size_t);
  void (*adapt)(const Step&, float*, float*, float*, float*, size_t);
  void (*multiply_wide)(const double*, size_t, size_t, size_t, const double*, size_t, double*, size_t, size_t);
  void (*multiply_transposed_wide)(const double*, size_t, size_t, size_t, const double*, size_t, size_t, double*, size_t,
                                   bool);
  bool (*standardise_wide)(const float*, const Scaling&, size_t, double*);
  bool (*standardise_extreme)(const float*, const Scaling&, size_t, float*);
};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LANES 4
#define ROWS 3
#define GROUP 3
namespace baseline {
#include "softmax-kernels.h"
}
#undef LANES
#undef ROWS
#undef GROUP
#define F16C
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
#define LANES 8
#define ROWS 3
#define GROUP 4
namespace avx2 {
#include "softmax-kernels.h"
}
#undef LANES
#undef ROWS
#undef GROUP
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw")
#define LANES 16
#define ROWS 3
#define GROUP 5
namespace avx512 {
#include "softmax-kernels.h"
}
#pragma GCC pop_options
const Kernels& Chosen() {
  static const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  static const bool narrow = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide ? avx512::kKernels : narrow ? avx2::kKernels : baseline::kKernels;
}
#else
#define LANES 4
#define ROWS 3
#define GROUP 5
namespace baseline {
#include "softmax-kernels.h"
}
const Kernels& Chosen() { return baseline::kKernels; }
#endif

#include "softmax-rows.h"

// float32 sums over a few hundred rows, added to float64 ones.
class Sums {
 public:
  Sums(size_t rows, size_t width, size_t flush_rows)
      : flush_rows_(flush_rows), narrow_(rows * width), wide_(rows * width, 0.0) {}
  float* narrow() { return narrow_.data(); }

  void Added(size_t rows) {
    pending_ += rows;
    if (pending_ >= flush_rows_) Flush();
  }

  const std::vector<double>& Flush() {
    float* from = narrow_.data();
    if (pending_ > 0) {
      for (size_t at = 0; at < wide_.size(); at++) wide_[at] += from[at];
      std::memset(from, 0, wide_.size() * sizeof(float));
    }
    pending_ = 0;
    return wide_;
  }

 private:
  size_t flush_rows_;
  size_t pending_ = 0;
  Buffer narrow_;
  std::vector<double> wide_;
};

#if defined(TILES)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,amx-tile,amx-bf16")
namespace tiles {
#include "softmax-tiles.h"
}
#pragma GCC pop_options
#endif
#include "softmax-products.h"

#include "softmax-task.h"
#include "softmax-tasks.h"
#include "softmax-exact.h"
#include "softmax-descent.h"
#include "softmax-steps.h"
#include "softmax-vectors.h"
#include "softmax-arguments.h"
#include "softmax-module.h"

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"moments", nullptr, Moments, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"gram", nullptr, Gram, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"exactGram", nullptr, ExactGram, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"exactAccumulate", nullptr, ExactAccumulate, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"accumulate", nullptr, Accumulate, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"score", nullptr, ScoreRows, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"descend", nullptr, Descend, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"multiply", nullptr, MultiplyRows, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"dot", nullptr, DotVectors, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"addScaled", nullptr, AddScaledVector, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"tiles", nullptr, AllowTiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions);
  return exports;
}
