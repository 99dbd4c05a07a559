"""The table that the parts of the catalogue are written with."""

from __future__ import annotations

from gk_hooks.analyzers.python.api import Api


class Table(dict[str, tuple[Api, ...]]):
    """Full name → what a call means."""

    def add(self, names: list[str] | str, *apis: Api) -> None:
        """Adds *apis* under each of *names* (a string is split at blanks)."""
        for name in names.split() if isinstance(names, str) else names:
            self[name] = (*self.get(name, ()), *apis)


def methods(owners: str, names: str) -> list[str]:
    """Every ``owner.name``."""
    return [f"{owner}.{name}" for owner in owners.split() for name in names.split()]
