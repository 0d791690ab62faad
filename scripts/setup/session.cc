// A TensorFlow session over one GraphDef, run on a thread of libuv's pool, so that JavaScript goes on decoding and
// writing meanwhile. tfjs-node's own binding has only a blocking call, and knows no float16 tensor.
//
//   open(graphDef, config, input, shape) -> session   the graph and the ConfigProto as bytes; the input node's name
//   run(session, pixels, names, arrays, trace)        uint8 in, the first output of each node named copied into its
//     -> Promise                                      Uint8Array; resolves to the RunMetadata's bytes when `trace`
//   close(session)                                    frees it; not while a run is under way

#include <node_api.h>
#include <tensorflow/c/c_api.h>

#include <cstring>
#include <string>
#include <vector>

namespace {

struct Session {
  TF_Graph* graph = nullptr;
  TF_Session* session = nullptr;
  TF_Output input{};
  std::vector<int64_t> shape;
  bool running = false;
};

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

struct Run {
  Session* session = nullptr;
  Bytes pixels;
  std::vector<TF_Output> outputs;
  std::vector<Bytes> arrays;
  bool trace = false;
  TF_Buffer* metadata = nullptr;
  std::string error;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  // Keep the session and the typed arrays alive until the run is over.
  napi_ref session_ref = nullptr;
  napi_ref pixels_ref = nullptr;
  napi_ref arrays_ref = nullptr;
};

napi_value Throw(napi_env env, const std::string& message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

bool GetBytes(napi_env env, napi_value value, Bytes* bytes) {
  napi_typedarray_type type;
  size_t length = 0;
  size_t offset = 0;
  void* data = nullptr;
  napi_value buffer;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, &offset) != napi_ok) return false;
  if (type != napi_uint8_array) return false;
  *bytes = {static_cast<uint8_t*>(data), length};
  return true;
}

bool GetString(napi_env env, napi_value value, std::string* text) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  text->resize(length);
  return napi_get_value_string_utf8(env, value, text->data(), length + 1, &length) == napi_ok;
}

void Free(Session* session) {
  TF_Status* status = TF_NewStatus();
  if (session->session != nullptr) {
    TF_CloseSession(session->session, status);
    TF_DeleteSession(session->session, status);
    session->session = nullptr;
  }
  if (session->graph != nullptr) TF_DeleteGraph(session->graph);
  session->graph = nullptr;
  TF_DeleteStatus(status);
}

void Finalize(napi_env, void* data, void*) {
  Session* session = static_cast<Session*>(data);
  Free(session);
  delete session;
}

// Returns what is wrong, or an empty text.
std::string Load(Session* session, const Bytes& graph_def, const Bytes& config) {
  TF_Status* status = TF_NewStatus();
  session->graph = TF_NewGraph();
  TF_Buffer buffer{graph_def.data, graph_def.length, nullptr};
  TF_ImportGraphDefOptions* import = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(session->graph, &buffer, import, status);
  TF_DeleteImportGraphDefOptions(import);
  if (TF_GetCode(status) == TF_OK) {
    TF_SessionOptions* options = TF_NewSessionOptions();
    TF_SetConfig(options, config.data, config.length, status);
    if (TF_GetCode(status) == TF_OK) session->session = TF_NewSession(session->graph, options, status);
    TF_DeleteSessionOptions(options);
  }
  std::string error = TF_GetCode(status) == TF_OK ? "" : TF_Message(status);
  TF_DeleteStatus(status);
  return error;
}

bool Find(Session* session, const std::string& name, TF_Output* output) {
  *output = {TF_GraphOperationByName(session->graph, name.c_str()), 0};
  return output->oper != nullptr;
}

napi_value Open(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value args[4];
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  Bytes graph_def, config;
  std::string input;
  if (count < 4 || !GetBytes(env, args[0], &graph_def) || !GetBytes(env, args[1], &config) ||
      !GetString(env, args[2], &input)) {
    return Throw(env, "open takes graphDef, config, input, shape");
  }
  Session* session = new Session;
  std::string error = Load(session, graph_def, config);
  if (error.empty() && !Find(session, input, &session->input)) error = "no node " + input;
  uint32_t dims = 0;
  napi_get_array_length(env, args[3], &dims);
  for (uint32_t at = 0; at < dims; at++) {
    napi_value item;
    int64_t length = 0;
    napi_get_element(env, args[3], at, &item);
    napi_get_value_int64(env, item, &length);
    session->shape.push_back(length);
  }
  napi_value external = nullptr;
  if (!error.empty()) {
    Finalize(env, session, nullptr);
    return Throw(env, error);
  }
  napi_create_external(env, session, Finalize, nullptr, &external);
  return external;
}

void KeepBytes(void*, size_t, void*) {}

std::string CopyOut(TF_Tensor* tensor, const Bytes& into) {
  const size_t length = TF_TensorByteSize(tensor);
  if (length != into.length) {
    return "an output has " + std::to_string(length) + " bytes, not " + std::to_string(into.length);
  }
  std::memcpy(into.data, TF_TensorData(tensor), length);
  return "";
}

