"""The command lines of the exporters: a mistake ends in one line and exit code 2, before any library is loaded."""

import argparse
import sys
from pathlib import Path

RANDOM, DEFAULT = "random", "default"


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line."""

    def error(self, message):
        refuse(f"{self.prog}: {message} (--help lists the options)")


def refuse(message):
    """Ends the program with one line and exit code 2: the mistake is the user's."""
    print(" ".join(str(message).split()), file=sys.stderr)
    sys.exit(2)


def parser(description, endings):
    """The options that all exporters share; `endings` are those of the weight files that this one takes."""
    result = Parser(description=description, allow_abbrev=False)
    result.add_argument(
        "--weights",
        default=DEFAULT,
        metavar=f"random|default|FILE({'|'.join(endings)})",
        help="seeded random weights, those that the library downloads (the default), or a file's",
    )
    result.add_argument("--seed", type=int, help="of random weights (default 0)")
    result.add_argument("--classes", metavar="imagenet|FILE", help="names of the outputs in their order, one a line")
    result.add_argument("--out", required=True, help="what is written; its sidecar goes with it")
    return result


def checked(options, endings, out_is_file):
    """The options again, with what argparse cannot see checked."""
    weights, out = options.weights, Path(options.out)
    if weights not in (RANDOM, DEFAULT):
        if Path(weights).suffix not in endings:
            refuse(f"--weights is neither random, default nor a file of {', '.join(endings)}: {weights}")
        if not Path(weights).is_file():
            refuse(f"--weights: no such file: {weights}")
    if options.seed is not None and weights != RANDOM:
        refuse(f"--seed is for --weights random: {options.seed}")
    if options.classes not in (None, "imagenet") and not Path(options.classes).is_file():
        refuse(f"--classes: no such file: {options.classes}")
    if out_is_file != (out.suffix == ".onnx"):
        refuse(f"--out must {'end in .onnx' if out_is_file else 'be a folder'}: {out}")
    if not out_is_file and out.exists() and any(out.iterdir()):
        refuse(f"--out is a folder with something in it: {out}")
    if not out.resolve().parent.is_dir():
        refuse(f"--out: no such folder: {out.parent}")
    return options
