// resample(pixels, width, channels, across, down, down_first, into) -> a promise of undefined: the two passes of
// src/decode/resample.ts on a thread of libuv's pool, to the same bytes.
//
// A table of an axis is int32: taps, then the first source position of each output, then `taps` weights for each. Sums
// are of 22 fractional bits, rounded and clipped to 8 bits after each pass.

#include <node_api.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "resample-rows.h"

namespace {

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
