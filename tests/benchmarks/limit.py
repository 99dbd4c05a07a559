"""The least that a scan can do, on every core: read and hash every Python file, and parse those that may matter.

limit.py FOLDER          also finds out which those are, with gk's own prefilter
limit.py FOLDER LIST     is told in LIST, so that nothing of gk is loaded
limit.py --list FOLDER   prints that list
"""

from __future__ import annotations

import ast
import gc
import hashlib
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator

CHUNK = 200_000
"""Bytes that a worker takes at a time; large files come first, so that both cores end together."""


def work(paths: list[str]) -> int:
    """How many of *paths* were parsed."""
    parsed = 0
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        hashlib.sha256(data).hexdigest()
        if matters(path, data):
            try:
                ast.parse(data)
            except (SyntaxError, ValueError):
                continue
            parsed += 1
    return parsed


matters: Callable[[str, bytes], bool]
"""Whether the file at a path, with these bytes, is parsed; set before the workers are forked."""


def prefilter() -> Callable[[str, bytes], bool]:
    """gk's own."""
    from gk_hooks.analyzers.python.prefilter import reach

    return lambda path, data: reach(data.decode("utf-8", "replace")) is not None


def python_files(folder: str) -> list[tuple[int, str]]:
    """Size and path of each, the largest first."""
    paths = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".py"))
    return sorted(((os.path.getsize(path), path) for path in paths), reverse=True)


def chunks(files: list[tuple[int, str]]) -> Iterator[list[str]]:
    """Paths for one worker at a time."""
    chunk: list[str] = []
    total = 0
    for size, path in files:
        chunk.append(path)
        total += size
        if total >= CHUNK:
            yield chunk
            chunk, total = [], 0
    yield chunk


def main(words: list[str]) -> None:
    """Prints how many files were parsed, or which should be."""
    global matters
    warnings.simplefilter("ignore")
    if words[0] == "--list":
        may = prefilter()
        for _, path in python_files(words[1]):
            with open(path, "rb") as file:
                if may(path, file.read()):
                    print(path)
        return
    if len(words) > 1:
        with open(words[1], encoding="utf-8") as file:
            chosen = set(file.read().splitlines())
        matters = lambda path, data: path in chosen  # noqa: E731
    else:
        matters = prefilter()
    gc.disable()
    gc.freeze()
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        print(sum(pool.imap_unordered(work, chunks(python_files(words[0])))))


if __name__ == "__main__":
    main(sys.argv[1:])
