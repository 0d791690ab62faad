// The JavaScript side of softmax.cc: arguments in, promises out.

// A task on its way through libuv's pool, with what it must keep alive.
struct Call {
  std::unique_ptr<Task> task;
  std::string error;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref arguments = nullptr;
};

napi_value Get(napi_env env, napi_value object, const char* name) {
  napi_value value;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) throw std::string("not an object");
  return value;
}

size_t Number(napi_env env, napi_value value) {
  int64_t number = -1;
  if (napi_get_value_int64(env, value, &number) != napi_ok || number < 0) throw std::string("not a number");
  return static_cast<size_t>(number);
}

// The memory of a typed array of one kind with at least so many elements.
template <typename Element>
Element* Array(napi_env env, napi_value value, napi_typedarray_type kind, size_t least, size_t* length = nullptr) {
  napi_typedarray_type found;
  size_t count = 0;
  size_t offset = 0;
  void* data = nullptr;
  napi_value buffer;
  if (napi_get_typedarray_info(env, value, &found, &count, &data, &buffer, &offset) != napi_ok || found != kind ||
      count < least) {
    throw std::string("not a typed array of the right kind and length");
  }
  if (length != nullptr) *length = count;
  return static_cast<Element*>(data);
}

bool Absent(napi_env env, napi_value value) {
  napi_valuetype type;
  napi_typeof(env, value, &type);
  return type == napi_undefined || type == napi_null;
}

Block BlockOf(napi_env env, napi_value value, size_t features) {
  napi_typedarray_type kind;
  size_t count = 0;
  size_t offset = 0;
  void* data = nullptr;
  napi_value buffer;
  if (napi_get_typedarray_info(env, value, &kind, &count, &data, &buffer, &offset) != napi_ok ||
      (kind != napi_float32_array && kind != napi_uint16_array) || count % features != 0) {
    throw std::string("a block is not whole rows of float32 or float16");
  }
  return {data, kind == napi_uint16_array, count / features};
}

Rows RowsOf(napi_env env, napi_value value) {
  Rows rows;
  rows.features = Number(env, Get(env, value, "features"));
  rows.start = Number(env, Get(env, value, "start"));
  if (rows.features == 0) throw std::string("no features");
  napi_value blocks = Get(env, value, "blocks");
  uint32_t count = 0;
  napi_get_array_length(env, blocks, &count);
  for (uint32_t at = 0; at < count; at++) {
    napi_value block;
    napi_get_element(env, blocks, at, &block);
    rows.blocks.push_back(BlockOf(env, block, rows.features));
  }
  const auto scaling = [&](const char* name) {
    return Array<float>(env, Get(env, value, name), napi_float32_array, rows.features);
  };
  rows.scaling = {scaling("high"), scaling("low"), scaling("inverse")};
  napi_value picks = Get(env, value, "picks");
  if (Absent(env, picks)) return rows;
  rows.picking = true;
  rows.picks = Array<int32_t>(env, picks, napi_int32_array, 0, &rows.picked);
  for (size_t at = 0; at < rows.picked; at++) {
    const int64_t within = static_cast<int64_t>(rows.picks[at]) - static_cast<int64_t>(rows.start);
    if (within < 0 || within >= static_cast<int64_t>(rows.Count())) throw std::string("a pick is out of range");
  }
  return rows;
}

// What both kinds of problem have; the labels must reach to the last row.
void ReadProblems(napi_env env, napi_value list, ProblemsTask* task, void (*own)(napi_env, napi_value, size_t, Problem*)) {
  uint32_t count = 0;
  napi_get_array_length(env, list, &count);
  const size_t end = task->rows.start + task->rows.Count();
  for (uint32_t at = 0; at < count; at++) {
    napi_value item;
    napi_get_element(env, list, at, &item);
    Problem problem;
    problem.classes = Number(env, Get(env, item, "classes"));
    problem.column = task->columns;
    problem.labels = Array<int32_t>(env, Get(env, item, "labels"), napi_int32_array, end);
    for (size_t row = task->rows.start; row < end; row++)
      if (problem.labels[row] >= static_cast<int32_t>(problem.classes)) throw std::string("a label is out of range");
    own(env, item, end, &problem);
    task->columns += problem.classes;
    task->problems.push_back(problem);
  }
  if (task->columns == 0) throw std::string("no problems");
}

void ReadSums(napi_env env, napi_value item, size_t, Problem* problem) {
  problem->sums = Array<double>(env, Get(env, item, "sums"), napi_float64_array, 2);
  napi_value moments = Get(env, item, "moments");
  if (!Absent(env, moments))
    problem->moments = Array<double>(env, moments, napi_float64_array, problem->classes * problem->classes);
}

