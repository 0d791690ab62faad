"""Prints what pyarrow (and polars, where it is installed) find in strata's files, as JSON.

For each shard given: sha256 of its ids as int32 and of its features as float32, little-endian, row by row.
For a folder of features: the rows of each (tap, reduction, split). Started by interop.test.ts.
"""

import hashlib
import json
import sys

import numpy
import pyarrow
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.parquet


def digest(array, dtype):
    return hashlib.sha256(numpy.ascontiguousarray(array).astype(dtype).tobytes()).hexdigest()


def digests(ids, features):
    return {"ids": digest(ids, "<i4"), "features": digest(features, "<f4")}


def with_pyarrow(path):
    table = pyarrow.ipc.open_file(path).read_all() if path.endswith(".arrow") else pyarrow.parquet.read_table(path)
    table.validate(full=True)
    features = table["features"].combine_chunks().flatten()
    return digests(table["id"].to_numpy(), features.to_numpy(zero_copy_only=False))


def with_polars(path):
    import polars

    frame = polars.read_ipc(path) if path.endswith(".arrow") else polars.read_parquet(path)
    return digests(frame["id"].to_numpy(), frame["features"].explode().to_numpy())


def hive_rows(folder, kind):
    table = pyarrow.dataset.dataset(folder, format=kind, partitioning="hive").to_table()
    keys = ["tap", "reduction", "split"]
    counted = table.group_by(keys).aggregate([("id", "count")]).sort_by([(key, "ascending") for key in keys])
    return [[row[key] for key in keys] + [row["id_count"]] for row in counted.to_pylist()]


def main():
    request = json.load(sys.stdin)
    try:
        import polars  # noqa: F401

        readers = {"pyarrow": with_pyarrow, "polars": with_polars}
    except ImportError:
        readers = {"pyarrow": with_pyarrow}
    found = {name: {path: read(path) for path in request["shards"]} for name, read in readers.items()}
    hive = {folder: hive_rows(folder, kind) for folder, kind in request["folders"]}
    json.dump({"shards": found, "hive": hive}, sys.stdout)


main()
