"""Writing reports out: whole files or none, and never through a link that a scanned tree has planted."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from gk_hooks.errors import GkError
from gk_hooks.model.text import printable

if TYPE_CHECKING:
    from pathlib import Path

_LINK_TAGS = {getattr(stat, name, 0) for name in ("IO_REPARSE_TAG_SYMLINK", "IO_REPARSE_TAG_MOUNT_POINT")} - {0}


def write_folder(folder: Path, files: Mapping[str, str | bytes], *, default: bool) -> list[Path]:
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
        fresh = not folder.exists() or not any(folder.iterdir())
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    if (fresh or default) and not os.path.lexists(folder / ".gitignore"):
        replace_file(folder / ".gitignore", "*\n")
    for name, text in files.items():
        replace_file(folder / name, text)
    return [folder / name for name in files]


def write_file(path: Path, text: str) -> None:
    """Writes *text* where the user said. A device or a pipe is written to; anything else is replaced as a whole."""
    try:
        special = path.exists() and not path.is_file() and not path.is_dir()
        if special:
            with path.open("w", encoding="utf-8", newline="\n", errors="backslashreplace") as stream:
                stream.write(text)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    replace_file(path, text)


def replace_file(path: Path, content: str | bytes) -> None:
    """Puts *content* (a text as UTF-8, LF) at *path* in one step. A link there is replaced, not followed."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    draft = path.parent / f".{os.urandom(8).hex()}.tmp"
    try:
        try:
            with draft.open("xb") as stream:
                stream.write(data)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def print_text(text: str, stream: TextIO) -> None:
    """Writes *text* to a terminal or a pipe; what its encoding cannot say becomes an escape, never an error."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def is_link(path: Path) -> bool:
    """True for a symbolic link, also a dangling one, and for a Windows junction."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) in _LINK_TAGS


def _unwritable(path: Path, error: OSError | ValueError) -> GkError:
    return GkError(f"cannot write {_name(path)}: {printable(str(getattr(error, 'strerror', None) or error))}")


def _name(path: Path) -> str:
    return printable(str(path))