void ReadScores(napi_env env, napi_value item, size_t end, Problem* problem) {
  problem->predicted = Array<int32_t>(env, Get(env, item, "predicted"), napi_int32_array, end);
  problem->rank = Array<int32_t>(env, Get(env, item, "rank"), napi_int32_array, end);
  problem->loss = Array<float>(env, Get(env, item, "loss"), napi_float32_array, end);
  problem->confidence = Array<float>(env, Get(env, item, "confidence"), napi_float32_array, end);
}

void Execute(napi_env, void* data) {
  Call* call = static_cast<Call*>(data);
  try {
    call->task->Run();
  } catch (const std::string& error) {
    call->error = error;
  } catch (const std::bad_alloc&) {
    call->error = "out of memory";
  }
}

void Complete(napi_env env, napi_status, void* data) {
  Call* call = static_cast<Call*>(data);
  napi_value result;
  napi_get_undefined(env, &result);
  if (call->error.empty()) {
    napi_resolve_deferred(env, call->deferred, result);
  } else {
    napi_value message;
    napi_create_string_utf8(env, call->error.c_str(), call->error.size(), &message);
    napi_create_error(env, nullptr, message, &result);
    napi_reject_deferred(env, call->deferred, result);
  }
  napi_delete_reference(env, call->arguments);
  napi_delete_async_work(env, call->work);
  delete call;
}

// Makes a task from the arguments after (rows, threads), and has libuv's pool run it.
template <typename Kind, size_t count>
napi_value Start(napi_env env, napi_callback_info info, void (*read)(napi_env, napi_value*, Kind*)) {
  size_t given = count;
  napi_value args[count];
  napi_get_cb_info(env, info, &given, args, nullptr, nullptr);
  auto call = std::make_unique<Call>();
  try {
    if (given < count) throw std::string("too few arguments");
    auto task = std::make_unique<Kind>();
    task->rows = RowsOf(env, args[0]);
    task->threads = Number(env, args[1]);
    read(env, args, task.get());
    call->task = std::move(task);
  } catch (const std::string& error) {
    napi_throw_error(env, nullptr, error.c_str());
    return nullptr;
  }
  napi_value kept, promise, name;
  napi_create_array_with_length(env, count, &kept);
  for (size_t at = 0; at < count; at++) napi_set_element(env, kept, static_cast<uint32_t>(at), args[at]);
  napi_create_reference(env, kept, 1, &call->arguments);
  napi_create_promise(env, &call->deferred, &promise);
  napi_create_string_utf8(env, "strata softmax", NAPI_AUTO_LENGTH, &name);
  Call* released = call.release();
  napi_create_async_work(env, nullptr, name, Execute, Complete, released, &released->work);
  napi_queue_async_work(env, released->work);
  return promise;
}

napi_value Moments(napi_env env, napi_callback_info info) {
  return Start<MomentsTask, 5>(env, info, [](napi_env env, napi_value* args, MomentsTask* task) {
    task->first = Array<float>(env, args[2], napi_float32_array, task->rows.features);
    task->sum = Array<double>(env, args[3], napi_float64_array, task->rows.features);
    task->squares = Array<double>(env, args[4], napi_float64_array, task->rows.features);
  });
}

napi_value Gram(napi_env env, napi_callback_info info) {
  return Start<GramTask, 4>(env, info, [](napi_env env, napi_value* args, GramTask* task) {
    task->sums = Array<double>(env, args[2], napi_float64_array, task->rows.features * task->rows.features);
    if (napi_get_value_bool(env, args[3], &task->rough) != napi_ok) throw std::string("not a boolean");
  });
}

napi_value Accumulate(napi_env env, napi_callback_info info) {
  return Start<AccumulateTask, 5>(env, info, [](napi_env env, napi_value* args, AccumulateTask* task) {
    ReadProblems(env, args[3], task, ReadSums);
    const size_t size = (task->rows.features + 1) * task->columns;
    task->weights = Array<float>(env, args[2], napi_float32_array, size);
    task->gradient = Array<double>(env, args[4], napi_float64_array, size);
  });
}

napi_value ScoreRows(napi_env env, napi_callback_info info) {
  return Start<ScoreTask, 4>(env, info, [](napi_env env, napi_value* args, ScoreTask* task) {
    ReadProblems(env, args[3], task, ReadScores);
    task->weights = Array<float>(env, args[2], napi_float32_array, (task->rows.features + 1) * task->columns);
  });
}

double Real(napi_env env, napi_value object, const char* name) {
  double value = 0;
  if (napi_get_value_double(env, Get(env, object, name), &value) != napi_ok) throw std::string("not a number");
  return value;
}

