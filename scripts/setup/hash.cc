// sha256(bytes) -> a promise of the 32 bytes of its hash, computed by a thread of libuv's pool and without a copy: Node's
// own hashes of a buffer either hold JavaScript up or copy it first. The hash is that of the OpenSSL that Node is linked with; where it is
// not to be found, the module exports nothing.

#include <node_api.h>

#include <cstddef>

extern "C" unsigned char* SHA256(const unsigned char* data, size_t count, unsigned char* hash) __attribute__((weak));

namespace {

constexpr size_t kBytes = 32;

struct Call {
  const unsigned char* data = nullptr;
  size_t count = 0;
  unsigned char hash[kBytes] = {};
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref bytes = nullptr;
};

void Execute(napi_env, void* data) {
  Call* call = static_cast<Call*>(data);
  SHA256(call->data, call->count, call->hash);
}

void Complete(napi_env env, napi_status, void* data) {
  Call* call = static_cast<Call*>(data);
  napi_value result;
  napi_create_buffer_copy(env, kBytes, call->hash, nullptr, &result);
  napi_resolve_deferred(env, call->deferred, result);
  napi_delete_reference(env, call->bytes);
  napi_delete_async_work(env, call->work);
  delete call;
}

napi_value Hash(napi_env env, napi_callback_info info) {
  size_t given = 1;
  napi_value bytes;
  napi_get_cb_info(env, info, &given, &bytes, nullptr, nullptr);
  napi_typedarray_type kind;
  size_t offset = 0;
  void* data = nullptr;
  napi_value buffer;
  Call* call = new Call();
  if (given < 1 ||
      napi_get_typedarray_info(env, bytes, &kind, &call->count, &data, &buffer, &offset) != napi_ok ||
      kind != napi_uint8_array) {
    delete call;
    napi_throw_error(env, nullptr, "sha256 takes a Uint8Array");
    return nullptr;
  }
  call->data = static_cast<const unsigned char*>(data);
  napi_value promise, name;
  napi_create_reference(env, bytes, 1, &call->bytes);
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_string_utf8(env, "strata sha256", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, Execute, Complete, call, &call->work);
  napi_queue_async_work(env, call->work);
  return promise;
}

}  // namespace

NAPI_MODULE_INIT() {
  if (SHA256 == nullptr) return exports;
  const napi_property_descriptor function = {"sha256", nullptr, Hash, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
  napi_define_properties(env, exports, 1, &function);
  return exports;
}
