"""Unpacks what strata needs out of wheels, which are zip files.

    unpack_wheels.py WHEEL_FOLDER TARGET_FOLDER

The C library, the headers that the binding includes, and the CUDA libraries.
pip has checked the wheels' sha256 when it downloaded them.
"""

import os
import re
import sys
import zipfile

WANTED = re.compile(
    r"tensorflow/libtensorflow_(cc|framework)\.so\.2$"
    r"|tensorflow/include/(tensorflow/c|tensorflow/core/platform|tsl/platform|xla/tsl/c)/.*\.h$"
    r"|nvidia/(?!.*/include/).*[^/]$"
)


def unpack(wheel: str, target: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if WANTED.match(member.filename):
                path = archive.extract(member, target)
                mode = member.external_attr >> 16 & 0o777
                if mode:
                    os.chmod(path, mode)


for name in sorted(os.listdir(sys.argv[1])):
    if name.endswith(".whl"):
        unpack(os.path.join(sys.argv[1], name), sys.argv[2])
