"""How a command fared, at any level."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """How the command fared. exit_code: negative when a signal ended it, None when it could not be started.

    tally: what the kernel counted, empty without a namespace. doubts: why the run proves less than it should.
    """

    exit_code: int | None
    problem: str
    tally: dict[str, int]
    doubts: tuple[str, ...]
    uncontrolled: tuple[str, ...] = ()
