"""What commands print, as far as it is constant: echo, printf, cat of a here-document, and decoders."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable

from gk_hooks.analyzers.shell.lexer import unescape
from gk_hooks.model.records import replace
from gk_hooks.model.values import HOLE, UNKNOWN, Text, concat

MAX_DECODED = 1_000_000


def printed(name: str, args: list[Text], stdin: Text | None) -> Text:
    """The standard output of the command *name*; *stdin* is what is piped in, None when nothing is."""
    words = [arg.only or "" for arg in args]
    if name == "echo":
        return _echo(args)
    if name == "printf":
        return _printf(args)
    if name in ("cat", "tee") and stdin is not None and (name == "tee" or not args or words == ["-"]):
        return stdin
    for names, flag, step, decode in _DECODERS:
        if name in names and re.search(flag, " ".join(words)):
            return _decoded(stdin if stdin is not None else UNKNOWN, step, decode)
    return replace(UNKNOWN, origin=f"output of {name}" if name else "", decoded=stdin.decoded if stdin else ())


def prints_files(name: str, args: list[Text]) -> bool:
    """``cat FILE``: what is piped on is a file like any other, no text that this script made."""
    return name == "cat" and bool(args) and all((arg.only or "-") != "-" for arg in args)


def _decoded(text: Text, step: str, decode: Callable[[str], str] | None) -> Text:
    def one(option: str) -> str:
        if decode is None or HOLE in option or len(option) > MAX_DECODED:
            return HOLE
        try:
            return decode(option)
        except (ValueError, binascii.Error):
            return HOLE

    return text.map(one).decoding(step)


def _base64(option: str) -> str:
    return base64.b64decode("".join(option.split())).decode("utf-8")


def _hex(option: str) -> str:
    return bytes.fromhex("".join(option.split()).replace("\\x", "")).decode("utf-8")


def _reverse(option: str) -> str:
    return "\n".join(line[::-1] for line in option.split("\n"))


def _rot13(option: str) -> str:
    return codecs.encode(option, "rot13")


_DECODERS: tuple[tuple[tuple[str, ...], str, str, Callable[[str], str] | None], ...] = (
    (("base64", "gbase64"), r"(?:^|\s)(?:-\w*[dD]|--decode)", "base64", _base64),
    (("b64decode",), r"", "base64", _base64),
    (("base32",), r"(?:^|\s)(?:-\w*[dD]|--decode)", "base32", lambda option: base64.b32decode(option.strip()).decode()),
    (("openssl",), r"(?:^base64|-base64|-a\b).*\s-d|-d\b.*(?:-base64|-a\b)", "base64", _base64),
    (("openssl",), r"^(?:enc|aes|des|rc4|smime|cms|rsautl).*\s-(?:d|decrypt)\b", "cipher", None),
    (("xxd",), r"-\w*r", "hex", _hex),
    (("rev",), r"", "reverse", _reverse),
    (("tr",), r"A-Z.*N-Z|a-z.*n-z", "rot13", _rot13),
    (("gunzip", "zcat", "bunzip2", "bzcat", "unxz", "xzcat", "unlzma", "zstdcat"), r"", "decompress", None),
    (("gzip", "bzip2", "xz", "lzma", "zstd"), r"(?:^|\s)-\w*d|--decompress", "decompress", None),
    (("uudecode",), r"", "uuencode", None),
    (("gpg", "gpg2"), r"(?:^|\s)(?:-d|--decrypt)", "cipher", None),
)
"""Names, the flags that make them decode, the step's name, and how to do it to constants."""


def _echo(args: list[Text]) -> Text:
    escapes, newline = False, True
    while args and re.fullmatch(r"-[neE]+", args[0].only or ""):
        flags, args = args[0].only or "", args[1:]
        escapes, newline = escapes or "e" in flags, newline and "n" not in flags
    parts: list[Text] = []
    for index, arg in enumerate(args):
        parts += [Text.of(" "), arg] if index else [arg]
    text = concat([*parts, Text.of("\n" if newline else "")])
    return text.map(unescape) if escapes else text


def _printf(args: list[Text]) -> Text:
    args = args[1:] if args and args[0].only == "--" else args
    if not args or (args[0].only or "") == "-v":
        return UNKNOWN
    form, rest = unescape(args[0].options[0]), list(args[1:])
    parts: list[Text] = []
    for _ in range(max(1, len(rest))):
        for piece in re.split(r"(%%|%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])", form):
            if piece == "%%":
                parts.append(Text.of("%"))
            elif not piece.startswith("%") or len(piece) < 2:
                parts.append(Text.template(piece))
            elif piece == "%b" and rest:
                parts.append(rest.pop(0).map(unescape))
            elif piece[-1] in "sd":
                parts.append(rest.pop(0) if rest else Text.of(""))
            else:
                rest = rest[1:]
                parts.append(UNKNOWN)
        if not rest or "%" not in form:
            break
    return concat(parts)
