"""What a verification says: one line for each thing that was checked, and what it was checked against."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gk_hooks.model.records import dataclass


class Outcome(StrEnum):
    """What came of a check. What could not be checked never counts as checked."""

    CHECKED = "ok"
    UNCHECKED = "not checked"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Check:
    """*subject*: what was looked at, in a word. *text*: what was found, against what."""

    outcome: Outcome
    subject: str
    text: str

    @property
    def line(self) -> str:
        """The check for a terminal."""
        return f"{self.outcome.value:<11}  {self.subject:<13}  {self.text}"


def checked(subject: str, text: str) -> Check:
    """It is as it should be."""
    return Check(Outcome.CHECKED, subject, text)


def unchecked(subject: str, why: str) -> Check:
    """Nobody knows."""
    return Check(Outcome.UNCHECKED, subject, why)


def wrong(subject: str, text: str) -> Check:
    """It is not as it should be."""
    return Check(Outcome.WRONG, subject, text)


def exit_code(checks: Iterable[Check]) -> int:
    """0: all checked and right. 1: something is wrong. 2: nothing is wrong, but not all could be checked."""
    outcomes = {check.outcome for check in checks}
    if Outcome.WRONG in outcomes or not outcomes:
        return 1
    return 2 if Outcome.UNCHECKED in outcomes else 0
