"""What a text says behind an encoding. Every decoder is linear, and the total it may give is bounded."""

from __future__ import annotations

import base64
import binascii
import html
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gk_hooks.gate.threats.runs import Runs, bytes_of

_ROUNDS = 3
_SHORT = 8_192
"""Disguises of a whole text (letters swapped, mirrored, spaced out) are tried on texts up to this length."""

_SOLID = Runs(string.ascii_letters + string.digits, 512)
_LONG = 4_096
_SHORTEST = 16
"""A shorter text has no room for an encoded or a rearranged one that says anything."""

_MOST_VIEWS = 100
_MOST_PAYLOADS = 32
_LARGEST_PAYLOAD = 65_536


@dataclass(frozen=True, slots=True)
class View:
    """A text that was found, and the decodings that led to it (empty for the text itself)."""

    text: str
    how: tuple[str, ...] = ()

    def then(self, text: str, how: str) -> View:
        """What comes out of one more decoding."""
        return View(text, self.how if how in self.how else (*self.how, how))


def views(text: str) -> Iterator[View]:
    """*text* itself, then everything that can be decoded out of it, each once."""
    seen = {text}
    left = _MOST_VIEWS
    budget = max(len(text), _LARGEST_PAYLOAD) * 2
    queue = [(View(text), 0)]
    while queue:
        view, depth = queue.pop(0)
        yield view
        if depth == _ROUNDS or (view.how and view.how[-1] in LETTERS_MOVED):
            continue
        for found in _decoded(view, whole=depth == 0):
            if left and found.text not in seen and len(found.text) <= budget:
                left -= 1
                budget -= len(found.text)
                seen.add(found.text)
                queue.append((found, depth + 1))


def without_solid_runs(text: str) -> str:
    """A long text without what no word can stand in: hundreds of letters and digits in a row, such as encoded data."""
    if len(text) <= _LONG:
        return text
    pieces: list[str] = []
    done = 0
    for start, end in _SOLID.find(bytes_of(text)):
        pieces += (text[done : start + 128], " ", text[end - 128 : end])
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _decoded(view: View, *, whole: bool) -> Iterator[View]:
    for how, mark, decode in _INLINE:
        if mark in view.text and (text := decode(view.text)) != view.text:
            yield view.then(text, how)
    if len(view.text) < _SHORTEST:
        return
    yield from _payloads(view)
    if whole and len(view.text) <= _SHORT:
        for how, undo in _WHOLE:
            if (text := undo(view.text)) != view.text:
                yield view.then(text, how)


# --- inline: some characters of the text are written in another way ---------------------------------------------------

_PERCENT = re.compile(rb"%(?:u([0-9a-fA-F]{4})|([0-9a-fA-F]{2}))")
_OVERLONG = re.compile(rb"[\xc0\xc1]([\x80-\xbf])|\xe0[\x80-\x9f]([\x80-\xbf])|\xf0\x80[\x80-\x9f]([\x80-\xbf])")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-7]{3}))")
_HEX_CHARACTER = re.compile(r"0x([2-7][0-9a-fA-F])(?![0-9a-fA-F])")


def _percent(text: str) -> str:
    data = _PERCENT.sub(_percent_bytes, text.encode("utf-8", "surrogatepass"))
    return _OVERLONG.sub(_short_form, data).decode("utf-8", "replace")


def _percent_bytes(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return chr(int(match[1], 16)).encode("utf-8", "surrogatepass")
    return bytes([int(match[2], 16)])


def _short_form(match: re.Match[bytes]) -> bytes:
    """An ASCII character that was written with more bytes than it needs, which lax decoders accept."""
    data = match[0]
    code = (data[-2] & 0x3F if len(data) > 2 else data[0] & 0x1F) << 6 | data[-1] & 0x3F
    return bytes([code]) if code < 0x80 else b"?"


def _escapes(text: str) -> str:
    return _ESCAPE.sub(_escaped_character, text)


def _escaped_character(match: re.Match[str]) -> str:
    code = int(match[5], 8) if match[5] else int(match[1] or match[2] or match[3] or match[4], 16)
    return chr(code) if code < 0x110000 else match[0]


def _hex_characters(text: str) -> str:
    return _HEX_CHARACTER.sub(lambda match: chr(int(match[1], 16)), text)


_INLINE: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("percent", "%", _percent),
    ("HTML entities", "&", html.unescape),
    ("escapes", "\\", _escapes),
    ("hex characters", "0x", _hex_characters),
)

# --- payloads: a run of characters that is another text -----------------------------------------------------------------

_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,6}")
_RUN_AT = Runs(string.ascii_letters + string.digits + "+/_-", 16)
_WORDS = re.compile(r"(?:[0-9a-fA-F.-]{1,8}[ ,:/]{1,3}){6,}[0-9a-fA-F.-]{1,8}")
_WORDS_AT = Runs(string.hexdigits + ".- ,:/", 13)
_ASCII85 = re.compile(r"<~([!-uz\s]{20,65536})~>")
_BASE85 = re.compile(r"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{40,}")
_BASE85_AT = Runs(string.ascii_letters + string.digits + "!#$%&()*+;<=>?@^_`{|}~-", 40)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_BASE32 = re.compile(r"[A-Z2-7]{24,}={0,6}")
_HEX_WORDS = re.compile(r"(?:[0-9a-fA-F]{2}[ :,]{1,2}){11,}[0-9a-fA-F]{2}")
_BINARY = re.compile(r"(?:[01]{8}[ ,]){5,}[01]{8}")
_DECIMAL = re.compile(r"(?:\d{2,3}[ ,]{1,2}){11,}\d{2,3}")
_MORSE = re.compile(r"(?:[.-]{1,6}[ /]{1,3}){12,}[.-]{1,6}")
_MORSE_CODE = dict(
    zip(
        (
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
            " ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. .-.-.- --..-- ..--.. -....- ..--.- .--.-."
        ).split(),
        "abcdefghijklmnopqrstuvwxyz0123456789.,?-_@",
        strict=True,
    )
)