void Execute(napi_env, void* data) {
  Run* run = static_cast<Run*>(data);
  Session* session = run->session;
  TF_Status* status = TF_NewStatus();
  TF_Tensor* input = TF_NewTensor(TF_UINT8, session->shape.data(), static_cast<int>(session->shape.size()),
                                  run->pixels.data, run->pixels.length, KeepBytes, nullptr);
  std::vector<TF_Tensor*> outputs(run->outputs.size(), nullptr);
  // RunOptions { trace_level: FULL_TRACE }
  static const uint8_t kFullTrace[] = {0x08, 0x03};
  TF_Buffer options{kFullTrace, sizeof(kFullTrace), nullptr};
  if (run->trace) run->metadata = TF_NewBuffer();
  TF_SessionRun(session->session, run->trace ? &options : nullptr, &session->input, &input, 1,
                run->outputs.data(), outputs.data(), static_cast<int>(outputs.size()), nullptr, 0,
                run->metadata, status);
  if (TF_GetCode(status) != TF_OK) run->error = TF_Message(status);
  for (size_t at = 0; at < outputs.size(); at++) {
    if (outputs[at] == nullptr) continue;
    if (run->error.empty()) run->error = CopyOut(outputs[at], run->arrays[at]);
    TF_DeleteTensor(outputs[at]);
  }
  TF_DeleteTensor(input);
  TF_DeleteStatus(status);
}

void Complete(napi_env env, napi_status, void* data) {
  Run* run = static_cast<Run*>(data);
  run->session->running = false;
  napi_value result;
  napi_get_undefined(env, &result);
  if (run->error.empty()) {
    if (run->metadata != nullptr) {
      napi_create_buffer_copy(env, run->metadata->length, run->metadata->data, nullptr, &result);
    }
    napi_resolve_deferred(env, run->deferred, result);
  } else {
    napi_value message;
    napi_create_string_utf8(env, run->error.c_str(), run->error.size(), &message);
    napi_create_error(env, nullptr, message, &result);
    napi_reject_deferred(env, run->deferred, result);
  }
  if (run->metadata != nullptr) TF_DeleteBuffer(run->metadata);
  for (napi_ref ref : {run->session_ref, run->pixels_ref, run->arrays_ref}) napi_delete_reference(env, ref);
  napi_delete_async_work(env, run->work);
  delete run;
}

// Returns what is wrong with the arguments, or an empty text.
std::string ReadRun(napi_env env, napi_value* args, Run* run) {
  void* data = nullptr;
  if (napi_get_value_external(env, args[0], &data) != napi_ok) return "not a session";
  run->session = static_cast<Session*>(data);
  if (run->session->session == nullptr) return "the session is closed";
  if (run->session->running) return "the session is running";
  if (!GetBytes(env, args[1], &run->pixels)) return "pixels are not a Uint8Array";
  int64_t expected = 1;
  for (int64_t length : run->session->shape) expected *= length;
  if (run->pixels.length != static_cast<size_t>(expected)) {
    return std::to_string(run->pixels.length) + " bytes of pixels, not " + std::to_string(expected);
  }
  uint32_t count = 0;
  uint32_t arrays = 0;
  napi_get_array_length(env, args[2], &count);
  napi_get_array_length(env, args[3], &arrays);
  if (count != arrays) return "not an array for each output";
  for (uint32_t at = 0; at < count; at++) {
    napi_value item;
    std::string name;
    TF_Output output{};
    Bytes bytes;
    napi_get_element(env, args[2], at, &item);
    if (!GetString(env, item, &name) || !Find(run->session, name, &output)) return "no node " + name;
    napi_get_element(env, args[3], at, &item);
    if (!GetBytes(env, item, &bytes)) return "an output is not a Uint8Array";
    run->outputs.push_back(output);
    run->arrays.push_back(bytes);
  }
  napi_get_value_bool(env, args[4], &run->trace);
  return "";
}

napi_value RunSession(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value args[5];
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  if (count < 5) return Throw(env, "run takes session, pixels, names, arrays, trace");
  Run* run = new Run;
  const std::string error = ReadRun(env, args, run);
  if (!error.empty()) {
    delete run;
    return Throw(env, error);
  }
  run->session->running = true;
  napi_create_reference(env, args[0], 1, &run->session_ref);
  napi_create_reference(env, args[1], 1, &run->pixels_ref);
  napi_create_reference(env, args[3], 1, &run->arrays_ref);
  napi_value promise, name;
  napi_create_promise(env, &run->deferred, &promise);
  napi_create_string_utf8(env, "strata session", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, Execute, Complete, run, &run->work);
  napi_queue_async_work(env, run->work);
  return promise;
}

napi_value Close(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value args[1];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  if (count < 1 || napi_get_value_external(env, args[0], &data) != napi_ok) return Throw(env, "not a session");
  Session* session = static_cast<Session*>(data);
  if (session->running) return Throw(env, "the session is running");
  Free(session);
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"open", nullptr, Open, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"run", nullptr, RunSession, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"close", nullptr, Close, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 3, functions);
  return exports;
}
