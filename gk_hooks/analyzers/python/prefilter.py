"""Which Python files need a walk at all: those that contain a word by which the catalogues can be reached.

The words are derived from the catalogues, so that the two cannot drift apart. Only the walk is saved: every file is
parsed, so that a file which cannot be parsed is never taken for a clean one.

Most words decide alone. Some are too common for that (``remove``, ``system``, ``getattr``) and need company: the module
that they belong to, and for what writes files the beginning of a path that is protected.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gk_hooks.analyzers.python.api import Writes
from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES
from gk_hooks.analyzers.python.expressions import MIN_BLOB
from gk_hooks.model.places import first_names
from gk_hooks.model.records import dataclass
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

EVERY_INTERFACE = (b"0.0.0.0", b"'::'", b'"::"')
"""What matters by itself."""

MIN_RUN = 60
"""Characters without a blank or punctuation from which on they may be encoded data."""

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


_ALONE, _BUILTINS, _COMMON = _words()
_PHRASES = regex(rb"\b(?:" + "|".join(sorted(each for each in _ALONE if not each.isidentifier())).encode() + rb")\b")
_WRITES = frozenset(
    _modules_of(path)[1] for path, apis in CATALOGUE.items() if all(isinstance(api, Writes) for api in apis)
)
_MODULES = {
    module: frozenset({root, *(old.partition(".")[0] for old, new in ALIASES.items() if new.partition(".")[0] == root)})
    for module in sorted({module for modules in _COMMON.values() for module in modules if module})
    for root in [module.partition(".")[0]]
}
"""Each module and the names by which its package is imported."""

_REACHABLE = frozenset(module for word, modules in _COMMON.items() for module in modules if module and word != module)


def _encoded(words: Iterable[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words)


_ALONE_WORDS = _encoded(_ALONE)
_BUILTIN_WORDS = _encoded(_BUILTINS)
_ALWAYS_COMMON = _encoded(COMMON)
_WRITING = _encoded(_WRITES)
_BY_OTHER_NAMES = _encoded({*ALWAYS, *ACCESS, "modules"})
"""Where one of these reaches a module, it may go by any name: words are no longer told by whose module is at hand."""

_IN_COMPANY = _encoded({*_COMMON, *ACCESS})

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_WORDS_ALONE = bytes(code if code in _LETTERS else 32 for code in range(256))
_RUNS_ALONE = bytes(97 if code in _LETTERS + b"+/=-" else 32 for code in range(256))
"""Tables for bytes.translate, which looks at a text a hundred times faster than re: all but words is blank, and all but
what encoded data is made of, which is \"a\"."""

_BUILTIN = {word: regex(rb"(?<![.\w])" + word + rb"\b") for word in _BUILTIN_WORDS}
"""A builtin behind a dot is somebody's method, unless the module of the builtins stands there, which is a word too."""

_IMPORTS = regex(rb"\b(?:import|from)\b")

_PLACE_WORDS = frozenset(
    b"home expanduser expandvars environ getenv sep startup profile chr bytes fromhex decode".split()
)
_PLACE = regex(
    rb"[\"'/\\%$](?:(?<=[\"'/\\])(?:" + "|".join(map(re.escape, sorted(first_names()))).encode() + rb")\b"
    rb"|(?<=[\"'])(?:/[\w.-]*[\"']|~|[a-z]:[/\\])|(?<=%)\w+%|(?<=\$)\w)"
)
"""With those words, what the beginning of a protected path, or of one that brings something back, can be made from; in
a text of small letters."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How the catalogues can be reached from one file, whose text is *data*: by *words*, *builtins* where no dot is
    before them, *signs* that stand anywhere, and phrases. encoded: whether some of it may be encoded data."""

    data: bytes
    words: frozenset[bytes]
    builtins: frozenset[bytes]
    signs: tuple[bytes, ...]
    phrases: bool
    encoded: bool

    def places(self) -> Iterator[int]:
        """The offsets at which that happens."""
        for word in self.words:
            yield from places(word, self.data)
        for word in self.builtins:
            yield from (at for at in places(word, self.data) if self.data[at - 1 : at] != b".")
        for sign in self.signs:
            yield from _occurrences(sign, self.data)
        if self.phrases:
            yield from (match.start() for match in _PHRASES.finditer(self.data))


