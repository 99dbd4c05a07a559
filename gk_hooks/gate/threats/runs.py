"""Where a long text holds many characters of one kind in a row: in steps of bytes, where an expression takes characters."""

from __future__ import annotations

from collections.abc import Iterator

_MEMBER, _OTHER = b"x", b" "


class Runs:
    """Runs of at least *shortest* characters out of an alphabet."""

    def __init__(self, alphabet: str, shortest: int) -> None:
        """*alphabet*: ASCII characters."""
        self._shortest = _MEMBER * shortest
        self._table = bytes(_MEMBER[0] if chr(code) in alphabet else _OTHER[0] for code in range(256))

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Start and end of each run in a text that was made ``bytes_of``."""
        kinds = data.translate(self._table)
        start = kinds.find(self._shortest)
        while start >= 0:
            end = kinds.find(_OTHER, start + len(self._shortest))
            end = end if end >= 0 else len(kinds)
            yield start, end
            start = kinds.find(self._shortest, end)


def bytes_of(text: str) -> bytes:
    """One byte for each character: itself in Latin-1, else ``?``, so that a run may seem longer than it is."""
    return text.encode("latin-1", "replace")
