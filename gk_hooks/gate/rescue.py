"""Finds the id of a request that is refused without being parsed, so that its sender is not left waiting."""

from __future__ import annotations

import json
import re
from typing import TypeGuard

MOST_TOKENS = 200_000
MOST_KEPT = 4096
LONGEST_ID = 1024
LARGEST_ID = 2**53 - 1
"""Beyond it, implementations that keep numbers as doubles answer with another number than they were asked with."""

_OPEN_OR_CLOSE = re.compile(rb'["\[\]{}]')
_REST_OF_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_ID = re.compile(rb'"id"[ \t\r\n]*+:[ \t\r\n]*+("(?:[^"\\]|\\.)*+"|-?[0-9]++(?![.eE0-9]))', re.DOTALL)


def valid_id(value: object) -> TypeGuard[str | int]:
    """Whether MCP allows *value* as the id of a request: a string, or an integer that everybody can represent."""
    if isinstance(value, str):
        return len(value) <= LONGEST_ID
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST_ID <= value <= LARGEST_ID


class Skimmer:
    """Reads a message in pieces, keeps only what stands directly in its outermost object, and looks there for the id.

    Memory and time are bounded: strings are cut, and nothing is looked at after MOST_TOKENS brackets and quotes.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self._depth = self._tokens = 0
        self._in_string = False
        self._carried = b""

    def feed(self, piece: bytes) -> None:
        """Reads the next piece."""
        piece = self._carried + piece
        self._carried = b""
        at = 0
        while at < len(piece) and self._tokens < MOST_TOKENS and self._depth >= 0:
            at = self._string(piece, at) if self._in_string else self._structure(piece, at)
            self._tokens += 1

    def _structure(self, piece: bytes, at: int) -> int:
        token = _OPEN_OR_CLOSE.search(piece, at)
        end = token.start() if token else len(piece)
        self._keep(piece[at : min(end, at + MOST_KEPT)])
        if token is None:
            return end
        if token[0] == b'"':
            self._in_string = True
            self._keep(b'"')
        else:
            self._depth += 1 if token[0] in b"[{" else -1
        return token.end()

    def _string(self, piece: bytes, at: int) -> int:
        rest = _REST_OF_STRING.match(piece, at)
        end = rest.end() if rest else at
        self._keep(piece[at : min(end, at + MOST_KEPT)])
        if end == len(piece):
            return end
        if piece[end : end + 1] == b'"':
            self._in_string = False
            self._keep(b'"')
            return end + 1
        self._carried = piece[end:]  # a backslash whose character comes with the next piece
        return len(piece)

    def _keep(self, some: bytes) -> None:
        if self._depth == 1 and len(self._kept) < MOST_KEPT * 16:
            self._kept += some

    def id(self) -> str | int | None:
        """The id, or None when there is none, more than one, or one that is not allowed."""
        found = _ID.findall(bytes(self._kept))
        if len(found) != 1:
            return None
        try:
            value = json.loads(found[0])
        except ValueError:
            return None
        return value if valid_id(value) else None


def rescued_id(line: bytes) -> str | int | None:
    """The id of the request in *line*, as far as it can be told without parsing it."""
    skimmer = Skimmer()
    skimmer.feed(line)
    return skimmer.id()
