"""Signed notes (c2sp.org/signed-note): a text, an empty line, and a line for each signature."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from gk_hooks.errors import GkError
from gk_hooks.evidence.keys import SigningKey, VerifierKey, key_named, valid_name
from gk_hooks.model.records import dataclass

LARGEST_NOTE = 1_000_000
MOST_SIGNATURES = 100
_DASH = "— "


class NoteError(GkError):
    """A note is malformed, or no key that we trust has signed it."""


@dataclass(frozen=True)
class Signature:
    """One signature line: who claims to have signed, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its end."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A note that has been read, not believed: nothing in it may be used before ``verified`` has returned."""

    text: str
    signatures: tuple[Signature, ...]

    def format(self) -> str:
        """The whole note as text."""
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}"


def sign(text: str, *keys: SigningKey) -> Note:
    """A note over *text*, which ends in a newline, signed by every key. NoteError for a text that no note can carry."""
    _check_text(text)
    signatures = (Signature(key.name, key.verifier.id, key.sign(text.encode())) for key in keys)
    return Note(text, tuple(signatures))


def parse(note: str) -> Note:
    """Takes a note apart and verifies nothing. Raises NoteError when it has not the form of a signed note."""
    if len(note) > LARGEST_NOTE:
        raise NoteError(f"not a signed note: longer than {LARGEST_NOTE} characters")
    text, empty, lines = note.rpartition("\n\n")
    text += "\n"
    if not empty or not lines.endswith("\n"):
        raise NoteError("not a signed note: expected a text, an empty line, and signature lines")
    _check_text(text)
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MOST_SIGNATURES:
        raise NoteError(f"not a signed note: more than {MOST_SIGNATURES} signatures")
    return Note(text, signatures)


def verified(note: Note, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """Those of *keys* that have signed the note, in its order. Signatures of strangers are passed over.

    Raises NoteError if none has, or if a signature that names one of them is wrong.
    """
    keys = tuple(keys)
    found: list[VerifierKey] = []
    for signature in note.signatures:
        key = key_named(keys, signature.name, signature.key_id)
        if key is None or key in found:
            continue
        if not key.verify(signature.value, note.text.encode()):
            raise NoteError(f"the signature of {key.name} does not fit the text: it was changed, or signed by another")
        found.append(key)
    if not found:
        names = ", ".join(f"{each.name}+{each.key_id.hex()}" for each in note.signatures) or "nobody"
        raise NoteError(f"signed by {names}, by no key that is trusted here")
    return tuple(found)


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not valid_name(name):
        raise NoteError("not a signed note: a signature line is a dash, a key name and base64")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"not a signed note: the signature of {name} is not base64") from error
    if len(data) < 5:
        raise NoteError(f"not a signed note: the signature of {name} is too short")
    return Signature(name, data[:4], data[4:])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise NoteError("not a note's text: it must end in a newline and hold no control character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("not a note's text: it is not UTF-8") from error
