// The JavaScript side of softmax.cc: arguments in, promises out.

// A task on its way through libuv's pool, with what it must keep alive.
struct Call {
  std::unique_ptr<Task> task;
  std::string error;
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  napi_ref arguments = nullptr;
};

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

napi_value ExactGram(napi_env env, napi_callback_info info) {
  return Start<ExactGramTask, 3>(env, info, [](napi_env env, napi_value* args, ExactGramTask* task) {
    task->sums = Array<double>(env, args[2], napi_float64_array, task->rows.features * task->rows.features);
  });
}

napi_value ExactAccumulate(napi_env env, napi_callback_info info) {
  return Start<ExactAccumulateTask, 6>(env, info, [](napi_env env, napi_value* args, ExactAccumulateTask* task) {
    ReadProblems(env, args[3], task, ReadSums);
    const size_t size = (task->rows.features + 1) * task->columns;
    task->weights = Array<double>(env, args[2], napi_float64_array, size);
    if (!Absent(env, args[5])) task->direction = Array<double>(env, args[5], napi_float64_array, size);
    task->gradient = Array<double>(env, args[4], napi_float64_array, size);
  });
}

napi_value ScoreRows(napi_env env, napi_callback_info info) {
  return Start<ScoreTask, 4>(env, info, [](napi_env env, napi_value* args, ScoreTask* task) {
    ReadProblems(env, args[3], task, ReadScores);
    task->weights = Array<double>(env, args[2], napi_float64_array, (task->rows.features + 1) * task->columns);
  });
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
template <size_t count, size_t least = count, typename Call>
napi_value AtOnce(napi_env env, napi_callback_info info, Call call) {
  size_t given = count;
  napi_value args[count];
  napi_get_cb_info(env, info, &given, args, nullptr, nullptr);
  try {
    if (given < least) throw std::string("too few arguments");
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
  return AtOnce<1, 0>(env, info, [&](napi_value* args) {
    bool allowed = tiles_allowed;
    if (!Absent(env, args[0]) && napi_get_value_bool(env, args[0], &allowed) != napi_ok)
      throw std::string("not a boolean");
    tiles_allowed = allowed;
    napi_value used;
    napi_get_boolean(env, OnTiles(kLeastTileColumns), &used);
    return used;
  });
}
