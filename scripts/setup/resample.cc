// resample(pixels, width, channels, across, down, down_first, into) -> a promise of undefined: the two passes of
// src/decode/resample.ts on a thread of libuv's pool, to the same bytes.
//
// A table of an axis is int32: taps, then the first source position of each output, then `taps` weights for each. Sums
// are of 22 fractional bits, rounded and clipped to 8 bits after each pass.

#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "sse4.1", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

namespace {

constexpr int kFraction = 22;
constexpr int32_t kHalf = 1 << (kFraction - 1);

inline uint8_t Clipped(int32_t sum) { return static_cast<uint8_t>(std::min(255, std::max(0, sum >> kFraction))); }

// One axis, as a view on its table.
struct Table {
  size_t taps = 0;
  size_t outputs = 0;
  const int32_t* starts = nullptr;
  const int32_t* weights = nullptr;

  // False where the table is not whole, or reads beyond `size` positions.
  bool Read(const int32_t* data, size_t count, size_t size) {
    if (count < 1 || data[0] < 1) return false;
    taps = static_cast<size_t>(data[0]);
    outputs = (count - 1) / (taps + 1);
    if (outputs == 0 || outputs * (taps + 1) + 1 != count || taps > size) return false;
    starts = data + 1;
    weights = starts + outputs;
    const int32_t last = static_cast<int32_t>(size - taps);
    return std::all_of(starts, starts + outputs, [last](int32_t start) { return start >= 0 && start <= last; });
  }

  // The first source position that is read, and how many from there on.
  std::pair<size_t, size_t> Reach() const {
    const auto [first, last] = std::minmax_element(starts, starts + outputs);
    return {static_cast<size_t>(*first), static_cast<size_t>(*last - *first) + taps};
  }
};

// Bytes that may be read beyond the end of a row.
constexpr size_t kBeyond = 16;

// A row of three channels, whose first pixel is at position `first` of the source.
void AcrossThree(const uint8_t* row, int32_t first, const Table& table, uint8_t* out) {
  const int32_t* weights = table.weights;
  for (size_t x = 0; x < table.outputs; x++, weights += table.taps, out += 3) {
    const uint8_t* from = row + static_cast<size_t>(table.starts[x] - first) * 3;
    int32_t sums[3] = {kHalf, kHalf, kHalf};
    for (size_t tap = 0; tap < table.taps; tap++, from += 3)
      for (size_t channel = 0; channel < 3; channel++) sums[channel] += from[channel] * weights[tap];
    for (size_t channel = 0; channel < 3; channel++) out[channel] = Clipped(sums[channel]);
  }
}

#if defined(__x86_64__)

// The weights of a table as 16-bit halves, weight = high * 2^12 + low, those of two taps in one int32: products of 8 and
// 16 bits are summed in pairs by one instruction, and exactly. Sums may wrap around; their sum does not.
constexpr int kLowBits = 12;

struct Pairs {
  size_t each = 0;
  std::vector<int32_t> low, high;

  explicit Pairs(const Table& table) : each((table.taps + 1) / 2) {
    for (size_t x = 0; x < table.outputs; x++)
      for (size_t tap = 0; tap < table.taps; tap += 2) {
        const int32_t* weights = table.weights + x * table.taps + tap;
        const int32_t left = weights[0], right = tap + 1 < table.taps ? weights[1] : 0;
        constexpr int32_t kLow = (1 << kLowBits) - 1;
        low.push_back((left & kLow) | (right & kLow) << 16);
        high.push_back(((left >> kLowBits) & 0xffff) |
                       static_cast<int32_t>(static_cast<uint32_t>(right >> kLowBits) << 16));
      }
  }
};

__attribute__((target("sse4.1"))) void AcrossThreePairs(const uint8_t* row, int32_t first, const Table& table,
                                                        const Pairs& pairs, uint8_t* out) {
  // Two pixels of bytes become three pairs of 16-bit numbers, one for each channel.
  const __m128i spread = _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const int32_t *low = pairs.low.data(), *high = pairs.high.data();
  for (size_t x = 0; x < table.outputs; x++, out += 3) {
    const uint8_t* from = row + static_cast<size_t>(table.starts[x] - first) * 3;
    __m128i lows = _mm_set1_epi32(kHalf), highs = _mm_setzero_si128();
    for (size_t pair = 0; pair < pairs.each; pair++, from += 6, low++, high++) {
      const __m128i pixels = _mm_shuffle_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)), spread);
      lows = _mm_add_epi32(lows, _mm_madd_epi16(pixels, _mm_set1_epi32(*low)));
      highs = _mm_add_epi32(highs, _mm_madd_epi16(pixels, _mm_set1_epi32(*high)));
    }
    const __m128i sums = _mm_srai_epi32(_mm_add_epi32(lows, _mm_slli_epi32(highs, kLowBits)), kFraction);
    const __m128i words = _mm_packs_epi32(sums, sums);
    const int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(out, &bytes, 3);
  }
}

