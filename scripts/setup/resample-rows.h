// Tables of weights, and one row or two by them: what the passes of resample.cc are made of.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
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

}  // namespace
