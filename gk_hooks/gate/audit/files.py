"""The log's file and what a writer remembers of it: its end, its last leaf, the frontier of its tree."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gk_hooks.evidence.checkpoint import Checkpoint, base64_line, parse_hash
from gk_hooks.evidence.merkle import EMPTY_ROOT, Frontier, leaf_hash
from gk_hooks.evidence.note import NoteError
from gk_hooks.gate.audit.records import AuditError, BadLine, decode

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_CHUNK = 1 << 20


@dataclass
class Position:
    """How far the log has been read: the tree over it, where it ends, and its last record."""

    frontier: Frontier = field(default_factory=Frontier)
    end: int = 0
    last_start: int = 0
    last_leaf: bytes = EMPTY_ROOT

    def add(self, length: int, leaf: bytes) -> None:
        """Takes a record as the next one: so many bytes with their newline, and its hash."""
        self.frontier.append(leaf)
        self.last_start, self.end, self.last_leaf = self.end, self.end + length, leaf


def open_file(path: Path) -> int:
    """A descriptor to read and write *path*, made if need be, never followed as a link. Raises AuditError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, _FLAGS, 0o600)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise AuditError(f"cannot open the audit log {path}: {getattr(error, 'strerror', None) or error}") from error


def write_at(descriptor: int, offset: int, content: bytes) -> None:
    """Writes all of *content*, or nothing that stays. Raises OSError."""
    view = memoryview(content)
    os.lseek(descriptor, offset, os.SEEK_SET)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError:
        os.ftruncate(descriptor, offset)
        raise


def read_on(descriptor: int, position: Position, seen: Callable[[Position], None] | None = None) -> str:
    """Moves *position* over every intact record behind it; *seen* is called after each one.

    Returns why it stopped before the file's end: an empty text if it did not, else what is wrong with the next line.
    """
    os.lseek(descriptor, position.end, os.SEEK_SET)
    rest = b""
    while chunk := os.read(descriptor, _CHUNK):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            try:
                record = decode(line)
            except BadLine as error:
                return str(error)
            if record.seq != position.frontier.size or record.fields["prev"] != base64_line(position.last_leaf):
                return "it does not follow the record before it"
            position.add(len(line) + 1, leaf_hash(line))
            if seen is not None:
                seen(position)
    return "it is cut off" if rest else ""


def read_at(descriptor: int, start: int, end: int) -> bytes:
    """The bytes from *start* to *end*; fewer if the file ends before."""
    os.lseek(descriptor, start, os.SEEK_SET)
    pieces = []
    while start < end and (chunk := os.read(descriptor, end - start)):
        pieces.append(chunk)
        start += len(chunk)
    return b"".join(pieces)


def save_state(path: Path, position: Position) -> None:
    """Writes down what spares the next start the reading of the whole log. It is believed only where it fits."""
    state = {
        "size": position.frontier.size,
        "end": position.end,
        "last_start": position.last_start,
        "last_leaf": base64_line(position.last_leaf),
        "peaks": [base64_line(peak) for peak in position.frontier.peaks],
    }
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(json.dumps(state) + "\n", encoding="utf-8")
    os.replace(draft, path)


def load_state(path: Path, descriptor: int, newest: Checkpoint) -> Position | None:
    """The position that was written down, if it is that of the newest checkpoint and its last record stands there.

    None for anything else: the log is then read from its beginning.
    """
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        frontier = Frontier(int(state["size"]), map(parse_hash, state["peaks"]))
        start, end = int(state["last_start"]), int(state["end"])
        leaf = parse_hash(state["last_leaf"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, NoteError):
        return None
    if (frontier.size, frontier.root()) != (newest.size, newest.root) or not 0 <= start < end:
        return None
    line = read_at(descriptor, start, end)
    if len(line) != end - start or line[-1:] != b"\n" or leaf_hash(line[:-1]) != leaf:
        return None
    return Position(frontier, end, start, leaf)
