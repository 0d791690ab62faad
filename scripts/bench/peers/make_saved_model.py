"""Writes Keras's ResNet-50 with seeded random weights as a SavedModel, as its users export it.

usage: make_saved_model.py OUT_DIR      (Python with scripts/export/keras_requirements.txt)
"""

import os
import shutil
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

SEED = 20261126


def main(arguments):
    if len(arguments) != 1:
        print("usage: make_saved_model.py OUT_DIR", file=sys.stderr)
        sys.exit(2)
    import keras

    keras.utils.set_random_seed(SEED)
    folder = Path(arguments[0])
    unfinished = folder.with_name(f"{folder.name}.tmp")
    keras.applications.ResNet50(weights=None).export(str(unfinished), verbose=False)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
