"""Writing the audit log: records that are durable when they must be, from any number of threads and processes.

What this module keeps to:

- A record is written under a lock that all processes share, behind the last intact record; ``intent`` returns after
  fsync. Threads that come meanwhile share the next fsync. ``outcome`` does not wait: its record reaches the system at
  once and the disk with the next fsync, at the latest with the next checkpoint.
- Nothing is signed that does not continue what was signed before, or that is not on the disk.
- What an interrupted writer left at the end is set aside in a file of its own, and a record says so.
- Every failure is an AuditError and leaves the log as it was; the caller's fail mode decides about the call.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gk_hooks.evidence.checkpoint import Checkpoint
from gk_hooks.evidence.keys import SigningKey
from gk_hooks.evidence.merkle import leaf_hash
from gk_hooks.gate.audit import files
from gk_hooks.gate.audit.checkpoints import append_checkpoint, last_checkpoint
from gk_hooks.gate.audit.lock import acquire, release
from gk_hooks.gate.audit.opening import Opened, Places, take_up
from gk_hooks.gate.audit.records import AuditError, members, moment, place
from gk_hooks.gate.audit.secrets import Digester

RECORDS_BETWEEN_CHECKPOINTS = 1000
SECONDS_BETWEEN_CHECKPOINTS = 5.0
SECONDS_BEHIND = 0.05
"""How long an outcome may wait for another record to be written with."""


@dataclass
class _Pending:
    """A record that waits for its turn, and what became of it."""

    kind: str
    about: str
    durable: bool
    seq: int = -1
    error: AuditError | None = None

    @classmethod
    def of(cls, kind: str, fields: Mapping[str, object], *, durable: bool = False) -> _Pending:
        """Raises AuditError for fields that no record can hold. All that needs no lock is done here."""
        return cls(kind, members(fields), durable)

    @property
    def settled(self) -> bool:
        return self.seq >= 0 or self.error is not None


class AuditLog:
    """An open audit log. Safe to use from several threads; several processes may have the same log open."""

    def __init__(self, opened: Opened, digest_key: bytes) -> None:
        """Use ``AuditLog.open``."""
        self._opened = opened
        self._digester = Digester(digest_key)
        self._queue: deque[_Pending] = deque()
        self._turn = threading.Lock()
        self._unusable = ""
        self._timer: threading.Timer | None = None
        self._overdue = False
        self._behind = threading.Event()
        self._follower: threading.Thread | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        digest_key: bytes,
        key: SigningKey | None = None,
        retiring: SigningKey | None = None,
        checkpoints: Path | None = None,
        origin: str | None = None,
        about: Mapping[str, object] | None = None,
    ) -> AuditLog:
        """Opens or begins the log at *path* and records that, with the fields of *about* (the policy's digest, …).

        *key* signs the checkpoints, which go to the file *checkpoints* (``PATH.checkpoints`` by default, better on
        another disk); without it they are unsigned, and ``notices`` says so. *retiring* is the key that signed until
        now and vouches for a new one. *digest_key* is for ``digest``. Raises AuditError, also when the log is not what
        its last checkpoint says.
        """
        opened = take_up(Places.of(path, checkpoints), key=key, retiring=retiring, origin=origin)
        log = cls(opened, digest_key)
        try:
            log._begin(about or {}, retiring)
        except BaseException:
            opened.close()
            raise
        return log

    @property
    def notices(self) -> Sequence[str]:
        """What the operator should know about this log: one line each."""
        return tuple(self._opened.notices)

    @property
    def origin(self) -> str:
        """The name of the log, as its checkpoints say it."""
        return self._opened.origin

    def intent(self, fields: Mapping[str, object]) -> int:
        """Records what is about to be done, and returns its number once that is on the disk. Raises AuditError."""
        return self._commit(_Pending.of("intent", fields, durable=True))[0]

    def outcome(self, of: int, fields: Mapping[str, object]) -> int:
        """Records what became of the intent *of*, without waiting for the disk. Raises AuditError."""
        return self._commit(_Pending.of("outcome", {"of": of, **fields}))[0]

    def outcome_later(self, of: int, fields: Mapping[str, object]) -> None:
        """Records what became of the intent *of* with the next record, or a moment later: nobody waits, nobody is told.

        What cannot be recorded then is lost, and the intent stays without an outcome, as after a crash.
        """
        try:
            self._queue.append(_Pending.of("outcome", {"of": of, **fields}))
        except AuditError:
            return
        if not self._behind.is_set():
            self._behind.set()
            if self._follower is None:
                self._follower = threading.Thread(target=self._follow, name="audit log", daemon=True)
                self._follower.start()

    def event(self, fields: Mapping[str, object]) -> int:
        """Records what is neither, such as a refusal: nothing is forwarded, so nothing waits. Raises AuditError."""
        return self._commit(_Pending.of("event", fields))[0]

    def burst(self, records: Sequence[tuple[str, Mapping[str, object]]]) -> list[int]:
        """Records intents and events that came at once, as (kind, fields), with one fsync. All or none: AuditError."""
        return self._commit(*(_Pending.of(kind, fields, durable=kind == "intent") for kind, fields in records))

    def digest(self, content: bytes) -> str:
        """The keyed digest under which arguments are recorded, so that a reader cannot try guesses against it."""
        return self._digester.digest(content)

    def checkpoint(self) -> None:
        """Puts everything on the disk and writes a checkpoint over it, if anything is new. Raises AuditError."""
        with self._turn:
            self._locked(self._write_checkpoint)

    def close(self) -> None:
        """Records the end, writes the last checkpoint and closes the files. Raises AuditError; twice does nothing."""
        if self._unusable == "closed":
            return
        try:
            if not self._unusable:
                self._commit(_Pending.of("stop", {"pid": os.getpid()}))
                self.checkpoint()
        finally:
            with self._turn:
                self._unusable = "closed"
                self._opened.close()
            if self._timer is not None:
                self._timer.cancel()

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, about: Mapping[str, object], retiring: SigningKey | None) -> None:
        opened = self._opened
        key = {"vkey": opened.key.verifier.text} if opened.key else {}
        records = [_Pending.of("start", {"origin": opened.origin, "pid": os.getpid(), **key, **about}, durable=True)]
        if opened.replaced_signer:
            records.append(_Pending.of("key", {**key, "replaces": opened.replaced_signer}, durable=True))
        further = [retiring] if retiring and opened.replaced_signer else []

        def begin() -> None:
            self._write(records)
            self._write_checkpoint(*further)

        with self._turn:
            self._locked(begin)

    def _commit(self, *ours: _Pending) -> list[int]:
        self._queue.extend(ours)
        with self._turn:
            if not (ours and all(each.settled for each in ours)):  # else the thread before us has written them
                batch = [self._queue.popleft() for _ in range(len(self._queue))]
                try:
                    self._locked(partial(self._append, batch))
                except AuditError as error:
                    for each in batch:
                        each.error = each.error or error
                self._wind_timer()
        for each in ours:
            if each.error is not None:
                raise AuditError(str(each.error)) from each.error
        return [each.seq for each in ours]

    def _locked(self, work: Callable[[], None]) -> None:
        """Does *work* under the lock of all processes, behind everything that others have written.

        Our own turn is held already. Raises AuditError.
        """
        where = self._opened.places.log
        if self._unusable:
            raise AuditError(f"the audit log {where} cannot be used any more: {self._unusable}")
        try:
            acquire(self._opened.lock)
            try:
                torn = self._opened.catch_up()
                if torn is not None:
                    self._write([_Pending.of("repair", torn, durable=True)])
                work()
            finally:
                release(self._opened.lock)
        except OSError as error:
            raise AuditError(f"cannot write the audit log {where}: {error.strerror}") from error

    def _append(self, batch: Sequence[_Pending]) -> None:
        self._write(batch)
        if self._overdue or self._uncovered >= RECORDS_BETWEEN_CHECKPOINTS:
            self._write_checkpoint()

    def _write(self, batch: Sequence[_Pending]) -> None:
        """Writes the records behind the last one. Raises OSError, and then the log is as it was."""
        opened, position, now = self._opened, self._opened.position, moment()
        first, leaf, added, durable = position.frontier.size, position.last_leaf, [], False
        for seq, each in enumerate(batch, first):
            line = place(seq, each.kind, each.about, leaf, now)
            leaf = leaf_hash(line)
            added.append((line + b"\n", leaf))
            durable = durable or each.durable
        files.write_at(opened.log, position.end, b"".join([line for line, _ in added]))
        for line, leaf in added:
            position.add(len(line), leaf)
        if durable:
            self._sync()
        for seq, each in enumerate(batch, first):
            each.seq = seq

    def _sync(self) -> None:
        try:
            os.fsync(self._opened.log)
        except OSError as error:
            # the system may have dropped what it could not write, and a second fsync would not tell
            self._unusable = f"the disk did not take a record ({error.strerror}); start again"
            raise

    @property
    def _uncovered(self) -> int:
        newest = self._opened.newest
        return self._opened.position.frontier.size - (newest.size if newest else 0)

    def _write_checkpoint(self, *further: SigningKey) -> None:
        """Signs what is on the disk now, under both locks. Raises OSError."""
        opened, frontier = self._opened, self._opened.position.frontier
        others = last_checkpoint(opened.places.checkpoints)
        if others is not None and others.checkpoint.size >= frontier.size and not further:
            opened.newest = others.checkpoint
            return
        self._sync()
        keys = [opened.key] if opened.key else []
        newest = Checkpoint(opened.origin, frontier.size, frontier.root())
        append_checkpoint(opened.places.checkpoints, newest.sign(*keys, *further))
        files.save_state(opened.places.state, opened.position)
        opened.newest, self._overdue = newest, False

    def _wind_timer(self) -> None:
        if self._uncovered and not self._unusable and (self._timer is None or not self._timer.is_alive()):
            self._timer = threading.Timer(SECONDS_BETWEEN_CHECKPOINTS, self._checkpoint_by_time)
            self._timer.daemon = True
            self._timer.start()

    def _follow(self) -> None:
        """Writes what waits in the queue when no other record takes it along."""
        while not self._unusable:
            self._behind.wait()
            time.sleep(SECONDS_BEHIND)
            self._behind.clear()
            if self._queue:
                with contextlib.suppress(AuditError):
                    self._commit()

    def _checkpoint_by_time(self) -> None:
        try:
            self.checkpoint()
        except AuditError:
            self._overdue = True  # the next record tries again, and its caller hears of a failure
