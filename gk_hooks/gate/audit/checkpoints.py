"""The file of checkpoints: signed notes one after another, kept apart from the log that they vouch for."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gk_hooks.evidence import checkpoint, note
from gk_hooks.evidence.checkpoint import Checkpoint
from gk_hooks.evidence.note import Note
from gk_hooks.gate.audit.records import AuditError

_ENTRY = re.compile(r"((?:[^\n]+\n)+)\n((?:— [^\n]+\n)*)")
_BETWEEN = "\n\n\n"
_END = "\n\n"
_TAIL = 65_536


@dataclass(frozen=True)
class Entry:
    """One checkpoint as read, not believed. Without a signature it proves nothing to a stranger."""

    checkpoint: Checkpoint
    note: Note

    @property
    def signed(self) -> bool:
        """True if somebody claims to have signed it."""
        return bool(self.note.signatures)


def read_checkpoints(path: Path) -> tuple[list[Entry], str]:
    """Every checkpoint of a file in its order, and what a writer that was interrupted has left at its end.

    Raises AuditError for a file that cannot be read or holds anything else.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise AuditError(f"cannot read the checkpoints {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AuditError(f"{path} holds no checkpoints: it is not text") from error
    return _entries(text, str(path))


def last_checkpoint(path: Path) -> Entry | None:
    """The newest checkpoint of a file; None if there is no file or nothing in it. Raises AuditError."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _TAIL))
            tail = stream.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AuditError(f"cannot read the checkpoints {path}: {error.strerror}") from error
    if size > _TAIL:
        tail = tail.partition(_BETWEEN)[2]
    found, _ = _entries(tail, str(path))
    return found[-1] if found else None


def append_checkpoint(path: Path, text: str) -> None:
    """Adds a checkpoint durably, in the place of one that was never finished. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0) as stream:
        start = max(0, stream.seek(0, os.SEEK_END) - _TAIL)
        stream.seek(start)
        tail = stream.read()
        if tail and not tail.endswith(_END.encode()):
            cut = tail.rfind(_BETWEEN.encode())
            start += cut + len(_BETWEEN) if cut >= 0 else 0
            stream.truncate(start)
        end = stream.seek(0, os.SEEK_END)
        try:
            stream.write(f"{text}{_END}".encode())
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(end)
            raise


def _entries(text: str, where: str) -> tuple[list[Entry], str]:
    pieces = [piece.strip("\n") for piece in text.split(_BETWEEN)]
    torn = "" if len(pieces) == 1 or text.endswith(_END) else pieces.pop()
    return [_entry(piece, where) for piece in pieces if piece], torn


def _entry(piece: str, where: str) -> Entry:
    found = _ENTRY.fullmatch(f"{piece}\n") or _ENTRY.fullmatch(f"{piece}\n\n")
    if found is None:
        raise AuditError(f"{where}: holds something that is no checkpoint: {piece[:60]!r}")
    try:
        read = note.parse(f"{piece}\n") if found[2] else Note(found[1], ())
        return Entry(checkpoint.parse_text(found[1]), read)
    except note.NoteError as error:
        raise AuditError(f"{where}: {error}") from error
