"""Constant folding: what pure functions and operators make of known values. Bounded, and nothing is ever executed.

Each folder takes the values of the arguments and returns what is known of the result, or None when it does not know
the case. Decoding functions remember themselves in the text's provenance even when the content is unknown.
"""

from __future__ import annotations

import ast
import base64
import binascii
import bz2
import codecs
import lzma
import posixpath
import zlib
from collections.abc import Callable
from functools import partial

from gk_hooks.analyzers.python.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Const,
    Flavour,
    Map,
    OneOf,
    Partial,
    Ref,
    Seq,
    Str,
    Unknown,
    Value,
    alternatives,
    items_of,
    join_all,
    text_of,
)
from gk_hooks.model.values import HERE, HOLE, Text, concat

MAX_TEXT = 100_000
MAX_NUMBER_BITS = 2_048
UNKNOWN_TEXT = Text()
ENVIRONMENT = Str(Text(origin="the environment"))

Folder = Callable[[Arguments], "Value | None"]


def add(left: Value, right: Value) -> Value:
    """``left + right`` for texts, sequences and numbers."""
    if isinstance(left, Seq) and isinstance(right, Seq) and len(left.items) + len(right.items) <= MAX_TEXT:
        return Seq((*left.items, *right.items), left.open or right.open)
    if isinstance(left, Const) and isinstance(right, Const):
        return _number("+", left.value, right.value)
    texts = [value for value in (left, right) if _is_text(value)]
    if texts:
        flavour = next(alt.flavour for text in texts for alt in alternatives(text) if isinstance(alt, Str))
        return Str(concat((text_of(left), text_of(right))), flavour)
    return Seq((), open=True) if isinstance(left, Seq) or isinstance(right, Seq) else UNKNOWN


def binary(operator: ast.operator, left: Value, right: Value) -> Value:
    """``left <operator> right``."""
    if isinstance(operator, ast.Add):
        return add(left, right)
    if isinstance(operator, ast.Div) and (_is_path(left) or _is_path(right)):
        return Str(join_paths([text_of(left), text_of(right)]), Flavour.PATH)
    if isinstance(operator, ast.Mod) and isinstance(left, Str):
        return percent(left, right)
    if isinstance(operator, ast.Mult):
        text, times = (left, right) if isinstance(left, Str) else (right, left)
        if isinstance(text, Str) and isinstance(times, Const) and isinstance(times.value, int):
            longest = max(map(len, text.text.options))
            if 0 <= times.value * max(longest, 1) <= MAX_TEXT:
                count = times.value
                return Str(text.text.map(lambda option: option * count), text.flavour)
            return Str(UNKNOWN_TEXT, text.flavour)
    if isinstance(left, Const) and isinstance(right, Const):
        return _number(_SIGNS.get(type(operator), ""), left.value, right.value)
    return UNKNOWN


