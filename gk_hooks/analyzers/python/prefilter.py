"""Which Python files need a walk at all: those that contain a word by which the catalogues can be reached.

The words are derived from the catalogues, so that the two cannot drift apart. Only the walk is saved: every file is
parsed, so that a file which cannot be parsed is never taken for a clean one.

Most words decide alone. Some are too common for that (``remove``, ``system``, ``getattr``) and need company: the module
that they belong to, and for what writes files the beginning of a path that is protected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from gk_hooks.analyzers.python.api import Writes
from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES
from gk_hooks.analyzers.python.expressions import MIN_BLOB
from gk_hooks.model.places import first_names
from gk_hooks.model.regex import regex

BY_ATTRIBUTE = frozenset(
    "? os shutil pathlib builtins io codecs asyncio django test code types six commands future "
    "logging http copy link posix nt sh".split()
)
"""Roots that are common words, or modules that most programs import for harmless reasons: here the function's own
name is the word."""

ALWAYS = (
    "__builtins__ __import__ import_module vars globals locals __globals__ func_globals f_globals open_code".split()
)
"""Ways to reach a name without writing it, or its module."""

ACCESS = frozenset("getattr __getattribute__ __dict__ attrgetter methodcaller".split())
"""Ways to reach a name of a module that stands in the text, without writing the name."""

COMMON = frozenset({"submit", "run", "apply_async", "HTTP"})
"""Words too common to tell anything: what makes their calls interesting is another word that is here."""

LITERALS = (r"(?<![\w+/=-])[\w+/=-]{60,}", r"0\.0\.0\.0", r"[\"']::[\"']")
"""What matters by itself: encoded data, every interface."""

MIN_ENCODED = MIN_BLOB // 2
"""Characters of encoded data below which no literal is a large one."""


def _modules_of(path: str) -> tuple[str, str]:
    """The module that an API belongs to and its own name."""
    module, _, name = path.replace("()", "").removesuffix(".*").rpartition(".")
    return module, name


def _words() -> tuple[set[str], set[str], dict[str, set[str]]]:
    """The words that decide alone, the names of builtins, and the words that need company: the modules of each."""
    alone, builtins = set(ALWAYS), set[str]()
    common: dict[str, set[str]] = {}
    for path, apis in CATALOGUE.items():
        root = path.partition(".")[0].removesuffix("()")
        module, name = _modules_of(path)
        if root not in BY_ATTRIBUTE:
            common.setdefault(root, set()).add(root)
        elif all(isinstance(api, Writes) for api in apis):
            common.setdefault(name, set()).add("" if root == "builtins" else module)
        elif root == "builtins":
            builtins.add(name)
        elif root in {"?", "asyncio"}:
            alone.add(name)
        else:
            common.setdefault(name, set()).add(module)
    for path in ALIASES:
        root, _, rest = path.replace("()", "").partition(".")
        word = rest.rpartition(".")[2] if root in BY_ATTRIBUTE else root
        if word:
            common.setdefault(word, set()).add(word)
    for module in NETWORK_MODULES:
        root, _, rest = module.partition(".")
        if root in BY_ATTRIBUTE:
            alone.update({module, f"from {root} import {rest}"})
        else:
            common.setdefault(root, set()).add(root)
    alone -= COMMON
    kept = {word: modules for word, modules in common.items() if word not in alone | COMMON}
    return alone, builtins, {**kept, "builtins": {"builtins"}, "modules": {"sys"}}


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


_ALONE, _BUILTINS, _COMMON = _words()
_WRITES = frozenset(
    _modules_of(path)[1] for path, apis in CATALOGUE.items() if all(isinstance(api, Writes) for api in apis)
)
_INTERESTING = regex(
    "|".join((rf"(?<![.\w]){_tree(_BUILTINS)}\b", rf"\b{_tree({*_ALONE, *_COMMON, *ACCESS})}\b", *LITERALS)),
    re.ASCII,
)
"""A builtin behind a dot is somebody's method, unless the module of the builtins stands there, which is a word too."""

_PLACE = regex(
    rf"[\"'/\\]{_tree(first_names())}\b|[\"']/[\"']|[\"']/[\w.-]+[\"']|[\"']~|%\w+%|\$\w|[\"'][a-z]:[/\\]"
    r"|\b(?:home|expanduser|expandvars|environ|getenv|sep|startup|profile|chr|bytes|fromhex|decode)\b|decode",
    re.ASCII | re.IGNORECASE,
)
"""What the beginning of a protected path, or of one that brings something back, can be made from."""


_IMPORT = regex(r"\b(?:import|from)\b((?:[^\\\n]|\\\r?\n|\\)*)")
_NAME = regex(r"\w+")
_OWNER = regex(r"\b(\w+)\.\w")
_MODULES = {
    module: frozenset({root, *(old.partition(".")[0] for old, new in ALIASES.items() if new.partition(".")[0] == root)})
    for module in sorted({module for modules in _COMMON.values() for module in modules if module})
    for root in [module.partition(".")[0]]
}
"""Each module and the names by which its package is imported."""

_REACHABLE = frozenset(module for word, modules in _COMMON.items() for module in modules if module and word != module)


def may_matter(text: str) -> bool:
    """Whether *text* (NFKC-normalised, as Python reads identifiers) contains what the catalogues can be reached by."""
    common: set[str] = set()
    encoded = 0
    for match in _INTERESTING.finditer(text):
        word = match[0]
        if word in _COMMON or word in ACCESS:
            common.add(word)
        elif len(word) < 60:
            return True
        else:
            encoded += len(word)
    return encoded >= MIN_ENCODED or (bool(common) and _in_company(common, text))


def _in_company(words: set[str], text: str) -> bool:
    """Whether the module of one of the common *words* is at hand, and a protected path for those that write files."""
    at_hand = {name for line in _IMPORT.findall(text) for name in _NAME.findall(line)}
    at_hand.update(_OWNER.findall(text))  # subprocess.run in a fragment that nothing imports
    modules = {module for module in _MODULES if at_hand & _MODULES[module] and _stands(module, text)}
    if not modules.isdisjoint(_REACHABLE) and not words.isdisjoint(ACCESS):
        return True
    reached = {word for word in words - ACCESS if "" in _COMMON[word] or not modules.isdisjoint(_COMMON[word])}
    return not reached <= _WRITES or (bool(reached) and _PLACE.search(text) is not None)


def _stands(module: str, text: str) -> bool:
    """Whether the own name of a submodule stands somewhere; its package is at hand."""
    package, _, name = module.rpartition(".")
    return not package or re.search(rf"\b{re.escape(name)}\b", text) is not None
