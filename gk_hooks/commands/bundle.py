"""``gk bundle``: gk and the git libraries that it uses in one file, for machines where nothing can be installed.

The file runs with ``python3 gk.pyz`` (3.11 or newer). The same sources give the same bytes on every machine: names are
sorted, times come from SOURCE_DATE_EPOCH, and nothing is compressed, since compressors differ.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from gk_hooks import __version__
from gk_hooks.errors import GkError, UsageError
from gk_hooks.reports.write import print_text, replace_file

LIBRARIES = ("GitPython", "gitdb", "smmap", "unidiff")
"""The distributions that go in, with their licences. They are optional, but a bundle is always the same."""

HOME = Path(__file__).resolve().parents[2]
EARLIEST = 315_532_800
"""1980-01-01, the first day that a zip file can name."""

MAIN = b"""import sys

if sys.version_info < (3, 11):
    sys.stderr.write("gk needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "\\n")
    sys.exit(3)

from gk_hooks.cli import main

if __name__ == "__main__":
    sys.exit(main())
"""

SHEBANG = b"#!/usr/bin/env python3\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it goes."""
    parser.add_argument("--output", "-o", default="gk.pyz", metavar="FILE", help="default: gk.pyz")


def run(options: argparse.Namespace) -> int:
    """Writes the file and prints its SHA-256."""
    data = archive({**own_files(), **library_files(), "__main__.py": MAIN}, _moment())
    path = Path(options.output)
    replace_file(path, data)
    path.chmod(0o755)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    print_text(f"{path}: gk {__version__} with {versions}\nSHA-256 {hashlib.sha256(data).hexdigest()}\n", sys.stdout)
    return 0


def archive(files: Mapping[str, bytes], moment: float) -> bytes:
    """An executable zip file of *files*, each as old as *moment* (seconds since 1970, UTC)."""
    stamp = time.gmtime(moment)[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as bundle:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, stamp)
            entry.create_system = 3  # whatever machine this is
            entry.external_attr = 0o100644 << 16
            bundle.writestr(entry, files[name])
    return SHEBANG + buffer.getvalue()


def own_files() -> dict[str, bytes]:
    """Our own modules, what lies beside them, and our licence, by their place in the file."""
    package = HOME / "gk_hooks"
    if not package.is_dir():
        raise GkError("this gk is a bundle itself: copy it, or make one with an installed gk")
    found = {
        path.relative_to(HOME).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    return found | {"LICENSE": _own_licence()}


def library_files() -> dict[str, bytes]:
    """The modules and licences of the libraries, as they are installed here."""
    return {name: data for library in LIBRARIES for name, data in _library(library)}


def _library(library: str) -> Iterator[tuple[str, bytes]]:
    try:
        listed = metadata.files(library)
    except metadata.PackageNotFoundError:
        listed = None
    if not listed:
        raise GkError(f"{library} is not installed here: pip install {' '.join(LIBRARIES)}, then make the bundle")
    for file in listed:
        described = file.parts[0].endswith(".dist-info")
        if file.suffix in (".so", ".pyd", ".dll"):
            raise GkError(f"{library} holds machine code ({file}): it cannot go into a bundle")
        if ".." in file.parts or "__pycache__" in file.parts or {"test", "tests"} & set(file.parts[:-1]):
            continue
        if (file.suffix == ".py" and not described) or (described and _is_licence(file.name)):
            yield file.as_posix(), file.read_binary()


def _is_licence(name: str) -> bool:
    return name == "METADATA" or name.upper().startswith(("LICEN", "AUTHORS", "COPYING", "NOTICE"))


def _own_licence() -> bytes:
    beside = HOME / "LICENSE"
    if beside.is_file():
        return beside.read_bytes()
    for file in metadata.files("gk_hooks") or ():
        if file.name == "LICENSE":
            return file.read_binary()
    raise GkError("our own LICENSE is not found: install gk again")


def _moment() -> float:
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        return EARLIEST
    if not said.isascii() or not said.isdigit() or len(said) > 10:
        raise UsageError(f"SOURCE_DATE_EPOCH={said!r} is no number of seconds")
    return max(int(said), EARLIEST)
