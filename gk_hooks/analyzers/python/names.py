"""Names: today's name of an API, and whether the catalogues know anything that begins with it."""

from __future__ import annotations

import builtins
from functools import lru_cache

from gk_hooks.analyzers.python.catalogue import ALIASES, CATALOGUE, NETWORK_MODULES
from gk_hooks.analyzers.python.folding import FOLDERS

BUILTINS = frozenset(dir(builtins)) | {"execfile", "unicode", "raw_input", "reload"}

_EXTRA = (
    "builtins.getattr builtins.vars builtins.globals builtins.locals builtins.dir sys.modules sys.executable sys.argv "
    "winreg.OpenKey win32api.RegOpenKeyEx winreg.HKEY_CURRENT_USER winreg.HKEY_LOCAL_MACHINE winreg.HKEY_USERS winreg.HKEY_CLASSES_ROOT "
    "os.environ os.sep os.path.sep os.devnull socket.INADDR_ANY string.ascii_lowercase string.digits"
)


def _prefixes(path: str) -> list[str]:
    """``a.b().c`` → a, a.b, a.b(), a.b().c."""
    found = [path]
    while path:
        path = path[:-2] if path.endswith("()") else path.rpartition(".")[0]
        found.append(path)
    return [prefix for prefix in found if prefix]


KNOWN: frozenset[str] = frozenset(
    prefix
    for path in (*CATALOGUE, *FOLDERS, *ALIASES, *ALIASES.values(), *NETWORK_MODULES, *_EXTRA.split())
    for prefix in _prefixes(path)
)
"""Every beginning of a name that means something."""


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
    return path in KNOWN or canonical(path) in KNOWN
