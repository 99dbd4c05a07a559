"""Names and texts in a disguise: characters that show nothing, or that look like another.

What a name looks like, its *skeleton*, is NFKC-normalised, without invisible characters, with letters of other scripts
that look Latin replaced by the Latin ones (after Unicode Technical Standard #39), and in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_KEPT = 256
"""Longer names are looked at anew each time, so that nobody can fill the memory with them."""

LOOKALIKES = {
    "a": "аɑα",
    "b": "ƅЬ",
    "c": "сϲᴄ",
    "d": "ԁ",
    "e": "еҽ℮",
    "f": "ſք",
    "g": "ɡցᶃ",
    "h": "һհ",
    "i": "іιıɩ",
    "j": "јϳ",
    "k": "кκ",
    "l": "ӏⅼǀו",
    "m": "м",
    "n": "ոпη",
    "o": "оοօσჿ",
    "p": "рρ",
    "q": "ԛզ",
    "r": "гᴦ",
    "s": "ѕꜱ",
    "t": "тτ",
    "u": "υսʋᴜ",
    "v": "νѵᴠ",
    "w": "ԝѡաωᴡ",
    "x": "хχ",
    "y": "уγүʏ",
    "z": "ᴢ",
    "A": "АΑᎪ",
    "B": "ВΒᏴ",
    "C": "СϹᏟ",
    "D": "Ꭰ",
    "E": "ЕΕᎬ",
    "F": "Ϝ",
    "G": "ԌᏀ",
    "H": "НΗᎻ",
    "I": "ІΙӀ",
    "J": "ЈᎫ",
    "K": "КΚᏦ",
    "L": "Ꮮ",
    "M": "МΜᎷ",
    "N": "Ν",
    "O": "ОΟՕ",
    "P": "РΡᏢ",
    "Q": "Ԛ",
    "R": "Ꭱ",
    "S": "ЅՏᏚ",
    "T": "ТΤᎢ",
    "U": "Սᑌ",
    "V": "Ѵᐯ",
    "W": "ԜᎳ",
    "X": "ХΧ",
    "Y": "УΥҮ",
    "Z": "ΖᏃ",
    "-": "‐‑‒–—―−⁃",
    "_": "ˍ‿",
    ".": "․‧ꓸ",
    "/": "∕⁄⧸╱",
    "\\": "∖⧵⧹",
    ":": "∶ː։",
    "~": "∼˜",
}
"""A character, and those that look like it; what NFKC maps by itself (fullwidth, mathematical) is left out."""

_AS_LATIN = {ord(alike): plain for plain, all_alike in LOOKALIKES.items() for alike in all_alike}
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def plain(text: str) -> str:
    """*text* without its disguises, in its own case; ASCII without control characters is returned as it is."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_AS_LATIN)
    elif text.isprintable():
        return text
    return _INVISIBLE.sub("", text)


def skeleton(name: str) -> str:
    """What *name* looks like: two names with one skeleton can be taken for each other."""
    return _kept_skeleton(name) if len(name) <= LONGEST_KEPT else _skeleton(name)


def _skeleton(name: str) -> str:
    return plain(name).strip().casefold()


_kept_skeleton = lru_cache(4096)(_skeleton)
