"""Which Python files need a walk at all: those that contain a word by which the catalogues can be reached.

The words are derived from the catalogues, so that the two cannot drift apart. Only the walk is saved: every file is
parsed, so that a file which cannot be parsed is never taken for a clean one.
"""

from __future__ import annotations

import re

from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES

BY_ATTRIBUTE = frozenset({"os", "shutil", "pathlib", "builtins", "io", "codecs", "asyncio", "threading", "atexit", "?"})
"""Modules that most programs import for harmless reasons: here the function's own name is the word."""

ALWAYS = ("__builtins__", "__import__", "import_module", "getattr", "__dict__", "vars", "globals", "modules", "locals")
"""Ways to reach a name without writing it."""

LONG_LITERAL = r"[A-Za-z0-9+/=_-]{2000}"


def words() -> list[str]:
    """Every word that makes a file interesting, sorted."""
    found = set(ALWAYS)
    for path in (*CATALOGUE, *ALIASES, *NETWORK_MODULES):
        root, _, rest = path.replace("()", "").partition(".")
        found.add(rest.rpartition(".")[2] if root in BY_ATTRIBUTE and rest else root)
    return sorted(found - {"submit", "map", "filter", "run"})


_INTERESTING = re.compile(rf"\b(?:{'|'.join(map(re.escape, words()))})\b|{LONG_LITERAL}")


def may_matter(text: str) -> bool:
    """Whether *text* (NFKC-normalised, as Python reads identifiers) contains such a word."""
    return _INTERESTING.search(text) is not None
