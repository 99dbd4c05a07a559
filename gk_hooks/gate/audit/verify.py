"""Verifying a log offline: each line, the chain, and every checkpoint that anybody has kept.

What can be found depends on what the verifier holds. The log alone shows damage and careless edits. A checkpoint shows
that everything up to its size is what it was. A signature that fits a key the verifier trusts shows that it was not
made by somebody else, and a checkpoint that was kept where the log's owner cannot reach it, that he did not either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gk_hooks.evidence import note
from gk_hooks.evidence.checkpoint import base64_line
from gk_hooks.evidence.keys import KeyTextError, VerifierKey, parse_verifier_key
from gk_hooks.evidence.merkle import EMPTY_ROOT, Frontier, leaf_hash
from gk_hooks.evidence.note import NoteError
from gk_hooks.gate.audit.checkpoints import Entry, read_checkpoints
from gk_hooks.gate.audit.opening import Places
from gk_hooks.gate.audit.records import AuditError, BadLine, Record, decode

_MOST_PROBLEMS = 20

VERDICTS = {
    0: "VERIFIED: a key that you trust vouches for every record",
    1: "NOT VERIFIED: something is wrong",
    2: "NOT FULLY VERIFIED: nothing is wrong, but not every record is vouched for by a key that you trust",
}
"""By ``Verification.code``, which is also the exit code of ``gk mcp verify``."""


@dataclass
class Verification:
    """What was found: problems (one line each), remarks, and how far the log is vouched for by a trusted key."""

    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    records: int = 0
    root: bytes = EMPTY_ROOT
    covered: int = 0
    authenticated: int = 0

    @property
    def code(self) -> int:
        """The key of VERDICTS."""
        return 1 if self.problems else 0 if self.authenticated == self.records else 2

    def problem(self, text: str) -> None:
        """Adds a problem, unless there are so many that more would not help."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(text)


@dataclass(frozen=True)
class _Kept:
    """A checkpoint and the file it was read from."""

    entry: Entry
    where: Path

    @property
    def size(self) -> int:
        return self.entry.checkpoint.size

    def __str__(self) -> str:
        return f"the checkpoint over {self.size} records in {self.where.name}"


def verify_log(
    log: Path, *, checkpoints: Path | None = None, older: Sequence[Path] = (), keys: Iterable[VerifierKey] = ()
) -> Verification:
    """Reads the log once and compares it with its checkpoints and with those in *older*.

    With *keys*, every checkpoint must be signed by one of them, or by a key that they vouch for in the log itself.
    Raises AuditError when there is nothing to verify, or it cannot be read.
    """
    result = Verification()
    kept = list(_kept(Places.of(log, checkpoints).checkpoints, checkpoints is not None, older, result))
    trust = _Trust(tuple(keys), result)
    waiting = sorted(kept, key=lambda each: each.size)
    _compare_all(_lines(log, bool(kept), result), waiting, trust, result)
    if result.records and not kept:
        result.problem("there is no checkpoint: the log was never finished, or its checkpoints were removed")
    trust.conclude(kept)
    return result


def _kept(beside: Path, named: bool, older: Sequence[Path], result: Verification) -> Iterator[_Kept]:
    for path in (*([beside] if named or beside.exists() else []), *older):
        entries, torn = read_checkpoints(path)
        if torn:
            result.remarks.append(f"{path.name} ends in a checkpoint that was never finished; it was passed over")
        if not entries and path is not beside:
            raise AuditError(f"{path}: holds no checkpoint")
        yield from (_Kept(entry, path) for entry in entries)


def _lines(log: Path, expected: bool, result: Verification) -> Iterator[bytes]:
    try:
        with log.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    result.remarks.append(
                        f"the log ends in {len(line)} bytes of a record that was never finished; it was passed over"
                    )
                    return
                yield line[:-1]
    except FileNotFoundError as error:
        if expected:
            result.problem(f"the log {log} is missing, and there are checkpoints of it: it was deleted or moved")
            return
        raise AuditError(f"there is no audit log at {log}") from error
    except OSError as error:
        raise AuditError(f"cannot read the audit log {log}: {error.strerror}") from error


