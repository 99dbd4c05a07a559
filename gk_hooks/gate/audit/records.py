"""One record of the audit log: a line of JSON that names its place, its predecessor and its own checksum.

``{"seq":7,"time":"…","kind":"intent", …, "prev":"<hash of record 6>","crc":"<CRC-32 of all before it>"}``

The checksum finds a torn write at once, ``prev`` makes a chain that needs no key, and the leaf of the Merkle tree is
the whole line without its newline. All is ASCII: no record can break a line or move a terminal's cursor.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.evidence.checkpoint import base64_line

LONGEST = 65_536
"""Characters that a record says of what it is about. In a longer one long texts are cut; what a peer sends must not
fill the disk twice."""

RESERVED = frozenset({"seq", "time", "kind", "prev", "crc"})
_CUT = 256
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_CRC_LENGTH = len(',"crc":"00000000"}')


class AuditError(GkError):
    """The audit log cannot be written or read, or is not what its checkpoints say. The fail mode decides."""


class BadLine(Exception):
    """A line that is no intact record; its text says why."""


@dataclass(frozen=True)
class Record:
    """A record as it stands in the log."""

    line: bytes
    fields: dict[str, Any]

    @property
    def seq(self) -> int:
        """Its number, from 0."""
        seq: int = self.fields["seq"]
        return seq


def encode(seq: int, kind: str, fields: Mapping[str, object], prev: bytes, now: datetime | None = None) -> bytes:
    """The record's line, without its newline. Raises AuditError for fields that JSON cannot say."""
    return place(seq, kind, members(fields), prev, moment(now))


def members(fields: Mapping[str, object]) -> str:
    """What a record is about, as it stands in its line. Raises AuditError for fields that JSON cannot say."""
    if not RESERVED.isdisjoint(fields):
        raise AuditError(f"the audit log gives {', '.join(sorted(RESERVED & fields.keys()))} itself")
    text = _dumps(fields)
    if len(text) > LONGEST:
        text = _dumps({name: _shortened(value) for name, value in fields.items()})
    return f"{text[1:-1]}," if fields else ""


def moment(now: datetime | None = None) -> str:
    """A time as records have it."""
    return (now or datetime.now(UTC)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def place(seq: int, kind: str, about: str, prev: bytes, time: str) -> bytes:
    """The line of a record at its place in the log; *about* comes from ``members``."""
    start = f'{{"seq":{seq},"time":"{time}","kind":"{kind}",{about}"prev":"{base64_line(prev)}"'.encode("ascii")
    return start + _crc(start)


def decode(line: bytes) -> Record:
    """Reads a line without its newline. Raises BadLine."""
    start, crc = line[:-_CRC_LENGTH], line[-_CRC_LENGTH:]
    if _crc(start) != crc:
        raise BadLine("its checksum does not fit: it was edited or damaged")
    try:
        fields = json.loads(start + b"}")
    except (ValueError, RecursionError) as error:
        raise BadLine("it is not JSON") from error
    if not isinstance(fields, dict) or type(fields.get("seq")) is not int or not isinstance(fields.get("prev"), str):
        raise BadLine("it is no record: it has no number or no predecessor")
    return Record(line, fields)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Every record of a log in order, unverified. Raises AuditError at a line that is no record."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if not line.endswith(b"\n"):
                    return  # a torn tail, or a write under way
                try:
                    yield decode(line[:-1]).fields
                except BadLine as error:
                    raise AuditError(f"{path}:{number}: {error}; run gk mcp verify") from error
    except OSError as error:
        raise AuditError(f"cannot read the audit log {path}: {error.strerror}") from error


def _crc(start: bytes) -> bytes:
    return b',"crc":"%08x"}' % zlib.crc32(start)


def _dumps(value: object) -> str:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise AuditError(f"cannot record this event: {error}") from error


def _shortened(value: object) -> object:
    """A value that is small enough: long texts cut, what is nested as its beginning in JSON."""
    text = value if isinstance(value, str) else _dumps(value)
    if len(text) <= _CUT:
        return value
    return f"{text[:_CUT]}… ({len(text)} characters)"
