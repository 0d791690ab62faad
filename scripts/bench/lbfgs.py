"""Times scikit-learn's LogisticRegression(lbfgs) until it is as low as a strata run.

usage: lbfgs.py CACHE RUN EXACT L2
CACHE has one column, in Arrow shards; RUN is what to match, EXACT a run to a far smaller tolerance. The objective is
F = mean cross entropy + l2/2 ||W||^2 on standardised features, computed in float64 for every result; the fit is given
the same features in float32. One JSON object on stdout.
"""

import json
import struct
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import sklearn.linear_model._logistic as logistic

cache, run, exact, l2 = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
warnings.filterwarnings("ignore")


def parts(folder, read):
    return pa.concat_tables([read(part) for part in sorted(folder.iterdir())])


def weights(path):
    data = (path / "probes.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    found = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name.rpartition("/")[2]] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"]).astype(float)
    return found["weight"], found["bias"]


def objective(weight, bias, x, y):
    total = 0.0
    for start in range(0, len(y), 4096):
        z = x[start : start + 4096] @ weight.T + bias
        z -= z.max(axis=1, keepdims=True)
        total += (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y[start : start + 4096]]).sum()
    return float(total / len(y) + l2 / 2 * (weight**2).sum())


features = next(cache.glob("features/tap=*/reduction=*/split=train"))
table = parts(features, lambda part: pa.ipc.open_file(part).read_all())["features"].combine_chunks()
raw = table.values.to_numpy().reshape(len(table), -1).astype(np.float64)
labels = parts(cache / "samples" / "split=train", lambda part: pq.ParquetFile(part).read(columns=["label"]))
classes = json.loads((cache / "manifest.json").read_text())["identity"]["labelSets"]["label"]["classes"]
y = np.array([classes.index(name) for name in labels["label"].to_pylist()])
mean, scale = raw.mean(axis=0), raw.std(axis=0)
used = scale > 1e-7 * np.maximum(np.abs(mean), 1e-30)
x = (raw - mean)[:, used] / scale[used]
single = x.astype(np.float32)


def strata(path):
    weight, bias = weights(path)
    return objective(weight[:, used] * scale[used], bias + weight @ mean, x, y)


target, minimize = strata(run), logistic.optimize.minimize


def until_target(*args, **options):
    def stop(intermediate_result):
        if intermediate_result.fun <= target:
            raise StopIteration

    return minimize(*args, **{**options, "callback": stop})


logistic.optimize.minimize = until_target
model = logistic.LogisticRegression(C=1 / (l2 * len(y)), tol=1e-12, max_iter=5000)
start = time.perf_counter()
model.fit(single, y)
seconds = time.perf_counter() - start
result = {
    "rows": len(y),
    "features": int(used.sum()),
    "optimum": strata(exact),
    "strata": target,
    "sklearn": objective(model.coef_.astype(float), model.intercept_.astype(float), x, y),
    "iterations": int(model.n_iter_[0]),
    "seconds": seconds,
}
print(json.dumps(result))
