"""Fits what a strata run selected again with scikit-learn in float64, from the cache's own files.

usage: softmax_optimum.py CACHE RUN [L2 ...]
For every selected probe of the label set `label`: the objective F = mean cross entropy + l2/2 ||W||^2 on
standardised features, at strata's weights and at scikit-learn's optimum, and the errors of both. With L2 values
also scikit-learn's lowest valid error among them. One JSON list on stdout.
"""

import json
import struct
import sys
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression

cache, run = Path(sys.argv[1]), Path(sys.argv[2])
grid = [float(value) for value in sys.argv[3:]]


def safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    out = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            raw = data[8 + length + start : 8 + length + end]
            out[name] = np.frombuffer(raw, "<f4").reshape(entry["shape"]).astype(np.float64)
    return out


def features(tap, reduction, split):
    for folder in cache.glob("features/tap=*/reduction=*"):
        if (unquote(folder.parent.name[4:]), unquote(folder.name[10:])) == (tap, reduction):
            tables = [pa.ipc.open_file(part).read_all() for part in sorted((folder / f"split={split}").iterdir())]
            table = pa.concat_tables(tables)
            values = table["features"].combine_chunks()
            return table["id"].to_numpy(), values.values.to_numpy().reshape(len(values), -1).astype(np.float64)
    raise SystemExit(f"no column {tap} {reduction}")


def labels(split):
    parts = sorted((cache / "samples" / f"split={split}").iterdir())
    table = pa.concat_tables([pq.ParquetFile(part).read(columns=["id", "label"]) for part in parts])
    return dict(zip(table["id"].to_pylist(), table["label"].to_pylist()))


classes = json.loads((cache / "manifest.json").read_text())["identity"]["labelSets"]["label"]["classes"]
index = {name: place for place, name in enumerate(classes)}


def split_data(tap, reduction, split):
    if not (cache / "samples" / f"split={split}").exists():
        return None
    ids, x = features(tap, reduction, split)
    known = labels(split)
    return x, np.array([index[known[i]] for i in ids.tolist()])


def loss(z, y):
    z = z - z.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean())


def error(z, y):
    return float((z.argmax(axis=1) != y).mean())


tensors = safetensors(run / "probes.safetensors")
selected = [m for m in pq.ParquetFile(run / "measurements.parquet").read().to_pylist() if m["selected"] and m["label_set"] == "label"]
results = []
for row in selected:
    tap, reduction, l2 = row["tap"], row["reduction"], row["l2"]
    (x, y), (vx, vy), test = (split_data(tap, reduction, s) for s in ("train", "valid", "test"))
    mean, scale = x.mean(axis=0), x.std(axis=0)
    used = scale > 1e-7 * np.maximum(np.abs(mean), 1e-30)

    def standardised(part):
        return (part - mean)[:, used] / scale[used]

    s, sv = standardised(x), standardised(vx)
    weight, bias = (tensors[f"{tap}|{reduction}|label/{part}"] for part in ("weight", "bias"))
    ours_w = weight[:, used] * scale[used]
    ours_z = x @ weight.T + bias
    fits = {v: LogisticRegression(C=1 / (v * len(y)), tol=1e-6, max_iter=5000).fit(s, y) for v in {l2, *grid}}
    fit = fits[l2]
    results.append(
        {
            "tap": tap,
            "l2": l2,
            "reported_train_loss": row["train_loss"],
            "ours": {
                "objective": loss(ours_z, y) + l2 / 2 * float((ours_w**2).sum()),
                "train_loss": loss(ours_z, y),
                "valid_error": row["valid_error"],
                "test_error": row["test_error"],
            },
            "sklearn": {
                "objective": loss(fit.decision_function(s), y) + l2 / 2 * float((fit.coef_**2).sum()),
                "train_loss": loss(fit.decision_function(s), y),
                "valid_error": error(fit.decision_function(sv), vy),
                "test_error": error(fit.decision_function(standardised(test[0])), test[1]) if test else None,
            },
            "sklearn_best_valid_error": min(error(f.decision_function(sv), vy) for f in fits.values()),
        }
    )
print(json.dumps(results))
