"""Names: today's name of an API, and whether the catalogues know anything that begins with it."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import lru_cache

from gk_hooks.analyzers.python.api import Api, Deserializes
from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES
from gk_hooks.analyzers.python.folding.functions import FOLDERS

BUILTINS = frozenset(dir(builtins)) | {"execfile", "unicode", "unichr", "raw_input", "reload"}

_EXTRA = (
    "builtins.getattr builtins.vars builtins.globals builtins.locals builtins.dir builtins.object.__getattribute__ "
    "operator.attrgetter() operator.methodcaller() sys.modules sys.executable sys.argv os.environ os.sep os.path.sep "
    "os.devnull socket.INADDR_ANY socket.INADDR_LOOPBACK socket.AF_UNIX string.ascii_lowercase string.ascii_uppercase "
    "string.digits winreg.OpenKey() winreg.CreateKey() win32api.RegOpenKeyEx() winreg.HKEY_CURRENT_USER "
    "winreg.HKEY_LOCAL_MACHINE winreg.HKEY_USERS winreg.HKEY_CLASSES_ROOT "
    "yaml.Loader yaml.UnsafeLoader yaml.FullLoader yaml.CLoader yaml.CUnsafeLoader yaml.CFullLoader "
    "ruamel.yaml.Loader ruamel.yaml.UnsafeLoader ruamel.yaml.CLoader"
)


def _prefixes(path: str) -> list[str]:
    """``a.b().c`` → a, a.b, a.b(), a.b().c."""
    found = [path]
    while path:
        path = path[:-2] if path.endswith("()") else path.rpartition(".")[0]
        found.append(path)
    return [prefix for prefix in found if prefix]


def _conditions(apis: tuple[Api, ...]) -> Iterator[str]:
    """The names that the catalogue compares arguments with (``yaml.SafeLoader``)."""
    for api in apis:
        if isinstance(api, Deserializes):
            for condition in (api.unless, api.only_if):
                yield from (value for value in (condition or (None, ()))[1] if isinstance(value, str) and "." in value)


EFFECTFUL: frozenset[str] = frozenset(
    prefix for path in (*CATALOGUE, *ALIASES, *ALIASES.values(), *NETWORK_MODULES) for prefix in _prefixes(path)
)
"""Every beginning of a name behind which there is more than a value."""

KNOWN: frozenset[str] = EFFECTFUL | {
    prefix
    for path in (*FOLDERS, *_EXTRA.split(), *(name for apis in CATALOGUE.values() for name in _conditions(apis)))
    for prefix in _prefixes(path)
}
"""Every beginning of a name that means something."""

FAMILIES = tuple(sorted(path[:-1] for path in CATALOGUE if path.endswith(".*")))
"""Beginnings below which every name means the same: ``ctypes.windll.``."""

MODULES: frozenset[str] = frozenset(path.partition(".")[0].removesuffix("()") for path in (*CATALOGUE, *ALIASES)) - {
    "?",
    "builtins",
}
"""Modules, and a function of notebooks, that a name which nothing binds is taken for."""


@lru_cache(maxsize=4096)
def canonical(path: str) -> str:
    """*path* with old and vendored prefixes replaced (``urllib2.urlopen`` → ``urllib.request.urlopen``)."""
    for _ in range(4):
        for prefix in _prefixes(path):
            new = ALIASES.get(prefix)
            if new is not None and new != prefix:
                path = new + path[len(prefix) :]
                break
        else:
            return path
    return path


@lru_cache(maxsize=4096)
def is_catalogued(path: str) -> bool:
    """Whether *path*, or something that begins with it, is in a catalogue."""
    return path in KNOWN or canonical(path) in KNOWN or path.startswith(FAMILIES)


@lru_cache(maxsize=4096)
def meanings(path: str) -> tuple[Api, ...]:
    """What the catalogue says of calling *path*."""
    found = CATALOGUE.get(path)
    if found is None:
        family = next((family for family in FAMILIES if path.startswith(family)), None)
        found = CATALOGUE[f"{family}*"] if family is not None and "()" not in path else ()
    return found
