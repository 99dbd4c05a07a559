"""Which Python files need a walk at all: those that contain a word by which the catalogues can be reached.

The words are derived from the catalogues, so that the two cannot drift apart. Only the walk is saved: every file is
parsed, so that a file which cannot be parsed is never taken for a clean one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES

BY_ATTRIBUTE = frozenset(
    "? os shutil pathlib builtins io codecs asyncio threading atexit django test code types six commands future "
    "logging http copy link posix nt sh".split()
)
"""Roots that are common words, or modules that most programs import for harmless reasons: here the function's own
name is the word."""

ALWAYS = (
    "__builtins__ __import__ import_module getattr __getattribute__ __dict__ vars globals modules locals "
    "__globals__ func_globals f_globals attrgetter methodcaller"
).split()
"""Ways to reach a name without writing it."""

COMMON = frozenset({"submit", "run", "apply_async"})
"""Words too common to tell anything: what makes their calls interesting is another word that is here."""

LITERALS = (r"(?<![\w+/=-])[\w+/=-]{60}", r"0\.0\.0\.0", r"[\"']::[\"']")
"""What matters by itself: a line of encoded data, every interface."""


def words() -> list[str]:
    """Every word that makes a file interesting, sorted."""
    found = set(ALWAYS)
    for path in (*CATALOGUE, *ALIASES):
        root, _, rest = path.replace("()", "").removesuffix(".*").partition(".")
        found.add(rest.rpartition(".")[2] if root in BY_ATTRIBUTE and rest else root)
    for module in NETWORK_MODULES:
        root, _, rest = module.partition(".")
        found.update({module, f"{root} import"} if root in BY_ATTRIBUTE else {root})
    return sorted(found - COMMON - BY_ATTRIBUTE)


def _tree(endings: Iterable[str]) -> str:
    """One expression for all of *endings*, which looks at each character of the text once: re has no such thing."""
    known = sorted(set(endings))
    branches = [
        re.escape(first) + _tree(ending[1:] for ending in group)
        for first, group in groupby((ending for ending in known if ending), key=lambda ending: ending[0])
    ]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)})" + ("?" if "" in known else "")


_INTERESTING = re.compile("|".join((rf"\b{_tree(words())}\b", *LITERALS)), re.ASCII)


def may_matter(text: str) -> bool:
    """Whether *text* (NFKC-normalised, as Python reads identifiers) contains such a word."""
    return _INTERESTING.search(text) is not None
