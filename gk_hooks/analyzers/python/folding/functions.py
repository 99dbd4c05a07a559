"""Pure functions, by their full names."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from urllib.parse import unquote

from gk_hooks.analyzers.python.folding.decoders import DECODERS, Folder, recode
from gk_hooks.analyzers.python.folding.operators import add
from gk_hooks.analyzers.python.folding.paths import join_paths, parent_of
from gk_hooks.analyzers.python.folding.texts import METHODS, character, text_method
from gk_hooks.analyzers.python.joins import join_all
from gk_hooks.analyzers.python.values import (
    MAX_ITEMS,
    NONE,
    UNKNOWN,
    Arguments,
    Const,
    Flavour,
    Map,
    Partial,
    Seq,
    Str,
    Value,
)
from gk_hooks.analyzers.python.views import items_of, text_of
from gk_hooks.model.values import UNKNOWN as UNKNOWN_TEXT
from gk_hooks.model.values import Text, concat

ENVIRONMENT = Str(Text(origin="the environment"))
MAX_DEDENTED = 50_000
MAX_WORDS = 4_000


def _bytes(arguments: Arguments) -> Value:
    source = arguments.get(0)
    if isinstance(source, Str):
        return source if source.flavour is Flavour.BYTES else recode("encode", source, arguments.get(1)) or UNKNOWN
    if isinstance(source, Seq) and not source.open:
        numbers = [item.value for item in source.items if isinstance(item, Const)]
        known = [number for number in numbers if isinstance(number, int) and 0 <= number < 256]
        if len(known) == len(source.items):
            return Str(Text.of(bytes(known).decode("latin-1")), Flavour.BYTES)
    return Str(UNKNOWN_TEXT, Flavour.BYTES)


def _str(arguments: Arguments) -> Value:
    source, encoding = arguments.get(0, "object"), arguments.get(1, "encoding")
    if isinstance(source, Str) and source.flavour is Flavour.BYTES:
        return UNKNOWN if encoding is None else recode("decode", source, encoding) or UNKNOWN
    return Str(text_of(source) if source is not None else Text.of(""))


def _codecs_decode(arguments: Arguments) -> Value | None:
    owner = arguments.get(0)
    return recode("decode", owner, arguments.get(1, "encoding")) if isinstance(owner, Str) else None


def _text_function(name: str) -> Folder:
    """``str.join(separator, items)``: a method that is called through its class."""

    def fold(arguments: Arguments) -> Value | None:
        owner = arguments.get(0)
        rest = Arguments(arguments.positional[1:], arguments.keywords)
        return text_method(name, owner, rest) if isinstance(owner, Str) else None

    return fold


def _make_translation(arguments: Arguments) -> Value:
    before, after = text_of(arguments.get(0)).only, text_of(arguments.get(1)).only
    if before is None or after is None or len(before) != len(after) or len(before) > MAX_ITEMS:
        return UNKNOWN
    return Map(tuple((ord(old), Str(Text.of(new))) for old, new in zip(before, after)))


def _path(arguments: Arguments) -> Value:
    parts = [text_of(part) for part in arguments.positional]
    if arguments.open_positional:
        parts.append(UNKNOWN_TEXT)
    return Str(join_paths(parts) if parts else Text.of("."), Flavour.PATH)


def _os_path_join(arguments: Arguments) -> Value:
    return Str(text_of(_path(arguments))) if arguments.positional else UNKNOWN


def _mapped(function: Callable[[str], str]) -> Folder:
    return lambda arguments: Str(text_of(arguments.get(0)).map(function))


def _keep(arguments: Arguments) -> Value:
    return Str(text_of(arguments.get(0)))


def _dedent(arguments: Arguments) -> Value:
    from textwrap import dedent

    return Str(text_of(arguments.get(0)).map(lambda text: dedent(text) if len(text) < MAX_DEDENTED else text))


def _environment(arguments: Arguments) -> Value:
    default = text_of(arguments.get(1, "default")).only
    if default is None or arguments.get(1, "default") == NONE:
        return ENVIRONMENT
    return Str(Text(origin=f"the environment, by default {default[:80]}"))


def _list(arguments: Arguments) -> Value:
    if not arguments.positional:
        return Seq()
    items, more = items_of(arguments.positional[0])
    return Seq(tuple(items), more)


def _unordered(arguments: Arguments) -> Value:
    """A set, or a list in another order: its members are known, their positions are not."""
    if not arguments.positional:
        return Seq()
    items, more = items_of(arguments.positional[0])
    texts = [text_of(item).only for item in items]
    if not more and None not in texts and not arguments.keywords:
        return Seq(tuple(Str(Text.of(text)) for text in sorted(text for text in texts if text is not None)))
    return Seq((join_all(items[:64]),) if items else (), open=True)


def _reversed(arguments: Arguments) -> Value:
    items, more = items_of(arguments.get(0) or UNKNOWN)
    return Seq(open=True) if more else Seq(tuple(items[::-1]))


def _enumerate(arguments: Arguments) -> Value:
    items, more = items_of(arguments.get(0) or UNKNOWN)
    return Seq(tuple(Seq((UNKNOWN, item)) for item in items), more)


def _zip(arguments: Arguments) -> Value:
    if not arguments.positional or arguments.open_positional:
        return Seq(open=True)
    columns = [items_of(column) for column in arguments.positional]
    rows = zip(*(items for items, _ in columns))
    return Seq(tuple(Seq(row) for row in rows), any(more for _, more in columns))


def _shlex_split(arguments: Arguments) -> Value:
    text = text_of(arguments.get(0)).only
    if text is None or len(text) > MAX_WORDS:
        return Seq(open=True)
    import shlex

    try:
        return Seq(tuple(Str(Text.of(word)) for word in shlex.split(text)))
    except ValueError:
        return Seq(open=True)


def _url_join(arguments: Arguments) -> Value:
    base, more = text_of(arguments.get(0)), text_of(arguments.get(1))
    only = more.only
    if only is None:
        return Str(UNKNOWN_TEXT)
    if only.startswith("//") or "://" in only:
        return Str(more)
    ends = base.map(lambda option: option if option.count("/") > 2 else option + "/")
    return Str(concat((ends, Text.of(only.lstrip("/")))))


def _partial(arguments: Arguments) -> Value:
    if not arguments.positional:
        return UNKNOWN
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.open_positional, arguments.open_keywords)
    return Partial(arguments.positional[0], rest)


def _dict(arguments: Arguments) -> Value:
    if not arguments.positional:
        return Map(arguments.keywords, arguments.open_keywords)
    source = arguments.positional[0]
    if isinstance(source, Map):
        return Map((*source.items, *arguments.keywords)[:MAX_ITEMS], source.open or arguments.open_keywords)
    return Map(arguments.keywords, open=True)


def _int(arguments: Arguments) -> Value:
    source, base = arguments.get(0), arguments.get(1, "base")
    if isinstance(source, Const):
        return source if isinstance(source.value, int) else UNKNOWN
    text = text_of(source).only
    if text is None or len(text) > 64 or not (base is None or isinstance(base, Const)):
        return UNKNOWN
    try:
        return Const(int(text, 10 if base is None else base.value))  # type: ignore[call-overload]
    except (ValueError, TypeError):
        return UNKNOWN


def _ord(arguments: Arguments) -> Value:
    text = text_of(arguments.get(0)).only
    return Const(ord(text)) if text is not None and len(text) == 1 else UNKNOWN


def _add(arguments: Arguments) -> Value:
    return add(*arguments.positional) if len(arguments.positional) == 2 else UNKNOWN


_BY_RESULT: dict[Folder, str] = {
    DECODERS["base64"]: (
        "base64.b64decode base64.standard_b64decode base64.decodebytes base64.decodestring binascii.a2b_base64"
    ),
    DECODERS["urlsafe base64"]: "base64.urlsafe_b64decode",
    DECODERS["base32"]: "base64.b32decode",
    DECODERS["base16"]: "base64.b16decode",
    DECODERS["base85"]: "base64.b85decode",
    DECODERS["ascii85"]: "base64.a85decode",
    DECODERS["hex"]: "binascii.unhexlify binascii.a2b_hex",
    DECODERS["bytes.fromhex"]: "builtins.bytes.fromhex builtins.bytearray.fromhex",
    DECODERS["zlib"]: "zlib.decompress zlib.decompressobj().decompress",
    DECODERS["gzip"]: "gzip.decompress",
    DECODERS["bz2"]: "bz2.decompress",
    DECODERS["lzma"]: "lzma.decompress",
    DECODERS["marshal"]: "marshal.loads",
    _codecs_decode: "codecs.decode",
    _bytes: "builtins.bytes builtins.bytearray builtins.memoryview",
    _str: "builtins.str",
    _int: "builtins.int",
    _ord: "builtins.ord",
    (lambda arguments: character(arguments.get(0))): "builtins.chr builtins.unichr",
    _make_translation: "builtins.str.maketrans builtins.bytes.maketrans",
    _list: "builtins.list builtins.tuple builtins.iter",
    _unordered: "builtins.set builtins.frozenset builtins.sorted",
    _reversed: "builtins.reversed",
    _enumerate: "builtins.enumerate",
    _zip: "builtins.zip",
    _dict: "builtins.dict collections.OrderedDict types.MappingProxyType",
    _partial: "functools.partial functools.partialmethod",
    _add: "operator.add operator.concat",
    _os_path_join: "os.path.join posixpath.join ntpath.join",
    _keep: (
        "os.path.expanduser os.path.expandvars os.path.abspath os.path.realpath os.path.normpath os.path.normcase "
        "os.fspath os.fsencode os.fsdecode shlex.quote pipes.quote"
    ),
    _mapped(parent_of): "os.path.dirname",
    _mapped(posixpath.basename): "os.path.basename",
    _mapped(unquote): "urllib.parse.unquote urllib.parse.unquote_plus",
    _dedent: "textwrap.dedent inspect.cleandoc",
    _path: "pathlib.Path pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath",
    (lambda arguments: Str(Text.of("~"), Flavour.PATH)): "pathlib.Path.home",
    (lambda arguments: Str(UNKNOWN_TEXT, Flavour.PATH)): "pathlib.Path.cwd",
    _environment: "os.environ.get os.getenv os.environ.setdefault os.environ.pop",
    (lambda arguments: Str(Text(origin="the user's input"))): "builtins.input builtins.raw_input",
    _shlex_split: "shlex.split",
    _url_join: "urllib.parse.urljoin",
}

FOLDERS: dict[str, Folder] = {
    **{name: folder for folder, names in _BY_RESULT.items() for name in names.split()},
    **{f"builtins.{kind}.{name}": _text_function(name) for kind in ("str", "bytes") for name in sorted(METHODS)},
}
"""Pure functions by full name."""
