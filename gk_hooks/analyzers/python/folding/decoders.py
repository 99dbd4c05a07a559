"""Decoders: what they make of constants, and the memory of them in the provenance when the content is not known."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import lzma
import warnings
import zlib
from collections.abc import Callable
from functools import partial

from gk_hooks.analyzers.python.values import Arguments, Flavour, Str, Value
from gk_hooks.analyzers.python.views import text_of
from gk_hooks.model.values import HOLE, MAX_LENGTH, Text

MAX_MEMORY = 64 * 1024 * 1024

Folder = Callable[[Arguments], "Value | None"]

PLAIN = frozenset({"utf-8", "utf8", "ascii", "us-ascii", "latin-1", "latin1", "utf-16-le", "utf-16", "unicode-escape"})
"""Encodings that hide nothing; all others that are known here are decoding steps."""


def decoded(step: str, text: Text, decode: Callable[[str], str], flavour: Flavour = Flavour.BYTES) -> Str:
    """*text* after *decode*, and known to have gone through *step* whatever comes of it."""

    def safely(option: str) -> str:
        if HOLE in option:
            return HOLE
        try:
            return decode(option)[:MAX_LENGTH].replace(HOLE, "\ufffd")
        except Exception:  # hostile input meets decoders of the standard library: whatever they raise, unknown it is
            return HOLE

    return Str(text.map(safely).decoding(step), flavour)


def _of_bytes(step: str, decode: Callable[[bytes], bytes]) -> Folder:
    def fold(arguments: Arguments) -> Value:
        text = text_of(arguments.get(0))
        return decoded(step, text, lambda option: decode(option.encode("latin-1")).decode("latin-1"))

    return fold


def _inflate(data: bytes) -> bytes:
    for bits in (15, -15, 31):
        try:
            return zlib.decompressobj(bits).decompress(data, MAX_LENGTH)
        except zlib.error:
            continue
    raise ValueError("no deflate stream")


def _unbz2(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data, MAX_LENGTH)


def _unlzma(data: bytes) -> bytes:
    return lzma.LZMADecompressor(memlimit=MAX_MEMORY).decompress(data, MAX_LENGTH)


def _from_hex(arguments: Arguments) -> Value:
    return decoded("hex", text_of(arguments.get(0)), lambda option: bytes.fromhex(option).decode("latin-1"))


DECODERS: dict[str, Folder] = {
    "base64": _of_bytes("base64", partial(base64.b64decode, validate=False)),
    "urlsafe base64": _of_bytes("base64", base64.urlsafe_b64decode),
    "base32": _of_bytes("base32", base64.b32decode),
    "base16": _of_bytes("base16", base64.b16decode),
    "base85": _of_bytes("base85", base64.b85decode),
    "ascii85": _of_bytes("ascii85", base64.a85decode),
    "hex": _of_bytes("hex", binascii.unhexlify),
    "bytes.fromhex": _from_hex,
    "zlib": _of_bytes("zlib", _inflate),
    "gzip": _of_bytes("gzip", _inflate),
    "bz2": _of_bytes("bz2", _unbz2),
    "lzma": _of_bytes("lzma", _unlzma),
    "marshal": lambda arguments: Str(Text(decoded=(*text_of(arguments.get(0)).decoded, "marshal"))),
}


def recode(method: str, owner: Str, encoding: Value | None) -> Value | None:
    """``owner.decode(encoding)`` or ``owner.encode(encoding)``."""
    codec = "utf-8" if encoding is None else (text_of(encoding).only or "").lower().replace("_", "-")
    if codec in {"rot13", "rot-13"}:
        return decoded("rot13", owner.text, lambda data: codecs.decode(data, "rot13"), Flavour.STR)
    if codec.removesuffix("-codec") in {"hex", "base64", "zlib", "bz2"}:
        return DECODERS[codec.removesuffix("-codec")](Arguments((owner,)))
    target = Flavour.STR if method == "decode" else Flavour.BYTES
    if owner.flavour is target:
        return owner
    if codec not in PLAIN:
        return Str(Text(decoded=owner.text.decoded), target)
    return Str(owner.text.map(lambda option: _recoded(option, method, codec)), target)


def _recoded(option: str, method: str, codec: str) -> str:
    pieces = option.split(HOLE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes
            if method == "decode":
                return HOLE.join(piece.encode("latin-1").decode(codec) for piece in pieces)
            return HOLE.join(piece.encode(codec).decode("latin-1") for piece in pieces)
    except (UnicodeError, LookupError):
        return HOLE