void ReadMinibatches(napi_env env, napi_value value, DescendTask* task) {
  size_t count = 0;
  const int32_t* ends = Array<int32_t>(env, Get(env, value, "ends"), napi_int32_array, 0, &count);
  for (size_t at = 0; at < count; at++) {
    const int64_t before = at == 0 ? 0 : ends[at - 1];
    if (ends[at] <= before || static_cast<size_t>(ends[at]) > task->Given())
      throw std::string("minibatches that are not there");
    task->ends.push_back(static_cast<size_t>(ends[at]));
  }
  task->steps = Number(env, Get(env, value, "count"));
  task->momentum = Real(env, value, "momentum");
  task->squares = Real(env, value, "squares");
  task->epsilon = Real(env, value, "epsilon");
  napi_value states = Get(env, value, "states");
  uint32_t kept = 0;
  napi_get_array_length(env, states, &kept);
  if (kept != 1 && kept != 2) throw std::string("one state or two");
  for (uint32_t at = 0; at < kept; at++) {
    napi_value state;
    napi_get_element(env, states, at, &state);
    task->states.push_back(
        Array<float>(env, state, napi_float32_array, (task->rows.features + 1) * task->columns));
  }
}

napi_value Descend(napi_env env, napi_callback_info info) {
  return Start<DescendTask, 5>(env, info, [](napi_env env, napi_value* args, DescendTask* task) {
    ReadProblems(env, args[3], task, [](napi_env env, napi_value item, size_t, Problem* problem) {
      problem->rate = static_cast<float>(Real(env, item, "rate"));
      problem->l2 = static_cast<float>(Real(env, item, "l2"));
    });
    task->weights =
        Array<float>(env, args[2], napi_float32_array, (task->rows.features + 1) * task->columns);
    ReadMinibatches(env, args[4], task);
  });
}

// Calls with the arguments, and throws what that throws.
template <size_t count, typename Call>
napi_value AtOnce(napi_env env, napi_callback_info info, Call call) {
  size_t given = count;
  napi_value args[count];
  napi_get_cb_info(env, info, &given, args, nullptr, nullptr);
  try {
    if (given < count) throw std::string("too few arguments");
    return call(args);
  } catch (const std::string& error) {
    napi_throw_error(env, nullptr, error.c_str());
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, nullptr, "out of memory");
  }
  return nullptr;
}

napi_value MultiplyRows(napi_env env, napi_callback_info info) {
  return AtOnce<5>(env, info, [&](napi_value* args) -> napi_value {
    MultiplyTask task;
    task.rows = RowsOf(env, args[0]);
    task.threads = Number(env, args[1]);
    task.columns = Number(env, args[3]);
    if (task.columns == 0) throw std::string("no columns");
    task.weights = Array<float>(env, args[2], napi_float32_array, (task.rows.features + 1) * task.columns);
    const size_t size = (task.rows.start + task.rows.Count()) * task.columns;
    task.product = Array<float>(env, args[4], napi_float32_array, size);
    task.Run();
    return nullptr;
  });
}

napi_value DotVectors(napi_env env, napi_callback_info info) {
  return AtOnce<3>(env, info, [&](napi_value* args) {
    size_t count = 0;
    const double* left = Array<double>(env, args[1], napi_float64_array, 0, &count);
    const double* right = Array<double>(env, args[2], napi_float64_array, count);
    napi_value result;
    napi_create_double(env, SharedDot(Number(env, args[0]), left, right, count), &result);
    return result;
  });
}

napi_value AddScaledVector(napi_env env, napi_callback_info info) {
  return AtOnce<5>(env, info, [&](napi_value* args) -> napi_value {
    size_t count = 0;
    double factor = 0;
    double* to = Array<double>(env, args[1], napi_float64_array, 0, &count);
    const double* left = Array<double>(env, args[2], napi_float64_array, count);
    const double* right = Array<double>(env, args[3], napi_float64_array, count);
    if (napi_get_value_double(env, args[4], &factor) != napi_ok) throw std::string("not a number");
    SharedAddScaled(Number(env, args[0]), to, left, right, factor, count);
    return nullptr;
  });
}

napi_value AllowTiles(napi_env env, napi_callback_info info) {
  return AtOnce<1>(env, info, [&](napi_value* args) {
    bool allowed = false;
    if (napi_get_value_bool(env, args[0], &allowed) != napi_ok) throw std::string("not a boolean");
    tiles_allowed = allowed;
    napi_value used;
    napi_get_boolean(env, OnTiles(kLeastTileColumns), &used);
    return used;
  });
}
