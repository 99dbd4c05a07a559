"""Offline proofs (c2sp.org/tlog-proof): one file that shows a record in a log, to anyone who trusts the log's key."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from gk_hooks.evidence.checkpoint import Checkpoint, base64_line, open_checkpoint, parse_hash
from gk_hooks.evidence.keys import VerifierKey
from gk_hooks.evidence.merkle import verify_inclusion
from gk_hooks.evidence.note import LARGEST_NOTE, NoteError
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = regex(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_LONGEST_PATH = 64


@dataclass(frozen=True)
class Proof:
    """A record's index, its audit path, and the signed checkpoint that the path leads to.

    *extra* is opaque and authenticated by nothing; the audit log puts the record itself there, and what is checked is
    that record's hash.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def format(self) -> str:
        """The text of a ``.tlog-proof`` file."""
        extra = [] if self.extra is None else [f"extra {base64.b64encode(self.extra).decode()}"]
        lines = (HEADER, *extra, f"index {self.index}", *map(base64_line, self.hashes), "")
        return "\n".join(lines) + "\n" + self.checkpoint


def parse(text: str) -> Proof:
    """Reads a proof and verifies nothing. Raises NoteError."""
    if len(text) > LARGEST_NOTE:
        raise NoteError("not a proof: the file is too large")
    head, empty, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not empty or lines.pop(0) != HEADER:
        raise NoteError(f"not a proof: expected {HEADER} in the first line")
    extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else None
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or len(lines) > _LONGEST_PATH:
        raise NoteError("not a proof: expected an index and at most 64 hashes")
    return Proof(int(index[1]), tuple(parse_hash(line) for line in lines), checkpoint, extra)


def verify(proof: Proof, leaf: bytes, keys: Iterable[VerifierKey], origin: str | None = None) -> Checkpoint:
    """The signed checkpoint under which the leaf hash *leaf* stands at the proof's index. Raises NoteError otherwise.

    *origin*: the only log to accept, where the caller knows it.
    """
    checkpoint = open_checkpoint(proof.checkpoint, keys, origin)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise NoteError(f"the record does not stand at index {proof.index} of the log {checkpoint.origin}")
    return checkpoint


def _extra(line: str) -> bytes:
    try:
        return base64.b64decode(line.removeprefix("extra "), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not a proof: the extra line is not base64") from error
