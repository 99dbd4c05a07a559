"""What a run behind the gate showed, as far as a report tells it; runtime_egress.json has all of it."""

from __future__ import annotations

from gk_hooks.model.records import dataclass


@dataclass(frozen=True, slots=True)
class Exercised:
    """A network finding and what the run made of it: *state* is "exercised and blocked", "exercised, loopback only" or
    "not exercised". joined_by: how the two were matched, "" when they were not.
    """

    rule_id: str
    file: str
    line: int
    state: str
    joined_by: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuntimeEgress:
    """One run. exit_code: the command's own, negative for a signal, None when it did not start. summary_sha256: of
    runtime_egress.json. Everything in it is about this one run.
    """

    verdict: str
    reasons: tuple[str, ...]
    level: str
    enforced_by: str
    race_free: bool
    not_covered: tuple[str, ...]
    fallback_reason: str
    command: tuple[str, ...]
    exit_code: int | None
    gate_exit_code: int
    blocked_attempts: int
    allowed_loopback_attempts: int
    destinations: tuple[str, ...]
    findings: tuple[Exercised, ...]
    summary_sha256: str
