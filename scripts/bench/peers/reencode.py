"""Re-encodes a folder of JPEGs at 500 x 375, the usual size of ImageNet's, so that decoding costs what it does there.

usage: reencode.py SRC_DIR OUT_DIR
Same layout and names; bicubic, quality 90, 4:2:0. The same input gives the same bytes. A file that is there already
is left alone.
"""

import sys
from pathlib import Path

from PIL import Image

SIZE = (500, 375)
ENDINGS = (".jpeg", ".jpg")


def reencode(source, target):
    """Writes one file, complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.tmp")
    with Image.open(source) as image:
        large = image.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)
    large.save(unfinished, "JPEG", quality=90, subsampling="4:2:0")
    unfinished.rename(target)


def refuse(message):
    """Ends the program with one line and exit code 2: the mistake is the user's."""
    print(message, file=sys.stderr)
    sys.exit(2)


def main(arguments):
    if len(arguments) != 2:
        refuse("usage: reencode.py SRC_DIR OUT_DIR")
    source, out = Path(arguments[0]), Path(arguments[1])
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in ENDINGS)
    if not files:
        refuse(f"no JPEG files found: {source}")
    for path in files:
        target = out / path.relative_to(source)
        if not target.exists():
            reencode(path, target)
    print(f"{len(files)} images of {SIZE[0]} x {SIZE[1]} in {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
