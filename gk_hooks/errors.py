"""The one error root. Whatever a user can cause is a GkError with one clear line."""

from __future__ import annotations

from collections.abc import Iterable


class GkError(Exception):
    """The scan could not be completed: one line that says what, where and what to do. Exit code 3."""


class UsageError(GkError):
    """The command line, configuration or allowlist says something that cannot be meant."""


def hint(word: str, known: Iterable[str], what: str = "known are") -> str:
    """What to say of a *word* that nothing knows: the nearest known one, or else all of them after *what*."""
    import difflib

    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"{what} {', '.join(names)}"
