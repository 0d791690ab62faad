// Loads libtensorflow_framework with stderr turned away. Its static initialisers log two lines
// (absl::InitializeLog, oneDNN) before TF_CPP_MIN_LOG_LEVEL is read, and no setting silences them
// without turning oneDNN off. Errors of loading are not hidden: the binding, loaded next, repeats them.

#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

NAPI_MODULE_INIT() {
  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const bool turned = kept >= 0 && nowhere >= 0 && dup2(nowhere, STDERR_FILENO) >= 0;
  dlopen("libtensorflow_framework.so.2", RTLD_LAZY | RTLD_LOCAL);
  if (turned) dup2(kept, STDERR_FILENO);
  if (kept >= 0) close(kept);
  if (nowhere >= 0) close(nowhere);
  return exports;
}
