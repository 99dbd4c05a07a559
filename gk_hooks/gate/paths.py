"""Texts and paths that can be read in several ways: as they stand, decoded, and as a file system would resolve them.

Nobody but the server knows how often it decodes a text or what it does with ``..``. So a text has *readings*, and a
condition holds only when it holds for each of them. Resolving is lexical: what a symbolic link does cannot be known.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from gk_hooks.gate.names import plain

DECODINGS = 3
"""How often percent-encoding is undone: nobody decodes more often by accident."""

_OVERLONG = re.compile(rb"(?:\xe0[\x80\x81]|[\xc0\xc1])[\x80-\xbf]")
"""ASCII written as UTF-8 of two or three bytes: forbidden by RFC 3629, and accepted by careless decoders."""

_PERCENT = re.compile(r"%[0-9a-fA-F]{2}|%u[0-9a-fA-F]{4}")
_WIDE = re.compile(r"%u([0-9a-fA-F]{4})")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_FILE = re.compile(r"file:(?://([^/]*))?", re.IGNORECASE)
_DRIVE = re.compile(r"/?([A-Za-z]):(?=/|$)")
_DEVICE = re.compile(r"//[?.]/(?:UNC/)?")
_SHARE = re.compile(r"/{1,2}(?:localhost|127\.0\.0\.1|\.)/([A-Za-z])\$(?=/|$)", re.IGNORECASE)
_PROCESS = r"/proc/(?:self|thread-self|[0-9]+)(?:/task/[0-9]+)?"
_LINKS = (
    (re.compile(rf"(?:{_PROCESS}/root)+(?=/|$)", re.IGNORECASE), ""),
    (re.compile(rf"{_PROCESS}/cwd(?=/|$)", re.IGNORECASE), "../"),
    (re.compile(r"/private(?=/(?:etc|tmp|var)(?:/|$))", re.IGNORECASE), ""),
)
"""Links that every system has: to the root, to the working folder (which is not known), and macOS' /private."""

_HOME = re.compile(r"~|/home(?:/|$)|/root(?:/|$)|(?:[A-Za-z]:)?/Users(?:/|$)", re.IGNORECASE)
_PATH = re.compile(r"[/~]|\\|file:|[A-Za-z]:[\\/]", re.IGNORECASE)


def looks_like_path(value: str) -> bool:
    """Whether a policy's value is meant as a path: absolute, from a home folder, of a drive or a ``file:`` URL."""
    return bool(_PATH.match(value))


def readings(text: str) -> tuple[str, ...]:
    """*text*, then what it may be taken for: without disguises, and percent-decoded once and more often."""
    found = [text]
    bare = plain(text).strip()
    for _ in range(DECODINGS + 1):
        if bare not in found:
            found.append(bare)
        if "%" not in bare or not _PERCENT.search(bare):
            break
        bare = plain(_percent_decoded(bare)).strip()
    return tuple(found)


def path_readings(text: str) -> tuple[str, ...]:
    """*text* as the normalised paths that it may lead to, with ``/`` between the parts and none at the end."""
    found: dict[str, None] = {}
    for reading in readings(text):
        for spelled in _spellings(reading.partition("\0")[0]):
            found[normalised(spelled)] = None
    return tuple(found)


def uri_readings(uri: str) -> tuple[str, ...]:
    """*uri* in each reading, as it stands and with its dot segments resolved."""
    found: dict[str, None] = {}
    for reading in readings(uri):
        found[reading] = None
        head = _SCHEME.match(reading)
        if head:
            rest = reading[head.end() :]
            host, slash, path = rest.replace("\\", "/").partition("/")
            found[head[0].lower() + host + (normalised(slash + path) if slash else "")] = None
    return tuple(found)


def text_readings(text: str) -> tuple[str, ...]:
    """*text* in each reading, and as paths if it can be one."""
    found = readings(text)
    if ("/" in found[-1] or "\\" in found[-1]) and (not _SCHEME.match(found[-1]) or _FILE.match(found[-1])):
        found += tuple(path for path in path_readings(text) if path not in found)
    return found


def normalised(path: str) -> str:
    """*path* with ``//``, ``.`` and ``..`` resolved; what leads above its start keeps its leading ``..``."""
    drive = _DRIVE.match(path)
    head = f"{drive[1].upper()}:/" if drive else "/" if path.startswith("/") else ""
    parts: list[str] = []
    for part in path[drive.end() if drive else 0 :].split("/"):
        if part == ".." and parts and parts[-1] != ".." and not (parts[0][:1] == "~" and len(parts) == 1):
            parts.pop()
        elif part == ".." and head:
            continue
        elif part not in ("", "."):
            parts.append(part)
    return head + "/".join(parts)


def leads_outside(path: str) -> bool:
    """Whether a normalised path leads above a folder that only the server knows."""
    return path.startswith("..") or (path.startswith("~") and "/../" in path + "/")


def in_a_home(path: str) -> bool:
    """Whether a normalised path is in somebody's home folder, written out or as ``~``."""
    return bool(_HOME.match(path))


def _spellings(text: str) -> tuple[str, ...]:
    """The ways to write the path that *text* is: without a file URL's head, with Windows' separators and endings."""
    paths = [text]
    url = _FILE.match(text)
    if url:
        rest = text[url.end() :]
        paths = [rest if rest.startswith("/") else "/" + rest, f"/{url[1] or ''}{rest}"]
    for path in tuple(paths):
        if "\\" in path:
            path = path.replace("\\", "/")
            paths.append(path)
        paths += [rule.sub(by, path, count=1) for rule, by in _OTHER_NAMES if rule.match(path)]
        resolved = normalised(path)
        for link, target in _LINKS:
            if link.match(resolved):
                resolved = link.sub(target, resolved, count=1) or "/"
                paths.append(resolved)
    paths += [_as_windows(path) for path in paths if re.search(r"[. ](?:/|$)|::\$", path)]
    return tuple(paths)


_OTHER_NAMES = ((_DEVICE, ""), (_SHARE, r"\1:"))


def _as_windows(path: str) -> str:
    """*path* as Windows takes it: without dots and spaces at the end of a part, and without a stream's name."""
    parts = [part.partition("::$")[0] for part in path.split("/")]
    return "/".join(part if part in ("", ".", "..") else part.rstrip(". ") for part in parts)


def _percent_decoded(text: str) -> str:
    """*text* decoded once. Bytes that are no UTF-8 yet are kept: decoded again, they may become some."""
    wide = _WIDE.sub(lambda found: chr(int(found[1], 16)), text)
    try:
        data = unquote_to_bytes(wide.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can write
        data = unquote_to_bytes(wide.encode("utf-8", "surrogatepass"))
    ascii_again = _OVERLONG.sub(lambda found: bytes([(found[0][-2] & 1) << 6 | found[0][-1] & 0x3F]), data)
    return ascii_again.decode("utf-8", "surrogateescape")