def _base64(run: str) -> bytes:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(body[: len(body) - (len(body) % 4 == 1)] + "=" * (-len(body) % 4))


def _base32(run: str) -> bytes:
    body = run.rstrip("=")
    body = body[: len(body) - {1: 1, 3: 1, 6: 1}.get(len(body) % 8, 0)]
    return base64.b32decode(body + "=" * (-len(body) % 8))


def _digits(base: int) -> Callable[[str], bytes]:
    return lambda run: bytes(int(number, base) for number in re.findall(r"[0-9a-fA-F]+", run))


def _bits(run: str) -> bytes:
    digits = re.sub(r"\s", "", run)
    return int(digits, 2).to_bytes(len(digits) // 8, "big") if len(digits) <= _SHORT * 8 else b""


def _morse(run: str) -> bytes:
    words = ("".join(_MORSE_CODE.get(sign, "?") for sign in word.split()) for word in run.split("/"))
    return " ".join(words).encode()


_Decoders = tuple[tuple[str, re.Pattern[str], Callable[[str], bytes]], ...]
_ANY = re.compile(r"(?s:.+)")
_FEW = re.compile(r"(?s:.{1,4000})")  # these two are decoded in Python, slowly
_RUNS: _Decoders = (
    ("binary", re.compile(r"(?:[01]{8}){6,}"), _bits),
    ("hex", _HEX, bytes.fromhex),
    ("base32", _BASE32, _base32),
    ("base64", _ANY, _base64),
)
_SPACED_OUT: _Decoders = (
    ("binary", _BINARY, _bits),
    ("hex", _HEX_WORDS, _digits(16)),
    ("decimal", _DECIMAL, _digits(10)),
    ("morse", _MORSE, _morse),
)
_PAYLOADS: tuple[tuple[re.Pattern[str], Runs | None, _Decoders], ...] = (
    (_RUN, _RUN_AT, _RUNS),
    (_WORDS, _WORDS_AT, _SPACED_OUT),
    (_ASCII85, None, (("ascii85", _FEW, base64.a85decode),)),
    (_BASE85, _BASE85_AT, (("base85", _FEW, base64.b85decode),)),
)
"""Where a payload may stand (in a long text: within which runs), and what it may be: the first that its characters fit."""

_PADDING = 6


def _payloads(view: View) -> Iterator[View]:
    left = _MOST_PAYLOADS
    loose = without_solid_runs(view.text)
    for where, runs, decoders in _PAYLOADS:
        for match in _matches(where, runs, loose if where is _WORDS else view.text):
            run = match[match.lastindex or 0][:_LARGEST_PAYLOAD]
            for how, alphabet, decode in decoders:
                if (fits := alphabet.search(run)) and (text := _attempt(decode, fits[0])):
                    yield view.then(text, how)
                    left -= 1
                    break
            if not left:
                return


def _matches(where: re.Pattern[str], runs: Runs | None, text: str) -> Iterator[re.Match[str]]:
    if runs is None or len(text) <= _LONG:
        yield from where.finditer(text)
        return
    for start, end in runs.find(bytes_of(text)):
        yield from where.finditer(text, start, end + _PADDING)


def _attempt(decode: Callable[[str], bytes], run: str) -> str:
    try:
        return _readable(decode(run))
    except (ValueError, binascii.Error, OverflowError):
        return ""


_STRANGE = re.compile("[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SAMPLE = 1_024


def _readable(data: bytes) -> str:
    """*data* as text if it is one in which somebody may read a sentence, else an empty text."""
    if len(data) < 8:
        return ""
    text = data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-8", "replace")
    sample = text[:_SAMPLE]
    return text if len(_STRANGE.findall(sample)) <= len(sample) // 20 else ""


# --- whole: every letter of the text is moved ---------------------------------------------------------------------------

_LEET = str.maketrans("0134578@$!", "oieastbasi")
_ROT13 = str.maketrans(
    string.ascii_letters,
    "".join(letters[13:] + letters[:13] for letters in (string.ascii_lowercase, string.ascii_uppercase)),
)
_MIXED = re.compile(r"[A-Za-z][0134578@$!][A-Za-z]|[0134578@$!][A-Za-z][0134578@$!]")
_SPACED = re.compile(r"(?<!\w)(?:\w[ ._-]){3,}\w(?!\w)")
_GAPS = re.compile(r"[ ._-]")


def _unleet(text: str) -> str:
    return text.translate(_LEET) if _MIXED.search(text) else text


def _unspaced(text: str) -> str:
    return _SPACED.sub(lambda match: _GAPS.sub("", match[0]), text)


_WHOLE: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("letters spaced out", _unspaced),
    ("digits for letters", _unleet),
    ("rot13", lambda text: text.translate(_ROT13)),
    ("mirrored", lambda text: text[::-1]),
)
LETTERS_MOVED = frozenset(how for how, _ in _WHOLE)
"""Disguises of a whole text: what they give is read as it is, and looked through for words alone."""