// Two rows that lie below each other at once, one in each half of a register: they have the same weights.
__attribute__((target("avx2"))) void AcrossThreePairsTwice(const uint8_t* row, size_t stride, const Table& table,
                                                           const Pairs& pairs, uint8_t* out) {
  const __m256i spread = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
  const int32_t *low = pairs.low.data(), *high = pairs.high.data();
  uint8_t* below = out + table.outputs * 3;
  for (size_t x = 0; x < table.outputs; x++, out += 3, below += 3) {
    const uint8_t* from = row + static_cast<size_t>(table.starts[x]) * 3;
    __m256i lows = _mm256_set1_epi32(kHalf), highs = _mm256_setzero_si256();
    for (size_t pair = 0; pair < pairs.each; pair++, from += 6, low++, high++) {
      const __m256i both = _mm256_inserti128_si256(
          _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))),
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + stride)), 1);
      const __m256i pixels = _mm256_shuffle_epi8(both, spread);
      lows = _mm256_add_epi32(lows, _mm256_madd_epi16(pixels, _mm256_set1_epi32(*low)));
      highs = _mm256_add_epi32(highs, _mm256_madd_epi16(pixels, _mm256_set1_epi32(*high)));
    }
    const __m256i sums = _mm256_srai_epi32(_mm256_add_epi32(lows, _mm256_slli_epi32(highs, kLowBits)), kFraction);
    const __m256i words = _mm256_packs_epi32(sums, sums);
    const __m256i bytes = _mm256_packus_epi16(words, words);
    const int32_t first = _mm_cvtsi128_si32(_mm256_castsi256_si128(bytes));
    const int32_t second = _mm_cvtsi128_si32(_mm256_extracti128_si256(bytes, 1));
    std::memcpy(out, &first, 3);
    std::memcpy(below, &second, 3);
  }
}

#endif

FOR_EACH_PROCESSOR void AcrossOne(const uint8_t* row, int32_t first, const Table& table, uint8_t* out) {
  const int32_t* weights = table.weights;
  for (size_t x = 0; x < table.outputs; x++, weights += table.taps) {
    const uint8_t* from = row + (table.starts[x] - first);
    int32_t sum = kHalf;
    for (size_t tap = 0; tap < table.taps; tap++) sum += from[tap] * weights[tap];
    out[x] = Clipped(sum);
  }
}

// One output row of `bytes` bytes from `taps` rows that lie `stride` bytes apart.
FOR_EACH_PROCESSOR void Down(const uint8_t* rows, size_t stride, size_t bytes, const int32_t* weights, size_t taps,
                             int32_t* sums, uint8_t* out) {
  std::fill(sums, sums + bytes, kHalf);
  for (size_t tap = 0; tap < taps; tap++, rows += stride) {
    const int32_t weight = weights[tap];
    if (weight == 0) continue;
    for (size_t at = 0; at < bytes; at++) sums[at] += rows[at] * weight;
  }
  for (size_t at = 0; at < bytes; at++) out[at] = Clipped(sums[at]);
}

struct Call {
  const uint8_t* pixels = nullptr;
  size_t width = 0;
  size_t height = 0;
  size_t channels = 0;
  Table across, down;
  bool down_first = false;
  uint8_t* into = nullptr;
  bool out_of_memory = false;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref held[4] = {};
};

// The first pass over rows, with what it needs made once.
class Across {
 public:
  explicit Across(const Call& call)
      : channels_(call.channels), table_(call.across)
#if defined(__x86_64__)
        ,
        paired_(channels_ == 3 && __builtin_cpu_supports("sse4.1")),
        twice_(paired_ && __builtin_cpu_supports("avx2")),
        pairs_(paired_ ? call.across : Table())
#endif
  {
  }

  void operator()(const uint8_t* row, int32_t first, uint8_t* out) const {
    if (channels_ == 1) return AcrossOne(row, first, table_, out);
#if defined(__x86_64__)
    if (paired_) return AcrossThreePairs(row, first, table_, pairs_, out);
#endif
    AcrossThree(row, first, table_, out);
  }

  // Two rows of the source that lie `stride` bytes apart, into two that follow each other; false where that is no faster.
  bool Twice(const uint8_t* row, size_t stride, uint8_t* out) const {
#if defined(__x86_64__)
    if (twice_) AcrossThreePairsTwice(row, stride, table_, pairs_, out);
    return twice_;
#else
    return false;
#endif
  }

 private:
  const size_t channels_;
  const Table& table_;
#if defined(__x86_64__)
  const bool paired_;
  const bool twice_;
  const Pairs pairs_;
#endif
};

