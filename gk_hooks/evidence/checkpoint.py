"""Checkpoints (c2sp.org/tlog-checkpoint): what a log was at one moment, in three lines that can be signed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from gk_hooks.evidence import note
from gk_hooks.evidence.keys import SigningKey, VerifierKey
from gk_hooks.evidence.merkle import HASH_SIZE
from gk_hooks.evidence.note import NoteError
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex

_SIZE = regex(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class Checkpoint:
    """A log's origin, its number of records and the root hash over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text that gets signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, base64_line(self.root), *self.extensions))

    def sign(self, *keys: SigningKey) -> str:
        """The signed checkpoint. Without a key it is a note without signatures, which authenticates nothing."""
        return note.sign(self.text, *keys).format()


def parse_text(text: str) -> Checkpoint:
    """Reads a checkpoint's text. Raises NoteError."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise NoteError("not a checkpoint: expected origin, size and root hash, one a line")
    if not _SIZE.fullmatch(lines[1]):
        raise NoteError("not a checkpoint: the second line must be the number of records")
    return Checkpoint(lines[0], int(lines[1]), parse_hash(lines[2]), tuple(lines[3:]))


def open_checkpoint(signed: str, keys: Iterable[VerifierKey], origin: str | None = None) -> Checkpoint:
    """The checkpoint in a signed note, once one of *keys* is found to have signed it, and for this *origin*.

    Raises NoteError.
    """
    parsed = note.parse(signed)
    note.verified(parsed, keys)
    checkpoint = parse_text(parsed.text)
    if origin is not None and checkpoint.origin != origin:
        raise NoteError(f"the checkpoint is of another log: {checkpoint.origin}, not {origin}")
    return checkpoint


def base64_line(value: bytes) -> str:
    """A hash in the base64 of RFC 4648, section 4."""
    return base64.b64encode(value).decode()


def parse_hash(text: str) -> bytes:
    """A hash from its line of base64. Raises NoteError."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not a hash: expected base64") from error
    if len(value) != HASH_SIZE or base64_line(value) != text:
        raise NoteError(f"not a hash: expected {HASH_SIZE} bytes in base64")
    return value
