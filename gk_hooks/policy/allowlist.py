"""The allowlist of specification §9: reviewed commands that PEX003 need not report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gk_hooks.model.report import AllowlistUse, Result


@dataclass(frozen=True)
class Allowlist:
    """path: its file. sha256: of its bytes."""

    path: str
    sha256: str


def load(path: str) -> Allowlist:
    """The allowlist in the JSON file at *path*; UsageError with one line where it cannot be meant."""
    raise NotImplementedError


def apply(allowlist: Allowlist, results: Iterable[Result]) -> tuple[tuple[Result, ...], AllowlistUse]:
    """*results* with the PEX003 findings that an entry covers suppressed, and how the allowlist was used."""
    raise NotImplementedError