def _compare_all(lines: Iterator[bytes], waiting: list[_Kept], trust: _Trust, result: Verification) -> None:
    frontier, chain = Frontier(), _Chain(result)
    waiting = waiting[::-1]
    for number, line in enumerate(lines, 1):
        _compare_at(frontier, waiting, trust, result)
        try:
            record = decode(line)
        except BadLine as error:
            result.problem(f"line {number}: {error}")
            chain.broken(line)
        else:
            chain.follow(record, number)
            trust.read(record)
        frontier.append(leaf_hash(line))
    _compare_at(frontier, waiting, trust, result)
    result.records, result.root = frontier.size, frontier.root()
    if not frontier.size and not waiting:
        raise AuditError("the audit log holds no record, and there is no checkpoint: nothing can be verified")
    if waiting:
        longest = waiting[0]
        result.problem(
            f"the log holds {frontier.size} records, but {longest} vouches for more: it was cut short or rolled back"
        )
    chain.conclude()


def _compare_at(frontier: Frontier, waiting: list[_Kept], trust: _Trust, result: Verification) -> None:
    """Compares every checkpoint over exactly the records read so far."""
    while waiting and waiting[-1].size == frontier.size:
        kept = waiting.pop()
        if kept.entry.checkpoint.root != frontier.root():
            result.problem(f"{kept} does not fit the log: records before it were changed, moved, removed or rewritten")
            continue
        result.covered = kept.size
        trust.judge(kept)


class _Chain:
    """The order of the records: numbers without a gap, and each one naming the one before."""

    def __init__(self, result: Verification) -> None:
        self._result = result
        self._next = 0
        self._leaf = EMPTY_ROOT
        self._open: set[int] = set()

    def broken(self, line: bytes) -> None:
        """A line that is no record takes a place."""
        self._next += 1
        self._leaf = leaf_hash(line)

    def follow(self, record: Record, number: int) -> None:
        """Compares a record with the place it stands at."""
        if record.seq != self._next:
            self._result.problem(
                f"line {number} holds record {record.seq} where record {self._next} belongs: records were removed,"
                " added or put in another order"
            )
        elif record.fields["prev"] != base64_line(self._leaf):
            self._result.problem(
                f"line {number}: record {record.seq} does not follow the record before it: one of the two was changed"
            )
        self._next = record.seq + 1
        self._leaf = leaf_hash(record.line)
        if record.fields.get("kind") == "intent":
            self._open.add(record.seq)
        elif record.fields.get("kind") == "outcome":
            of = record.fields.get("of")
            self._open.discard(of if isinstance(of, int) else -1)

    def conclude(self) -> None:
        """Says which calls have no outcome on record."""
        if self._open:
            first = ", ".join(map(str, sorted(self._open)[:5]))
            more = ", …" if len(self._open) > 5 else ""
            self._result.remarks.append(
                f"{len(self._open)} calls have no outcome on record (intents {first}{more}): under way, or the gate was"
                " stopped"
            )


class _Trust:
    """Which keys are believed, and since when: a trusted checkpoint that covers a key's record vouches for that key."""

    def __init__(self, keys: tuple[VerifierKey, ...], result: Verification) -> None:
        self._given = bool(keys)
        self._keys = list(keys)
        self._introduced: list[VerifierKey] = []
        self._result = result
        self._unsigned_since: int | None = None

    def read(self, record: Record) -> None:
        """Takes note of a key that a record introduces."""
        if record.fields.get("kind") == "key":
            try:
                self._introduced.append(parse_verifier_key(str(record.fields.get("vkey"))))
            except KeyTextError:
                self._result.problem(f"record {record.seq} introduces a key that is none")

    def judge(self, kept: _Kept) -> None:
        """Checks who signed a checkpoint whose root fits."""
        if not self._given:
            return
        if not kept.entry.signed:
            self._unsigned_since = kept.size if self._unsigned_since is None else self._unsigned_since
            return
        try:
            note.verified(kept.entry.note, self._keys)
        except NoteError as error:
            self._result.problem(f"{kept}: {error}")
            return
        self._keys += [key for key in self._introduced if key not in self._keys]
        self._introduced.clear()
        self._unsigned_since = None
        self._result.authenticated = kept.size

    def conclude(self, kept: Sequence[_Kept]) -> None:
        """Says so when the newest checkpoints are unsigned although keys were given."""
        if self._given and kept and (self._unsigned_since is not None or not self._result.authenticated):
            since = f"over {self._unsigned_since} records and later" if self._unsigned_since is not None else "kept"
            self._result.problem(f"no trusted key has signed the checkpoints {since}")
