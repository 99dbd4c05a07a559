"""Writing reports out: whole files or none, and never through a link that a scanned tree has planted."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from gk_hooks.errors import GkError
from gk_hooks.model.text import printable

Path = str | os.PathLike[str]
"""No ``pathlib``: to import it takes as long as to write the reports."""

_LINK_TAGS = {getattr(stat, name, 0) for name in ("IO_REPARSE_TAG_SYMLINK", "IO_REPARSE_TAG_MOUNT_POINT")} - {0}


def write_folder(folder: Path, files: Mapping[str, str | bytes], *, default: bool) -> list[str]:
    """Writes *files* (name → text or bytes) into *folder* and returns their paths.

    *default*: nobody named the folder, so a link in its place is refused rather than followed. A folder that is the
    default or new gets a ``.gitignore`` of its own, so that reports never dirty the repository that they describe;
    a folder that was there before keeps what it has.
    """
    if default and is_link(folder):
        raise GkError(
            f"{_name(folder)} is a link, and reports are not written through it; remove it or use --output-dir"
        )
    try:
        fresh = not os.path.exists(folder) or not os.listdir(folder)
        os.makedirs(folder, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    if (fresh or default) and not os.path.lexists(os.path.join(folder, ".gitignore")):
        replace_file(os.path.join(folder, ".gitignore"), "*\n")
    written = {os.path.join(folder, name): text for name, text in files.items()}
    for path, text in written.items():
        replace_file(path, text)
    return list(written)


def write_file(path: Path, text: str) -> None:
    """Writes *text* where the user said. A device or a pipe is written to; anything else is replaced as a whole."""
    try:
        special = os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)
        if special:
            with open(path, "w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
                stream.write(text)
            return
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    replace_file(path, text)


def replace_file(path: Path, content: str | bytes) -> None:
    """Puts *content* (a text as UTF-8, LF) at *path* in one step. A link there is replaced, not followed."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    draft = os.path.join(os.path.dirname(path), f".{os.urandom(8).hex()}.tmp")
    try:
        try:
            with open(draft, "xb") as stream:
                stream.write(data)
            os.replace(draft, path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft)
            raise
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def print_text(text: str, stream: TextIO) -> None:
    """Writes *text* to a terminal or a pipe; what its encoding cannot say becomes an escape, never an error."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def is_link(path: Path) -> bool:
    """True for a symbolic link, also a dangling one, and for a Windows junction."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) in _LINK_TAGS


def _unwritable(path: Path, error: OSError | ValueError) -> GkError:
    return GkError(f"cannot write {_name(path)}: {printable(str(getattr(error, 'strerror', None) or error))}")


def _name(path: Path) -> str:
    return printable(str(path))
