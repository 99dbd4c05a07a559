"""What .NET's static members and streams make of constant values: decoding, encoding, paths, addresses."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from urllib.parse import unquote_plus

from gk_hooks.analyzers.powershell.folding import characters, format_text, join_items, number_of
from gk_hooks.analyzers.powershell.values import (
    PIECES,
    Bytes,
    Integer,
    Items,
    Object,
    Value,
    decoding,
    joined,
    list_of,
    text_of,
    unknown_from,
)
from gk_hooks.model.records import replace
from gk_hooks.model.values import HOLE, UNKNOWN, Text

MAX_INFLATED = 100_000

CODECS = {
    "utf8": "utf-8",
    "unicode": "utf-16-le",
    "bigendianunicode": "utf-16-be",
    "ascii": "latin-1",
    "default": "latin-1",
    "utf7": "utf-7",
    "utf32": "utf-32-le",
    "latin1": "latin-1",
}
PROPERTIES = {
    "net.ipaddress::any": "0.0.0.0",
    "net.ipaddress::ipv6any": "::",
    "net.ipaddress::loopback": "127.0.0.1",
    "net.ipaddress::ipv6loopback": "::1",
    "ipaddress::any": "0.0.0.0",
    "ipaddress::ipv6any": "::",
    "ipaddress::loopback": "127.0.0.1",
    "ipaddress::ipv6loopback": "::1",
    "environment::systemdirectory": "%windir%\\System32",
    "environment::newline": "\r\n",
    "environment::machinename": "%COMPUTERNAME%",
    "string::empty": "",
    "io.path::directoryseparatorchar": "\\",
    "io.path::pathseparator": ";",
}
FOLDERS = {
    "startup": "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup",
    "commonstartup": "%PROGRAMDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup",
    "applicationdata": "%APPDATA%",
    "localapplicationdata": "%LOCALAPPDATA%",
    "commonapplicationdata": "%PROGRAMDATA%",
    "windows": "%windir%",
    "system": "%windir%\\System32",
    "systemx86": "%windir%\\SysWOW64",
    "programfiles": "%PROGRAMFILES%",
    "programfilesx86": "%PROGRAMFILES(X86)%",
    "userprofile": "%USERPROFILE%",
    "desktop": "%USERPROFILE%\\Desktop",
    "desktopdirectory": "%USERPROFILE%\\Desktop",
    "mydocuments": "%USERPROFILE%\\Documents",
    "personal": "%USERPROFILE%\\Documents",
    "startmenu": "%APPDATA%\\Microsoft\\Windows\\Start Menu",
    "programs": "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs",
}
"""Special folders, as text that the table of places reads."""


def static_property(name: str, member: str) -> Value | None:
    """``[name]::member``, or None when it is not known."""
    known = PROPERTIES.get(f"{name}::{member}")
    if known is not None:
        return Text.of(known)
    if name == "text.encoding" and member in CODECS:
        return Object("text.encoding", {"codec": Text.of(CODECS[member])})
    if name == "environment+specialfolder":
        return Text.of(member)
    return None


def static_method(name: str, member: str, arguments: list[Value]) -> Value | None:
    """``[name]::member(arguments)``, or None when it is not known."""
    function = _METHODS.get(f"{name}::{member}")
    if function is None and name == "convert" and member.startswith("to") and member[2:5] in ("int", "byt", "uin"):
        return _to_number(arguments)
    return function(arguments) if function and arguments else None


def encoding(value: Value) -> Value:
    """The encoding that a name or code page names."""
    name = str(text_of(value).only or "").lower()
    codec = {"utf-8": "utf-8", "65001": "utf-8", "utf-16": "utf-16-le", "1200": "utf-16-le"}.get(name, "latin-1")
    return Object("text.encoding", {"codec": Text.of(codec)})


def get_string(codec: Value, data: Value) -> Text:
    """``Encoding.GetString(bytes)``."""
    name = text_of(codec).only
    if isinstance(data, Items):
        numbers = [number_of(item) for item in data.items]
        if data.complete and all(number is not None and 0 <= number < 256 for number in numbers):
            data = Bytes(Text.of("".join(chr(number or 0) for number in numbers)).decoding("character codes"))
    if not isinstance(data, Bytes) or name is None:
        return unknown_from(data)
    return data.text.map(lambda option: _recode(option, name))


def get_bytes(codec: Value, text: Value) -> Bytes:
    """``Encoding.GetBytes(string)``."""
    name = text_of(codec).only or "utf-8"
    known = text_of(text)
    if any(HOLE in option for option in known.options):
        return Bytes(unknown_from(known))
    return Bytes(known.map(lambda option: option.encode(name, "replace").decode("latin-1")))


def inflate(kind: str, data: Value) -> Bytes:
    """The bytes that a decompression stream of *kind* ("deflate", "gzip") reads from *data*."""
    if not isinstance(data, Bytes):
        data = Bytes(unknown_from(data))
    window = {"gzip": 31, "zlib": 15}.get(kind, -15)

    def decompress(option: str) -> str:
        try:
            inflater = zlib.decompressobj(window)
            return inflater.decompress(option.encode("latin-1"), MAX_INFLATED).decode("latin-1")
        except (zlib.error, UnicodeEncodeError):
            return HOLE

    return Bytes(data.text.map(decompress).decoding(kind))


def _recode(option: str, codec: str) -> str:
    try:
        return option.encode("latin-1").decode(codec, "replace")
    except (UnicodeEncodeError, LookupError):
        return HOLE


def _from_base64(arguments: list[Value]) -> Value:
    def decode(option: str) -> str:
        try:
            return base64.b64decode("".join(option.split()), validate=True).decode("latin-1")
        except (binascii.Error, ValueError):
            return HOLE

    return Bytes(text_of(arguments[0]).map(decode).decoding("base64"))


def _to_base64(arguments: list[Value]) -> Value:
    data = arguments[0]
    if not isinstance(data, Bytes) or any(ord(char) > 255 for option in data.text.options for char in option):
        return unknown_from(data)
    encoded = data.text.map(lambda option: base64.b64encode(option.encode("latin-1")).decode("ascii"))
    return encoded.decoding("base64 of a text")


def _from_hex(arguments: list[Value]) -> Value:
    def decode(option: str) -> str:
        try:
            return bytes.fromhex(option).decode("latin-1")
        except ValueError:
            return HOLE

    return Bytes(text_of(arguments[0]).map(decode).decoding("hex"))


def _to_number(arguments: list[Value]) -> Value:
    radix = number_of(arguments[1]) if len(arguments) > 1 else 10
    text = text_of(arguments[0]).only if arguments else None
    try:
        return Integer(int(text[:64], radix or 10)) if text is not None else Integer()
    except ValueError:
        return Integer()


def _to_char(arguments: list[Value]) -> Value:
    number = number_of(arguments[0])
    return (
        Text.of(chr(number)).decoding("character codes") if number is not None and 0 <= number < 0x110000 else UNKNOWN
    )


def _combine(arguments: list[Value]) -> Value:
    parts = list_of(arguments[0]) if len(arguments) == 1 else tuple(arguments)
    return join_paths([text_of(part) for part in parts])


def join_paths(parts: list[Text]) -> Text:
    """The parts as one path."""
    trimmed: list[Value] = []
    for index, part in enumerate(parts):
        part = part if not index else part.map(lambda option: option.lstrip("\\/"))
        trimmed.append(part.map(lambda option: option.rstrip("\\/")) if index + 1 < len(parts) else part)
    return joined(tuple(trimmed), "\\")


def _folder(arguments: list[Value]) -> Value:
    return text_of(arguments[0]).map(lambda option: FOLDERS.get(option.lower(), HOLE))


def _unquote(arguments: list[Value]) -> Value:
    return text_of(arguments[0]).map(unquote_plus).decoding("url")


def _format(arguments: list[Value]) -> Value:
    rest = list_of(arguments[1]) if len(arguments) == 2 else tuple(arguments[1:])
    return format_text(text_of(arguments[0]), rest)


def _join(arguments: list[Value]) -> Value:
    rest = arguments[1] if len(arguments) == 2 else Items(tuple(arguments[1:]))
    return join_items(rest, text_of(arguments[0]))


def _concat(arguments: list[Value]) -> Value:
    parts = list_of(arguments[0]) if len(arguments) == 1 else tuple(arguments)
    return decoding(joined(parts, ""), PIECES)


def _backwards(arguments: list[Value]) -> Value:
    text, options = text_of(arguments[0]), [str(text_of(one).only).lower() for one in arguments[1:]]
    if options[:1] == ["."] and "righttoleft" in options[1:]:
        found = characters(text)
        return Items(tuple(decoding(item, "reversal") for item in reversed(found.items)), found.complete)
    return Items((unknown_from(text),), complete=False)


def _string_new(arguments: list[Value]) -> Value:
    return join_items(arguments[0], Text.of(""))


_METHODS: dict[str, Callable[[list[Value]], Value]] = {
    "convert::frombase64string": _from_base64,
    "convert::frombase64chararray": lambda a: _from_base64([join_items(a[0], Text.of(""))]),
    "convert::tobase64string": _to_base64,
    "convert::fromhexstring": _from_hex,
    "convert::tochar": _to_char,
    "char::convertfromutf32": _to_char,
    "convert::tostring": lambda a: text_of(a[0]),
    "string::join": _join,
    "string::concat": _concat,
    "string::format": _format,
    "string::new": _string_new,
    "io.path::combine": _combine,
    "io.path::join": _combine,
    "io.path::getfullpath": lambda a: text_of(a[0]),
    "environment::getfolderpath": _folder,
    "environment::expandenvironmentvariables": lambda a: text_of(a[0]),
    "net.ipaddress::parse": lambda a: text_of(a[0]),
    "ipaddress::parse": lambda a: text_of(a[0]),
    "uri::new": lambda a: text_of(a[0]),
    "uri::unescapedatastring": _unquote,
    "web.httputility::urldecode": _unquote,
    "net.webutility::urldecode": _unquote,
    "text.encoding::getencoding": lambda a: encoding(a[0]),
    "regex::matches": _backwards,
    "text.regularexpressions.regex::matches": _backwards,
    "regex::escape": lambda a: text_of(a[0]),
    "text.encoding::convert": lambda a: replace(a[-1]) if isinstance(a[-1], Bytes) else unknown_from(*a),
}
