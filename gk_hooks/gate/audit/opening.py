"""Taking up a log again: where it ends, whether it still is what its newest checkpoint says, and who signs it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gk_hooks.evidence import note
from gk_hooks.evidence.checkpoint import Checkpoint
from gk_hooks.evidence.keys import SigningKey
from gk_hooks.evidence.note import NoteError
from gk_hooks.gate.audit import files
from gk_hooks.gate.audit.checkpoints import Entry, last_checkpoint
from gk_hooks.gate.audit.files import Position
from gk_hooks.gate.audit.lock import exclusive
from gk_hooks.gate.audit.records import AuditError

UNSIGNED_ORIGIN = "gk.invalid/unsigned-audit-log"
_BEGINNING = 2
"""So many records a first start can leave without a checkpoint, when it is killed between the two."""


@dataclass(frozen=True)
class Places:
    """The log and the files that go with it."""

    log: Path
    checkpoints: Path

    @classmethod
    def of(cls, log: Path, checkpoints: Path | None = None) -> Places:
        """The places of a log whose checkpoints lie at *checkpoints*, or beside it."""
        return cls(log, checkpoints or log.with_name(f"{log.name}.checkpoints"))

    @property
    def lock(self) -> Path:
        """What all writers lock."""
        return self.log.with_name(f"{self.log.name}.lock")

    @property
    def state(self) -> Path:
        """What spares a start the reading of the whole log."""
        return self.log.with_name(f"{self.log.name}.state")

    @property
    def torn(self) -> Path:
        """Where interrupted writes are set aside."""
        return self.log.with_name(f"{self.log.name}.torn")


@dataclass
class Opened:
    """A log that has been found sound as far as a start can tell, with its open files."""

    places: Places
    log: int
    lock: int
    origin: str
    key: SigningKey | None
    position: Position = field(default_factory=Position)
    newest: Checkpoint | None = None
    replaced_signer: str = ""
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._path, self._status = os.fspath(self.places.log), os.fstat(self.log)

    def close(self) -> None:
        """Closes the files."""
        os.close(self.log)
        os.close(self.lock)

    def catch_up(self) -> dict[str, object] | None:
        """Reads what others have written, under the lock. What an interrupted writer left at the end is set aside.

        Returns the fields of the record that must say so, or None. Raises AuditError if the log has shrunk or moved,
        OSError if it cannot be read.
        """
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            status = None
        if status is None or not os.path.samestat(status, self._status):
            raise AuditError(f"the audit log {self.places.log} was moved, deleted or replaced while it was in use")
        if status.st_size < self.position.end:
            raise AuditError(f"the audit log {self.places.log} was cut short while it was in use; run gk mcp verify")
        if status.st_size == self.position.end:
            return None
        wrong = files.read_on(self.log, self.position)
        return self._set_aside(wrong) if wrong else None

    def _set_aside(self, wrong: str) -> dict[str, object]:
        newest = last_checkpoint(self.places.checkpoints)
        size = self.position.frontier.size
        if newest is not None and newest.checkpoint.size > size:
            raise AuditError(
                f"the audit log {self.places.log} is damaged at record {size} ({wrong}), and a checkpoint covers"
                f" {newest.checkpoint.size} records; keep all files as they are and run gk mcp verify"
            )
        start, end = self.position.end, os.fstat(self.log).st_size
        torn = files.read_at(self.log, start, end)
        with self.places.torn.open("ab") as stream:
            stream.write(b"\n--- %d bytes from offset %d, set aside before record %d\n" % (len(torn), start, size))
            stream.write(torn)
            stream.flush()
            os.fsync(stream.fileno())
        os.ftruncate(self.log, start)
        self.notices.append(
            f"{self.places.log}: an interrupted write was found before record {size} ({wrong}); its {len(torn)} bytes"
            f" are in {self.places.torn.name}"
        )
        return {"reason": wrong, "offset": start, "bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}


def take_up(places: Places, *, key: SigningKey | None, retiring: SigningKey | None, origin: str | None) -> Opened:
    """Opens the files, finds the log's end and compares the log with its newest checkpoint. Raises AuditError."""
    lock = files.open_file(places.lock)
    try:
        log = files.open_file(places.log)
    except AuditError:
        os.close(lock)
        raise
    opened = Opened(places, log, lock, origin or (key.name if key else UNSIGNED_ORIGIN), key)
    try:
        with exclusive(lock):
            _compare(opened, retiring)
    except OSError as error:
        opened.close()
        raise AuditError(f"cannot open the audit log {places.log}: {error.strerror}") from error
    except BaseException:
        opened.close()
        raise
    return opened


def _compare(opened: Opened, retiring: SigningKey | None) -> None:
    places, newest = opened.places, last_checkpoint(opened.places.checkpoints)
    if opened.key is None:
        opened.notices.append(
            "the audit log is not signed: without a signing key its checkpoints show changes to whoever kept an older"
            " one, and prove nothing to anybody else"
        )
    if newest is None:
        files.read_on(opened.log, opened.position)
        if opened.position.frontier.size > _BEGINNING:
            raise AuditError(
                f"the audit log {places.log} holds {opened.position.frontier.size} records, but there are no"
                f" checkpoints at {places.checkpoints}; put them back, or begin a new log elsewhere"
            )
        return
    opened.newest = newest.checkpoint
    opened.origin = newest.checkpoint.origin
    opened.replaced_signer = _signer_before(newest, opened.key, retiring, places)
    position = files.load_state(places.state, opened.log, newest.checkpoint)
    if position is None:
        position = _read_whole(opened.log, newest.checkpoint, places)
    opened.position = position


def _read_whole(log: int, newest: Checkpoint, places: Places) -> Position:
    roots: list[bytes] = []

    def compare(position: Position) -> None:
        if position.frontier.size == newest.size:
            roots.append(position.frontier.root())

    position = Position()
    wrong = files.read_on(log, position, compare)
    if not roots:
        why = f" (record {position.frontier.size}: {wrong})" if wrong else ""
        raise AuditError(
            f"the audit log {places.log} holds {position.frontier.size} records{why}, but its checkpoint covers"
            f" {newest.size}: it was cut short or replaced; keep all files as they are and run gk mcp verify"
        )
    if roots[0] != newest.root:
        raise AuditError(
            f"the audit log {places.log} is not the one that its checkpoint over {newest.size} records describes: it"
            " was rewritten; keep all files as they are and run gk mcp verify"
        )
    return position


def _signer_before(newest: Entry, key: SigningKey | None, retiring: SigningKey | None, places: Places) -> str:
    """The key that *key* takes over from, as a vkey; empty if it signed before or nobody did. Raises AuditError."""
    if not newest.signed:
        return ""
    names = _names(newest)
    if key is None:
        raise AuditError(f"the audit log {places.log} is signed by {names}; give that key, or begin a new log")
    for each in (key, retiring):
        try:
            if each is not None and note.verified(newest.note, [each.verifier]):
                return each.verifier.text if each is retiring else ""
        except NoteError as error:
            if each is not None and any(line.key_id == each.verifier.id for line in newest.note.signatures):
                raise AuditError(f"{places.checkpoints}: {error}") from error
    raise AuditError(
        f"the audit log {places.log} is signed by {names}, and the key given is {key.name}+{key.verifier.id.hex()};"
        " to change keys give the old one as the retiring key, or begin a new log"
    )


def _names(entry: Entry) -> str:
    lines: Iterable[str] = (f"{line.name}+{line.key_id.hex()}" for line in entry.note.signatures)
    return ", ".join(lines)
