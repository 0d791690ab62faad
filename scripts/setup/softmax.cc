// Passes over feature rows for softmax regression: z = (x - mean) / deviation, logits z W + b, their softmax, its loss and
// the gradient z' (p - y), from one read of each row. Blocks of rows are widened, standardised and used twice while they
// are in a core's own cache; nothing of the size of the data set is made. Sums over a few hundred rows are float32,
// sums of those float64. Every function works on threads and returns a promise; results are added to what the arrays hold.
//
//   moments(rows, threads, first, sum, squares)
//   gram(rows, threads, sums)                                  z'z, its upper triangle in steps of 16 columns
//   accumulate(rows, threads, weights, problems, gradient)     problems: [{classes, labels, sums, moments}]
//   score(rows, threads, weights, problems)                    problems: [{classes, labels, predicted, rank, loss, confidence}]
//
// rows: {blocks: (Float32Array | Uint16Array)[], features, start, high, low, inverse, picks?}; Uint16Array holds float16
// bits; picks, an Int32Array of row numbers, leaves out all other rows.
// weights: (features + 1, columns) float32, the biases last; labels: Int32Array, negative where a row does not count.

#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr size_t kPanel = 16;
// Features of one panel that stay in the first-level cache.
constexpr size_t kDeep = 256;
// A block of rows stays in the second-level cache.
constexpr size_t kBlockBytes = 256 << 10;
constexpr size_t kLeastRows = 48;
constexpr size_t kMostRows = 240;
// Rows whose sums are float32.
constexpr size_t kFlushRows = 512;

struct Scaling {
  const float* high = nullptr;
  const float* low = nullptr;
  const float* inverse = nullptr;
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

struct Kernels {
  size_t tile;
  void (*multiply)(const float*, size_t, size_t, size_t, const float*, const float*, float*, size_t, size_t);
  void (*multiply_transposed)(const float*, size_t, size_t, size_t, const float*, size_t, float*, size_t, bool);
  double (*exponentials)(float*, size_t, float*);
  void (*widen)(const uint16_t*, float*, size_t);
  bool (*standardise)(const float*, const Scaling&, size_t, float*);
  void (*add_moments)(const float*, const float*, size_t, double*, double*);
};

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LANES 4
#define TILE 3
namespace baseline {
#include "softmax-kernels.h"
}
#undef LANES
#undef TILE
#define F16C
#pragma GCC push_options
#pragma GCC target("avx2,fma,f16c")
#define LANES 8
#define TILE 6
namespace avx2 {
#include "softmax-kernels.h"
}
#undef LANES
#undef TILE
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw")
#define LANES 16
#define TILE 12
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
#define TILE 6
namespace baseline {
#include "softmax-kernels.h"
}
const Kernels& Chosen() { return baseline::kKernels; }
#endif

#include "softmax-rows.h"

// float32 sums over a few hundred rows, added to float64 ones.
class Sums {
 public:
  Sums(size_t rows, size_t width) : width_(width), narrow_(rows * width), wide_(rows * width, 0.0) {}
  float* narrow() { return narrow_.data(); }
  size_t width() const { return width_; }

  void Added(size_t rows) {
    pending_ += rows;
    if (pending_ >= kFlushRows) Flush();
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
  size_t width_;
  size_t pending_ = 0;
  Buffer narrow_;
  std::vector<double> wide_;
};

// Work that is shared out to threads: each gets a run of consecutive pieces, so that sums are the same every time.
class Task {
 public:
  virtual ~Task() = default;
  Rows rows;
  size_t threads = 1;

  void Run() {
    const std::vector<Piece> pieces = PiecesOf(rows, RowsOfBlock(rows.features, Chosen().tile));
    const size_t count = std::max<size_t>(1, std::min(threads, pieces.size()));
    std::vector<std::string> errors(count);
    Prepare(count);
    auto work = [&](size_t thread) {
      try {
        Share(thread, &pieces[0] + pieces.size() * thread / count, &pieces[0] + pieces.size() * (thread + 1) / count);
      } catch (const std::string& error) {
        errors[thread] = error;
      } catch (const std::bad_alloc&) {
        errors[thread] = "out of memory";
      }
    };
    std::vector<std::thread> others;
    for (size_t thread = 1; thread < count; thread++) others.emplace_back(work, thread);
    work(0);
    for (std::thread& other : others) other.join();
    for (const std::string& error : errors)
      if (!error.empty()) throw error;
    Finish();
  }

 protected:
  virtual void Prepare(size_t count) = 0;
  virtual void Share(size_t thread, const Piece* begin, const Piece* end) = 0;
  virtual void Finish() = 0;
};

#include "softmax-tasks.h"
#include "softmax-module.h"

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"moments", nullptr, Moments, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"gram", nullptr, Gram, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"accumulate", nullptr, Accumulate, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"score", nullptr, ScoreRows, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 4, functions);
  return exports;
}
