"""The words of a Windows command line: switches and their values, operands, URLs and shares inside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gk_hooks.analyzers.commands.cmdline import like
from gk_hooks.model.regex import regex
from gk_hooks.model.values import Text

MAX_FOUND = 32
_URL = regex(r"(?:https?|ftps?|tftp|wss?|sftp|ldap|smb)://[^\s\"'<>|,;)]{1,2048}", re.IGNORECASE)
_SHARE = regex(r"(?:^|(?<=[=@,\"'(])|(?<=\w\w:))\\\\([^\\/\s\"'?.:*<>|][^\\/\s\"'<>|]{0,255})\\(?=[^\\\s])")


def lower(word: Text) -> str:
    """The word in lower case: the first of its possible values."""
    return word.options[0].lower()


def switch_values(args: Sequence[Text], *names: str) -> list[Text]:
    """The values of the switches *names* (``/s``): in the next word, or behind ``:`` or ``=`` in the same."""
    found: list[Text] = []
    for index, word in enumerate(args):
        text = lower(word)
        if text in names:
            found += args[index + 1 : index + 2]
            continue
        for name in names:
            if text.startswith((name + ":", name + "=")):
                end = len(name) + 1
                found.append(word.map(lambda option, end=end: option[end:]))  # type: ignore[misc]
    return found


def operands(args: Iterable[Text], *, dashes: bool = True) -> list[Text]:
    """The words that are no switches. *dashes*: ``-x`` is a switch too. ``/etc/x`` and ``/?`` are switches here."""
    signs = ("/", "-") if dashes else ("/",)
    return [word for word in args if not all(option.startswith(signs) for option in word.options)]


def urls_in(word: Text) -> list[Text]:
    """Every URL in the word, wherever it stands (``/i:https://…``, ``script:https://…``)."""
    found = [match[0] for option in word.options for match in _URL.finditer(option)]
    return [like(word, url) for url in dict.fromkeys(found[:MAX_FOUND])]


def shares_in(word: Text) -> list[Text]:
    """The host of each ``\\\\host\\share`` in the word; ``host@SSL`` is WebDAV's spelling."""
    found = [match[1].partition("@")[0] for option in word.options for match in _SHARE.finditer(option)]
    return [like(word, host) for host in dict.fromkeys(found[:MAX_FOUND])]
