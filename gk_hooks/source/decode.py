"""From bytes to text, as the interpreter of each language would read them; nothing is ever imported for it."""

from __future__ import annotations

import codecs
import re
import warnings
from encodings import normalize_encoding
from encodings.aliases import aliases

from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file and the *encoding* that it was read with, by its Python name.

    problem: why the file cannot be parsed ("names an unknown encoding 'x' (line 1)"). binary: why it is no text at
    all ("binary (NUL byte at offset 12)"). Where either is set, the text is empty.
    """

    text: str = ""
    encoding: str = ""
    problem: str = ""
    binary: str = ""


WIDE_BOMS = (  # longest first: the UTF-32 mark starts with the UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

READ_AS_BYTES = frozenset({Kind.BATCH, Kind.SHELL})
"""Their interpreters know no UTF-16: a lone mark before plain text, which makes editors show Chinese, is a disguise."""

UNLISTED_CODECS = frozenset(
    {
        *("cp1006", "cp720", "cp737", "cp856", "cp874", "cp875", "iso8859_1"),
        *("koi8_t", "koi8_u", "mac_arabic", "mac_croatian", "mac_farsi", "mac_romanian"),
        *("palmos", "raw_unicode_escape", "unicode_escape", "utf_8_sig"),
    }
)
"""Text codecs of the standard library that its table of aliases leaves out. Not here, and so not read: ``punycode`` and
``idna``, whose decoding takes quadratic time, and ``undefined``."""

_FIRST_LINES = regex(rb"([^\r\n]*)(?:\r\n|[\r\n])?([^\r\n]*)")
_COOKIE = regex(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.DOTALL)
_BLANK = regex(rb"[ \t\f]*(?:#|\Z)")
_PYTHON_LINE_END = regex(r"\r\n|[\r\n]")

_LFS_POINTER = regex(rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:[0-9a-f]{64}\nsize [0-9]{1,20}\n")
"""The whole of it, so that nobody has a script skipped for its first line."""

_SAMPLE = 4096


def decode(data: bytes, kind: Kind) -> Decoded:
    """The text of *data*, its newlines untouched. Never raises."""
    if _LFS_POINTER.fullmatch(data):
        return Decoded(binary="a pointer of Git LFS: its content is stored elsewhere")
    if kind is Kind.LAUNCHD and data.startswith(b"bplist"):
        return _decode_plist(data)
    return _decode_python(data) if kind is Kind.PYTHON else _decode_script(data, kind)


def split_lines(text: str, kind: Kind) -> list[str]:
    """The lines of *text* without their ends, counted as the language counts them: the n-th is line n + 1."""
    if kind is Kind.PYTHON and "\r" in text:
        return _PYTHON_LINE_END.split(text)
    return [line.removesuffix("\r") for line in text.split("\n")]


def _decode_python(data: bytes) -> Decoded:
    """As CPython decodes a source file: PEP 263, UTF-8 unless it says otherwise."""
    wide = _wide_bom(data)
    if wide:
        return Decoded(problem=f"starts with the mark of {wide[1].upper()}, which Python does not read")
    nul = data.find(b"\0")
    if nul >= 0:
        return _binary(nul)
    marked = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    cookie, line = _cookie(data)
    name = _normal_name(cookie) if cookie else "utf-8"
    if name == "utf-8":
        # an import lets bad bytes in comments pass, so they must not keep the rest from being read
        return Decoded(data.decode("utf-8", "replace"), "utf-8-sig" if marked else "utf-8")
    where = f"(line {line})"
    if marked:
        return Decoded(problem=f"names the encoding {cookie!r} {where} after the mark of UTF-8")
    encoding, why = _codec(name)
    return Decoded(problem=f"{why} {cookie!r} {where}") if why else _decode_strictly(data, encoding, where)


def _cookie(data: bytes) -> tuple[str, int]:
    """The encoding that one of the first two lines names, and on which line; the second only counts after a blank."""
    lines = _FIRST_LINES.match(data)
    for number, line in enumerate(lines.groups() if lines else (), start=1):
        found = _COOKIE.match(line)
        if found:
            return found[1].decode("ascii"), number
        if not _BLANK.match(line):
            break
    return "", 0


def _normal_name(cookie: str) -> str:
    """CPython reads ``utf-8-anything`` as UTF-8 and its names of Latin-1 likewise."""
    name = cookie[:12].lower().replace("_", "-")
    if name in ("utf-8", "utf8") or name.startswith("utf-8-"):
        return "utf-8"
    for latin in ("latin-1", "iso-8859-1", "iso-latin-1"):
        if name == latin or name.startswith(latin + "-"):
            return "iso-8859-1"
    return cookie


def _codec(name: str) -> tuple[str, str]:
    """The codec called *name*, or why it has none; looked up by table before the system may search for it."""
    module = normalize_encoding(name).lower()
    module = aliases.get(module) or aliases.get(module.replace(".", "_")) or module.replace(".", "_")
    if module in ("idna", "punycode", "undefined", "mbcs", "oem"):
        return "", "is not analyzed in the encoding"
    if module not in UNLISTED_CODECS and module not in aliases.values():
        return "", "names an unknown encoding"
    try:
        info = codecs.lookup(module)
    except LookupError:
        return "", "names an unknown encoding"
    return (info.name, "") if info._is_text_encoding else ("", "names an encoding that is not one of text:")


def _decode_strictly(data: bytes, encoding: str, where: str) -> Decoded:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unicode_escape warns of escapes that the source holds
            text = data.decode(encoding)
        text.encode("utf-8")
    except UnicodeEncodeError:
        return Decoded(problem="holds a lone surrogate, which Python does not read")
    except ValueError as error:
        at = f" at byte {error.start}" if isinstance(error, UnicodeDecodeError) else ""
        return Decoded(problem=f"is not in the encoding {encoding!r} that it names {where}{at}")
    nul = text.find("\0")
    return _binary(nul) if nul >= 0 else Decoded(text, encoding)


def _decode_script(data: bytes, kind: Kind) -> Decoded:
    """By its mark, else by where its NULs stand, else UTF-8, else Windows' Western code page, which cannot fail."""
    wide = _wide_bom(data)
    if wide:
        mark, encoding = wide
        data = data[len(mark) :]
        if kind not in READ_AS_BYTES or _utf16_by_shape(data) or encoding.startswith("utf-32"):
            return _decode_wide(data, encoding)
    elif b"\0" in data and (shape := _utf16_by_shape(data)):
        return _decode_wide(data, shape)
    nul = data.find(b"\0")
    if nul >= 0:
        return _binary(nul)
    if data.startswith(codecs.BOM_UTF8):
        return Decoded(data[len(codecs.BOM_UTF8) :].decode("utf-8", "replace"), "utf-8-sig")
    for encoding in ("utf-8", "cp1252"):
        try:
            return Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    return Decoded(data.decode("latin-1"), "latin-1")


def _decode_plist(data: bytes) -> Decoded:
    from gk_hooks.source.plists import job_text

    try:
        return Decoded(job_text(data), "bplist")
    except ValueError as error:
        return Decoded(problem=str(error))


def _decode_wide(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    nul = text.find("\0")
    return Decoded(text, encoding) if nul < 0 else _binary(nul * (4 if "32" in encoding else 2))


def _wide_bom(data: bytes) -> tuple[bytes, str] | None:
    return next(((mark, encoding) for mark, encoding in WIDE_BOMS if data.startswith(mark)), None)


def _utf16_by_shape(data: bytes) -> str:
    """The UTF-16 that scripts, being mostly ASCII, show by a NUL in every other byte; "" for anything else."""
    sample = data[:_SAMPLE]
    pairs = max(len(sample) // 2, 1)
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 5 >= pairs * 2 and even * 20 <= pairs:
        return "utf-16-le"
    return "utf-16-be" if even * 5 >= pairs * 2 and odd * 20 <= pairs else ""


def _binary(offset: int) -> Decoded:
    return Decoded(binary=f"binary (NUL byte at offset {offset})")