void AcrossThenDown(const Call& call) {
  const Table& down = call.down;
  const Across across(call);
  const auto [from, rows] = down.Reach();
  const size_t source = call.width * call.channels, bytes = call.across.outputs * call.channels;
  std::vector<uint8_t> between(rows * bytes), padded(source + kBeyond);
  for (size_t row = 0; row < rows; row++) {
    const uint8_t* pixels = call.pixels + (from + row) * source;
    const bool has_two = row + 1 < rows && (from + row + 2) * source + kBeyond <= call.height * source;
    if (has_two && across.Twice(pixels, source, between.data() + row * bytes)) {
      row++;
      continue;
    }
    if ((from + row + 1) * source + kBeyond > call.height * source) {
      std::memcpy(padded.data(), pixels, source);
      pixels = padded.data();
    }
    across(pixels, 0, between.data() + row * bytes);
  }
  std::vector<int32_t> sums(bytes);
  for (size_t y = 0; y < down.outputs; y++) {
    const uint8_t* start = between.data() + (static_cast<size_t>(down.starts[y]) - from) * bytes;
    Down(start, bytes, bytes, down.weights + y * down.taps, down.taps, sums.data(), call.into + y * bytes);
  }
}

void DownThenAcross(const Call& call) {
  const Table& down = call.down;
  const Across across(call);
  const auto [from, columns] = call.across.Reach();
  const size_t stride = call.width * call.channels, bytes = columns * call.channels;
  std::vector<uint8_t> row(bytes + kBeyond);
  std::vector<int32_t> sums(bytes);
  for (size_t y = 0; y < down.outputs; y++) {
    const uint8_t* start = call.pixels + static_cast<size_t>(down.starts[y]) * stride + from * call.channels;
    Down(start, stride, bytes, down.weights + y * down.taps, down.taps, sums.data(), row.data());
    across(row.data(), static_cast<int32_t>(from), call.into + y * call.across.outputs * call.channels);
  }
}

void Execute(napi_env, void* data) {
  Call* call = static_cast<Call*>(data);
  try {
    call->down_first ? DownThenAcross(*call) : AcrossThenDown(*call);
  } catch (const std::bad_alloc&) {
    call->out_of_memory = true;
  }
}

void Complete(napi_env env, napi_status, void* data) {
  Call* call = static_cast<Call*>(data);
  napi_value result;
  if (call->out_of_memory) {
    napi_value message;
    napi_create_string_utf8(env, "no memory to resample an image", NAPI_AUTO_LENGTH, &message);
    napi_create_error(env, nullptr, message, &result);
    napi_reject_deferred(env, call->deferred, result);
  } else {
    napi_get_undefined(env, &result);
    napi_resolve_deferred(env, call->deferred, result);
  }
  for (napi_ref reference : call->held) napi_delete_reference(env, reference);
  napi_delete_async_work(env, call->work);
  delete call;
}

// The elements of a typed array of that kind; null for anything else.
void* Elements(napi_env env, napi_value value, napi_typedarray_type wanted, size_t* count) {
  napi_typedarray_type kind;
  void* data = nullptr;
  napi_value buffer;
  size_t offset;
  const napi_status status = napi_get_typedarray_info(env, value, &kind, count, &data, &buffer, &offset);
  return status == napi_ok && kind == wanted ? data : nullptr;
}

bool ReadArguments(napi_env env, const napi_value* arguments, Call* call) {
  size_t bytes = 0, across = 0, down = 0, given = 0;
  uint32_t width = 0, channels = 0;
  if (napi_get_value_uint32(env, arguments[1], &width) != napi_ok ||
      napi_get_value_uint32(env, arguments[2], &channels) != napi_ok ||
      napi_get_value_bool(env, arguments[5], &call->down_first) != napi_ok || width == 0 ||
      (channels != 1 && channels != 3))
    return false;
  call->pixels = static_cast<uint8_t*>(Elements(env, arguments[0], napi_uint8_array, &bytes));
  const int32_t* across_data = static_cast<int32_t*>(Elements(env, arguments[3], napi_int32_array, &across));
  const int32_t* down_data = static_cast<int32_t*>(Elements(env, arguments[4], napi_int32_array, &down));
  call->into = static_cast<uint8_t*>(Elements(env, arguments[6], napi_uint8_array, &given));
  if (!call->pixels || !across_data || !down_data || !call->into) return false;
  call->width = width;
  call->channels = channels;
  call->height = bytes / (call->width * call->channels);
  return call->height * call->width * call->channels == bytes &&
         call->across.Read(across_data, across, call->width) && call->down.Read(down_data, down, call->height) &&
         given == call->across.outputs * call->down.outputs * call->channels;
}

napi_value Start(napi_env env, napi_callback_info info) {
  size_t count = 7;
  napi_value arguments[7];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  Call* call = new Call();
  if (count < 7 || !ReadArguments(env, arguments, call)) {
    delete call;
    napi_throw_range_error(env, nullptr, "resample: pixels, width, channels, tables and output do not fit each other");
    return nullptr;
  }
  const size_t held[4] = {0, 3, 4, 6};
  for (size_t at = 0; at < 4; at++) napi_create_reference(env, arguments[held[at]], 1, &call->held[at]);
  napi_value promise, name;
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_string_utf8(env, "strata resample", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, Execute, Complete, call, &call->work);
  napi_queue_async_work(env, call->work);
  return promise;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor function = {"resample", nullptr, Start, nullptr, nullptr, nullptr, napi_enumerable,
                                             nullptr};
  napi_define_properties(env, exports, 1, &function);
  return exports;
}
