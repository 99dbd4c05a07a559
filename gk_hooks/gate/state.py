"""State that lasts: budgets, and what approvals, pins and retries have to remember."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from gk_hooks.gate.model import Charge


class Store(Protocol):
    """What the gate remembers. Every method is atomic, also among processes; GkError when the state cannot be used."""

    def spent(self, account: str) -> int:
        """What is spent of *account*, in millionths, with everything that is reserved."""
        ...

    def reserve(self, charges: Sequence[Charge]) -> str | None:
        """Books all of *charges* and returns a reservation; books nothing and returns None if one is over its limit."""
        ...

    def commit(self, reservation: str) -> None:
        """The call was forwarded: what was reserved stays spent. So it does when nothing is said, after a crash."""
        ...

    def release(self, reservation: str) -> None:
        """The call was never forwarded: gives back what was reserved."""
        ...

    def put(self, space: str, key: str, value: str, expires: float | None = None) -> bool:
        """Remembers *value* under a key that is free (or has expired); False if it is taken."""
        ...

    def get(self, space: str, key: str) -> str | None:
        """The value, or None if there is none or it has expired."""
        ...

    def take(self, space: str, key: str) -> str | None:
        """The value, which is forgotten: of several callers exactly one gets it."""
        ...

    def swap(self, space: str, key: str, old: str, new: str) -> bool:
        """Replaces *old* by *new*; False if the value is another by now."""
        ...

    def items(self, space: str) -> Iterator[tuple[str, str]]:
        """Every key and value of *space* that has not expired, sorted by key."""
        ...

    def close(self) -> None:
        """Gives up files and locks."""
        ...