def reach(text: str) -> Reach | None:
    """How the catalogues can be reached from *text*; None if they cannot."""
    # as Python reads identifiers
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    data = text.encode("utf-8", "replace")
    words = words_of(data)
    alone = words & _ALONE_WORDS
    builtins = frozenset(word for word in words & _BUILTIN_WORDS if _BUILTIN[word].search(data))
    common = words & _IN_COMPANY
    company = frozenset(_in_company(common, words, data) if common else ())
    if not _BY_OTHER_NAMES.isdisjoint(alone | company):
        company |= common if _names_a_place(words, data) else common - _WRITING
    signs = tuple(sign for sign in EVERY_INTERFACE if sign in data)
    phrases = b"http" in words and _PHRASES.search(data) is not None
    encoded = encoded_size(data) >= MIN_ENCODED
    if alone or builtins or company or signs or phrases or encoded:
        return Reach(data, alone | _ALWAYS_COMMON | company, builtins, signs, phrases, encoded)
    return None


def words_of(data: bytes) -> frozenset[bytes]:
    """What stands between blanks and punctuation."""
    return frozenset(data.translate(_WORDS_ALONE).split())


def encoded_size(data: bytes) -> int:
    """How many characters of *data* may be encoded."""
    runs = data.translate(_RUNS_ALONE)
    if b"a" * MIN_RUN not in runs:
        return 0
    return sum(len(run) for run in runs.split() if len(run) >= MIN_RUN)


def _in_company(common: frozenset[bytes], words: frozenset[bytes], data: bytes) -> Iterable[bytes]:
    """Those of the *common* words whose module is at hand, for those that write files only beside a protected path."""
    at_hand: dict[str, bool] = {"": True}
    place: bool | None = None

    def is_at_hand(module: str) -> bool:
        if module not in at_hand:
            at_hand[module] = _module_at_hand(module, words, data)
        return at_hand[module]

    found = []
    for encoded in sorted(common):
        word = encoded.decode()
        if not any(map(is_at_hand, _REACHABLE if word in ACCESS else _COMMON[word])):
            continue
        if word in _WRITES:
            place = _names_a_place(words, data) if place is None else place
            if not place:
                continue
        found.append(encoded)
    return found


def _module_at_hand(module: str, words: frozenset[bytes], data: bytes) -> bool:
    """Whether *module* is imported, or used in a fragment that imports nothing (``subprocess.run``)."""
    package, _, own = module.rpartition(".")
    names = words & _encoded(_MODULES[module])
    return bool(names) and (not package or own.encode() in words) and any(_is_at_hand(name, data) for name in names)


def _is_at_hand(name: bytes, data: bytes) -> bool:
    for at in places(name, data):
        end = at + len(name)
        before = data[at - 1 : at]
        if data[end : end + 1] == b"." and before != b"." and data[end + 1 : end + 2].translate(_WORDS_ALONE).strip():
            return True
        start = data.rfind(b"\n", 0, at) + 1
        while data[:start].endswith((b"\\\n", b"\\\r\n")):
            start = data.rfind(b"\n", 0, start - 1) + 1
        if _IMPORTS.search(data, start, at):
            return True
    return False


def places(name: bytes, data: bytes) -> Iterator[int]:
    """Where *name* stands as a word."""
    for at in _occurrences(name, data):
        end = at + len(name)
        if (at == 0 or data[at - 1] not in _LETTERS) and (end == len(data) or data[end] not in _LETTERS):
            yield at


def _occurrences(part: bytes, data: bytes) -> Iterator[int]:
    at = data.find(part)
    while at >= 0:
        yield at
        at = data.find(part, at + len(part))


def _names_a_place(words: frozenset[bytes], data: bytes) -> bool:
    small = {word.lower() for word in words}
    if not small.isdisjoint(_PLACE_WORDS) or any(b"decode" in word for word in small):
        return True
    return _PLACE.search(data.lower()) is not None