_SIGNS: dict[type[ast.operator], str] = {
    ast.Sub: "-",
    ast.Mult: "*",
    ast.BitXor: "^",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


def _number(sign: str, left: object, right: object) -> Value:
    if not isinstance(left, int) or not isinstance(right, int):
        return UNKNOWN
    if left.bit_length() + right.bit_length() > MAX_NUMBER_BITS or (sign == "<<" and not 0 <= right < MAX_NUMBER_BITS):
        return UNKNOWN
    try:
        match sign:
            case "+":
                return Const(left + right)
            case "-":
                return Const(left - right)
            case "*":
                return Const(left * right)
            case "^":
                return Const(left ^ right)
            case "|":
                return Const(left | right)
            case "&":
                return Const(left & right)
            case "//":
                return Const(left // right)
            case "%":
                return Const(left % right)
            case "<<":
                return Const(left << right)
            case ">>":
                return Const(left >> right)
    except (ZeroDivisionError, ValueError):
        pass
    return UNKNOWN


def percent(template: Str, right: Value) -> Value:
    """``template % right``: every conversion becomes its value, or a hole."""
    values = list(right.items) if isinstance(right, Seq) and not right.open else [right]
    named = right if isinstance(right, Map) else None
    results: list[Text] = []
    for option in template.text.options:
        parts: list[Text] = []
        position = index = 0
        while (start := option.find("%", index)) >= 0:
            parts.append(Text.template(option[index:start]))
            end = start + 1
            key = None
            if option[end : end + 1] == "(" and ")" in option[end:]:
                close = option.index(")", end)
                key, end = option[end + 1 : close], close + 1
            while end < len(option) and option[end] in "#0- +.*123456789lhL":
                end += 1
            sign = option[end : end + 1]
            if sign == "%":
                parts.append(Text.of("%"))
            elif key is not None:
                parts.append(_formatted(named.get(key) if named else UNKNOWN, sign))
            else:
                parts.append(_formatted(values[position] if position < len(values) else UNKNOWN, sign))
                position += 1
            index = end + 1
        parts.append(Text.template(option[index:]))
        results.append(concat(parts))
    return Str(_either(results, template.text), template.flavour)


def _formatted(value: Value, sign: str) -> Text:
    return text_of(value) if sign in "sdi" else UNKNOWN_TEXT


def format_text(template: Str, arguments: Arguments) -> Value:
    """``template.format(…)``; a field that cannot be followed becomes a hole."""
    results: list[Text] = []
    for option in template.text.options:
        if HOLE in option:
            results.append(UNKNOWN_TEXT)
            continue
        try:
            fields = list(_formatter_fields(option))
        except ValueError:
            results.append(UNKNOWN_TEXT)
            continue
        parts: list[Text] = []
        counter = 0
        for literal, name in fields:
            parts.append(Text.of(literal))
            if name is None:
                continue
            if name == "":
                name, counter = str(counter), counter + 1
            found = arguments.get(int(name)) if name.isdigit() else arguments.get(None, name)
            parts.append(text_of(found) if found is not None else UNKNOWN_TEXT)
        results.append(concat(parts))
    return Str(_either(results, template.text), template.flavour)


def _formatter_fields(option: str) -> list[tuple[str, str | None]]:
    fields: list[tuple[str, str | None]] = []
    for literal, name, spec, conversion in codecs_formatter(option):
        plain = name is None or (not spec and not conversion and (name == "" or name.isidentifier() or name.isdigit()))
        fields.append((literal, name if plain else "?"))
    return fields


def codecs_formatter(option: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """The fields of a format string as ``string.Formatter`` reads them; raises ValueError when it is malformed."""
    import string

    return list(string.Formatter().parse(option))


def _either(results: list[Text], source: Text) -> Text:
    whole = results[0] if results else UNKNOWN_TEXT
    for result in results[1:]:
        whole = whole.join(result)
    if not source.complete:
        whole = whole.join(UNKNOWN_TEXT)
    for step in source.trail:
        whole = whole.through(step)
    return whole


def join_paths(parts: list[Text]) -> Text:
    """os.path.join: a later absolute part starts anew; separators as they are written."""
    whole = parts[0] if parts else UNKNOWN_TEXT
    for part in parts[1:]:
        if len(whole.options) * len(part.options) > 16:
            return UNKNOWN_TEXT
        joined = [Text.template(_join_two(left, right)) for left in whole.options for right in part.options]
        complete = whole.complete and part.complete
        result = joined[0]
        for one in joined[1:]:
            result = result.join(one)
        result = concat((result,)) if complete else result.join(UNKNOWN_TEXT)
        for step in (*whole.trail, *part.trail):
            result = result.through(step)
        whole = result
    return whole


def _join_two(left: str, right: str) -> str:
    if right.startswith(("/", "\\")) or right[1:3] in (":\\", ":/"):
        return right
    if right.startswith(HOLE):
        return HOLE if not left else left.rstrip("/") + "/" + right if not left.endswith("\\") else left + right
    separator = "\\" if "\\" in left and "/" not in left else "/"
    return left + right if not left or left.endswith(("/", "\\")) else left + separator + right


def parent_of(path: str) -> str:
    """The folder of *path*; the folder above HERE is written with ``..``."""
    if path == HERE or path.endswith("/.."):
        return path + "/.."
    if "\\" in path and "/" not in path:
        return path.rpartition("\\")[0]
    return posixpath.dirname(path)


# --- methods of texts


def text_method(name: str, owner: Str, arguments: Arguments) -> Value | None:
    """``owner.name(…)`` for the methods of str and bytes that keep what is known; None for all others."""
    if name == "format":
        return format_text(owner, arguments)
    if name == "join":
        return _join(owner, arguments.get(0))
    if name in {"decode", "encode"}:
        return _recode(name, owner, arguments)
    if name == "split" and owner.text.only is not None:
        separator = arguments.get(0, "sep")
        by = None if separator in (None, NONE) else text_of(separator).only
        if separator in (None, NONE) or by:
            return Seq(tuple(Str(Text.of(part), owner.flavour) for part in owner.text.only.split(by)[:2_000]))
    if name == "replace":
        old, new = text_of(arguments.get(0)).only, text_of(arguments.get(1)).only
        if old is not None and new is not None and HOLE not in old:
            return Str(owner.text.map(lambda option: _replace(option, old, new)), owner.flavour)
    if name in {"strip", "lstrip", "rstrip"}:
        signs = arguments.get(0)
        chars = None if signs is None else text_of(signs).only
        if signs is None or chars is not None:
            return Str(owner.text.map(lambda option: getattr(option, name)(chars)), owner.flavour)
    if name in _SIMPLE:
        return Str(owner.text.map(_SIMPLE[name]), owner.flavour)
    if name == "hex" and owner.flavour is Flavour.BYTES:
        return Str(
            owner.text.map(lambda option: option.encode("latin-1", "replace").hex() if HOLE not in option else HOLE)
        )
    return None


def _replace(option: str, old: str, new: str) -> str:
    if not old or option.count(old) * max(len(new), 1) > MAX_TEXT:
        return HOLE
    return option.replace(old, new)


_SIMPLE: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "title": str.title,
    "expanduser": lambda option: option,
    "resolve": lambda option: option,
    "absolute": lambda option: option,
    "as_posix": lambda option: option.replace("\\", "/"),
    "expandtabs": str.expandtabs,
    "swapcase": str.swapcase,
}


def _join(owner: Str, items: Value | None) -> Value:
    separator = owner.text
    if not isinstance(items, Seq):
        return Str(UNKNOWN_TEXT, owner.flavour)
    parts: list[Text] = []
    for index, item in enumerate(items.items):
        parts += [separator, text_of(item)] if index else [text_of(item)]
    if items.open:
        parts.append(UNKNOWN_TEXT)
    return Str(concat(parts), owner.flavour)


def _recode(name: str, owner: Str, arguments: Arguments) -> Value:
    encoding = arguments.get(0, "encoding")
    codec = "utf-8" if encoding is None else (text_of(encoding).only or "").lower().replace("_", "-")
    if codec in {"rot13", "rot-13"}:
        return _decoded("rot13", owner.text, lambda data: codecs.decode(data, "rot13"), Flavour.STR)
    if codec in {"hex", "base64", "zlib", "bz2"}:
        return DECODERS[codec](Arguments((owner,))) or UNKNOWN
    target = Flavour.STR if name == "decode" else Flavour.BYTES
    if owner.flavour is target or codec not in {"utf-8", "utf8", "ascii", "latin-1", "latin1", "utf-16-le", "utf-16"}:
        return Str(owner.text if owner.flavour is target else Text(decoded=owner.text.decoded), target)

    def convert(option: str) -> str:
        pieces = option.split(HOLE)
        try:
            if name == "decode":
                return HOLE.join(piece.encode("latin-1").decode(codec) for piece in pieces)
            return HOLE.join(piece.encode(codec).decode("latin-1") for piece in pieces)
        except (UnicodeError, LookupError):
            return HOLE

    return Str(owner.text.map(convert), target)


# --- functions


def _decoded(step: str, text: Text, decode: Callable[[str], str], flavour: Flavour = Flavour.BYTES) -> Str:
    def safely(option: str) -> str:
        if HOLE in option:
            return HOLE
        try:
            return decode(option)[:MAX_TEXT].replace(HOLE, "\ufffd")
        except Exception:  # hostile input meets decoders of the standard library: whatever they raise, unknown it is
            return HOLE

    return Str(text.map(safely).decoding(step), flavour)


def _bytes_decoder(step: str, decode: Callable[[bytes], bytes]) -> Folder:
    def fold(arguments: Arguments) -> Value:
        text = text_of(arguments.get(0))
        return _decoded(step, text, lambda option: decode(option.encode("latin-1")).decode("latin-1"))

    return fold


def _inflate(data: bytes) -> bytes:
    for bits in (15, -15, 31):
        try:
            return zlib.decompressobj(bits).decompress(data, MAX_TEXT)
        except zlib.error:
            continue
    raise ValueError("no deflate stream")


DECODERS: dict[str, Folder] = {
    "base64": _bytes_decoder("base64", partial(base64.b64decode, validate=False)),
    "urlsafe base64": _bytes_decoder("base64", base64.urlsafe_b64decode),
    "base32": _bytes_decoder("base32", base64.b32decode),
    "base16": _bytes_decoder("base16", base64.b16decode),
    "base85": _bytes_decoder("base85", base64.b85decode),
    "ascii85": _bytes_decoder("ascii85", base64.a85decode),
    "hex": _bytes_decoder("hex", binascii.unhexlify),
    "zlib": _bytes_decoder("zlib", _inflate),
    "gzip": _bytes_decoder("gzip", _inflate),
    "bz2": _bytes_decoder("bz2", lambda data: bz2.BZ2Decompressor().decompress(data, MAX_TEXT)),
    "lzma": _bytes_decoder("lzma", lambda data: lzma.LZMADecompressor().decompress(data, MAX_TEXT)),
    "marshal": lambda arguments: Str(Text(decoded=(*text_of(arguments.get(0)).decoded, "marshal"))),
}


def _codecs_decode(arguments: Arguments) -> Value | None:
    owner = arguments.get(0)
    encoding = arguments.get(1, "encoding")
    return _recode("decode", owner, Arguments((encoding,) if encoding else ())) if isinstance(owner, Str) else None


def _chr(arguments: Arguments) -> Value:
    number = arguments.get(0)
    if isinstance(number, Const) and isinstance(number.value, int) and 0 <= number.value < 0x110000:
        return Str(Text.of(chr(number.value)))
    return Str(UNKNOWN_TEXT)


def _bytes(arguments: Arguments) -> Value:
    source = arguments.get(0)
    if isinstance(source, Seq) and not source.open:
        numbers = [item.value for item in source.items if isinstance(item, Const)]
        if len(numbers) == len(source.items) and all(isinstance(n, int) and 0 <= n < 256 for n in numbers):
            return Str(Text.of(bytes(numbers).decode("latin-1")), Flavour.BYTES)  # type: ignore[arg-type]
    if isinstance(source, Str):
        return _recode("encode", source, Arguments()) if source.flavour is Flavour.STR else source
    return Str(UNKNOWN_TEXT, Flavour.BYTES)


def _fromhex(arguments: Arguments) -> Value:
    return _decoded("hex", text_of(arguments.get(0)), lambda option: bytes.fromhex(option).decode("latin-1"))


def _str(arguments: Arguments) -> Value:
    source = arguments.get(0)
    if isinstance(source, Str) and source.flavour is Flavour.BYTES and len(arguments.positional) > 1:
        return _recode("decode", source, Arguments(arguments.positional[1:]))
    return Str(text_of(source) if source is not None else Text.of(""))


def _path(arguments: Arguments) -> Value:
    parts = [text_of(part) for part in arguments.positional]
    if arguments.open_positional:
        parts.append(UNKNOWN_TEXT)
    return Str(join_paths(parts) if parts else Text.of("."), Flavour.PATH)


def _os_path_join(arguments: Arguments) -> Value:
    joined = _path(arguments)
    return Str(text_of(joined)) if arguments.positional else UNKNOWN


def _keep(arguments: Arguments) -> Value:
    return Str(text_of(arguments.get(0)))


def _environment(arguments: Arguments) -> Value:
    default = arguments.get(1, "default")
    if default is None or default == NONE:
        return ENVIRONMENT
    known = text_of(default).join(UNKNOWN_TEXT)
    return Str(Text(known.options, False, known.trail, known.decoded, "the environment"))


def _list(arguments: Arguments) -> Value:
    source = arguments.get(0)
    if source is None:
        return Seq()
    items, more = items_of(source)
    return Seq(tuple(items), more)


def _reversed(arguments: Arguments) -> Value:
    source = arguments.get(0)
    if isinstance(source, Str) and source.text.only is not None:
        return Seq(tuple(Str(Text.of(sign)) for sign in source.text.only[::-1][:2_000]))
    return Seq(source.items[::-1], source.open) if isinstance(source, Seq) else UNKNOWN


def _shlex_split(arguments: Arguments) -> Value:
    import shlex

    text = text_of(arguments.get(0)).only
    try:
        return Seq(tuple(Str(Text.of(word)) for word in shlex.split(text))) if text is not None else Seq(open=True)
    except ValueError:
        return Seq(open=True)


def _url_join(arguments: Arguments) -> Value:
    base, more = text_of(arguments.get(0)), text_of(arguments.get(1))
    only = more.only
    if only is not None and not only.startswith("//") and "://" not in only:
        ends = base.map(lambda option: option if option.count("/") > 2 else option + "/")
        return Str(concat((ends, Text.of(only.lstrip("/")))))
    return Str(more) if only is not None else Str(UNKNOWN_TEXT)


def _partial(arguments: Arguments) -> Value:
    target = arguments.get(0, "func")
    if target is None:
        return UNKNOWN
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.open_positional, arguments.open_keywords)
    return Partial(target, rest)


def _dict(arguments: Arguments) -> Value:
    if arguments.positional:
        source = arguments.positional[0]
        known = source.items if isinstance(source, Map) else ()
        return Map((*known, *arguments.keywords), arguments.open_keywords or not isinstance(source, Map))
    return Map(tuple(arguments.keywords), arguments.open_keywords)


def _int(arguments: Arguments) -> Value:
    source = arguments.get(0)
    if isinstance(source, Const):
        return source if isinstance(source.value, int) else UNKNOWN
    text, base = text_of(source).only, arguments.get(1, "base")
    if text is not None and len(text) < 64 and (base is None or isinstance(base, Const)):
        try:
            return Const(int(text, 10 if base is None else base.value))  # type: ignore[call-overload]
        except (ValueError, TypeError):
            pass
    return UNKNOWN


def _ord(arguments: Arguments) -> Value:
    text = text_of(arguments.get(0)).only
    return Const(ord(text)) if text is not None and len(text) == 1 else UNKNOWN


FOLDERS: dict[str, Folder] = {
    "base64.b64decode": DECODERS["base64"],
    "base64.standard_b64decode": DECODERS["base64"],
    "base64.decodebytes": DECODERS["base64"],
    "base64.decodestring": DECODERS["base64"],
    "base64.urlsafe_b64decode": DECODERS["urlsafe base64"],
    "base64.b32decode": DECODERS["base32"],
    "base64.b16decode": DECODERS["base16"],
    "base64.b85decode": DECODERS["base85"],
    "base64.a85decode": DECODERS["ascii85"],
    "binascii.a2b_base64": DECODERS["base64"],
    "binascii.unhexlify": DECODERS["hex"],
    "binascii.a2b_hex": DECODERS["hex"],
    "zlib.decompress": DECODERS["zlib"],
    "zlib.decompressobj().decompress": DECODERS["zlib"],
    "gzip.decompress": DECODERS["gzip"],
    "bz2.decompress": DECODERS["bz2"],
    "lzma.decompress": DECODERS["lzma"],
    "marshal.loads": DECODERS["marshal"],
    "codecs.decode": _codecs_decode,
    "builtins.bytes.fromhex": _fromhex,
    "builtins.bytearray.fromhex": _fromhex,
    "builtins.bytes": _bytes,
    "builtins.bytearray": _bytes,
    "builtins.chr": _chr,
    "builtins.ord": _ord,
    "builtins.int": _int,
    "builtins.str": _str,
    "builtins.list": _list,
    "builtins.tuple": _list,
    "builtins.set": _list,
    "builtins.sorted": _list,
    "builtins.iter": _list,
    "builtins.reversed": _reversed,
    "builtins.dict": _dict,
    "functools.partial": _partial,
    "operator.add": lambda arguments: add(*arguments.positional) if len(arguments.positional) == 2 else None,
    "operator.concat": lambda arguments: add(*arguments.positional) if len(arguments.positional) == 2 else None,
    "os.path.join": _os_path_join,
    "posixpath.join": _os_path_join,
    "ntpath.join": _os_path_join,
    "os.path.expanduser": _keep,
    "os.path.expandvars": _keep,
    "os.path.abspath": _keep,
    "os.path.realpath": _keep,
    "os.path.normpath": _keep,
    "os.path.normcase": _keep,
    "os.fspath": _keep,
    "os.fsencode": _keep,
    "os.fsdecode": _keep,
    "os.path.dirname": lambda arguments: Str(text_of(arguments.get(0)).map(parent_of)),
    "os.path.basename": lambda arguments: Str(text_of(arguments.get(0)).map(posixpath.basename)),
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PurePosixPath": _path,
    "pathlib.PureWindowsPath": _path,
    "pathlib.Path.home": lambda arguments: Str(Text.of("~"), Flavour.PATH),
    "pathlib.Path.cwd": lambda arguments: Str(UNKNOWN_TEXT, Flavour.PATH),
    "os.environ.get": _environment,
    "os.getenv": _environment,
    "builtins.input": lambda arguments: Str(Text(origin="the user's input")),
    "shlex.split": _shlex_split,
    "shlex.quote": _keep,
    "pipes.quote": _keep,
    "urllib.parse.urljoin": _url_join,
    "urllib.parse.unquote": _keep,
    "textwrap.dedent": _keep,
}
"""Pure functions by full name."""


def subscript(owner: Value, index: Value) -> Value:
    """``owner[index]``."""
    if isinstance(owner, OneOf):
        return join_all(subscript(alternative, index) for alternative in owner.alternatives)
    if isinstance(owner, Map):
        key = index.text.only if isinstance(index, Str) else index.value if isinstance(index, Const) else None
        return join_all((value for _, value in owner.items)) if key is None and owner.items else owner.get(key)
    if not isinstance(index, Const) or not isinstance(index.value, int):
        if isinstance(owner, Seq) and owner.items:
            return join_all((*owner.items, UNKNOWN))
        return Unknown(owner.origin) if isinstance(owner, Unknown) else UNKNOWN
    position = index.value
    if (
        isinstance(owner, Seq)
        and not (owner.open and position < 0)
        and -len(owner.items) <= position < len(owner.items)
    ):
        return owner.items[position]
    if isinstance(owner, Str) and owner.text.only is not None:
        only = owner.text.only
        if -len(only) <= position < len(only):
            return Const(ord(only[position])) if owner.flavour is Flavour.BYTES else Str(Text.of(only[position]))
    return UNKNOWN


def sliced(owner: Value, bounds: tuple[Value | None, Value | None, Value | None]) -> Value:
    """``owner[a:b:c]``."""
    numbers: list[int | None] = []
    for bound in bounds:
        if bound is None or bound == NONE:
            numbers.append(None)
        elif isinstance(bound, Const) and isinstance(bound.value, int):
            numbers.append(bound.value)
        else:
            return Str(UNKNOWN_TEXT, owner.flavour) if isinstance(owner, Str) else UNKNOWN
    if numbers[2] == 0:
        return UNKNOWN
    cut = slice(*numbers)
    if isinstance(owner, Str):
        if all(HOLE not in option for option in owner.text.options):
            return Str(owner.text.map(lambda option: option[cut]), owner.flavour)
        return Str(UNKNOWN_TEXT, owner.flavour)
    if isinstance(owner, Seq):
        return Seq(() if owner.open and numbers != [None, None, None] else owner.items[cut], owner.open)
    return UNKNOWN


def _is_text(value: Value) -> bool:
    return any(isinstance(alternative, Str) for alternative in alternatives(value))


def _is_path(value: Value) -> bool:
    return isinstance(value, Str) and value.flavour is Flavour.PATH


def referenced(value: Value) -> Ref | None:
    """*value* as a single reference, or None."""
    return value if isinstance(value, Ref) else None
