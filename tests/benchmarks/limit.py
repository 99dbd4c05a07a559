"""The least that a scan can do: read, hash and decode every file, and parse those that may matter, on every core."""

from __future__ import annotations

import ast
import gc
import hashlib
import multiprocessing
import os
import sys
import warnings

from gk_hooks.analyzers.python.prefilter import may_matter


def work(paths: list[str]) -> int:
    """How many of *paths* were parsed."""
    parsed = 0
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        hashlib.sha256(data).hexdigest()
        text = data.decode("utf-8", "replace")
        if may_matter(text):
            try:
                ast.parse(text)
            except (SyntaxError, ValueError):
                continue
            parsed += 1
    return parsed


def main(folder: str) -> None:
    """Prints how many files were parsed."""
    warnings.simplefilter("ignore")
    gc.disable()
    found = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".py")]
    found.sort(key=os.path.getsize, reverse=True)
    cores = os.cpu_count() or 1
    with multiprocessing.Pool(cores) as pool:
        print(sum(pool.imap_unordered(work, [found[start : start + 20] for start in range(0, len(found), 20)])))


if __name__ == "__main__":
    main(sys.argv[1])
