"""One spelling for many: letters that look alike, invisible characters and width variants, all in lower case."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from gk_hooks.gate.names import LOOKALIKES

_PUNCTUATION = {"|": "∣", ";": ";", "'": "’‘ʼ′", '"': "“”″", ".": "。", "\\": "＼"}
_LOOKALIKES = [*LOOKALIKES.items(), *_PUNCTUATION.items()]

_INVISIBLE = (
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x2800, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
)

_TABLE: dict[int, str | None] = {ord(char): plain for plain, chars in _LOOKALIKES for char in chars}
_TABLE.update(dict.fromkeys(_INVISIBLE))
_TABLE.update({0xE0000 + code: chr(code) for code in range(0x20, 0x7F)})  # tag characters: ASCII that nobody sees
_TABLE[0xE0001] = _TABLE[0xE007F] = None

_HIDDEN_WORD = re.compile("[\U000e0020-\U000e007e]{8,}")  # the flags of regions are written with five in a row
_ACCENTS = re.compile("[\u0300-\u036f]+")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
_SHORT = 32


def fold(text: str) -> str:
    """*text* as it reads: without width variants, accents and what is invisible, look-alikes in Latin, in lower case."""
    if text.isascii():
        return text.lower()
    if len(text.encode("utf-8", "surrogatepass")) < len(text) * 9 // 8:  # a few characters: ASCII beside them stays
        return _NOT_ASCII.sub(_folded_run, text).lower()
    return _folded(text).lower()


def _folded_run(run: re.Match[str]) -> str:
    return _kept(run[0]) if len(run[0]) <= _SHORT else _folded(run[0])


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_TABLE))
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart).translate(_TABLE))


_kept = lru_cache(4096)(_folded)


def hides_text(text: str) -> bool:
    """True if *text* carries a word in tag characters, which are drawn by no font and read by every model."""
    return not text.isascii() and _HIDDEN_WORD.search(text) is not None
