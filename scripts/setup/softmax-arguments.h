// What JavaScript gives softmax.cc, looked through before anything is read from it.

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
  const auto wide = [&](const char* name) {
    return Array<double>(env, Get(env, value, name), napi_float64_array, rows.features);
  };
  rows.scaling = {wide("mean"), wide("scale"), scaling("high"), scaling("low"), scaling("inverse")};
  if (napi_get_value_bool(env, Get(env, value, "extreme"), &rows.scaling.extreme) != napi_ok)
    throw std::string("not a boolean");
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
