"""runtime_egress.json: the run in one document, and the exit code that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gk_hooks import __version__
from gk_hooks.egress.events import BLOCKED, DNS, LOCAL, LOOPBACK, ORPHAN, Log
from gk_hooks.egress.levels import ASSURANCE, AUDIT, not_covered
from gk_hooks.egress.outcome import Outcome
from gk_hooks.egress.redact import redacted

SCHEMA_VERSION = 1
NO_ATTEMPT, WAS_BLOCKED, INCONCLUSIVE, NOT_STARTED = "no attempt", "blocked", "inconclusive", "not started"
CODES = {NO_ATTEMPT: 0, WAS_BLOCKED: 1, INCONCLUSIVE: 2, NOT_STARTED: 3}
NOTE = "This run alone: this command, its configuration and inputs. No attempt does not mean that there cannot be one."


class Verdict(NamedTuple):
    """What the run amounts to. reasons: why it is inconclusive, or would be if nothing had been blocked."""

    word: str
    reasons: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0, 1, 2 or 3."""
        return CODES[self.word]


def verdict(outcome: Outcome, name: str, blocked: int, level: str, log_problem: str) -> Verdict:
    """What the run of the command called *name* amounts to."""
    if outcome.problem:
        return Verdict(NOT_STARTED, (f"{name}: {outcome.problem}",))
    reasons = list(outcome.doubts)
    if outcome.exit_code:
        ended = f"signal {-outcome.exit_code}" if outcome.exit_code < 0 else f"exit code {outcome.exit_code}"
        reasons.append(f"the command failed ({ended})")
    if level == AUDIT and outcome.uncontrolled:
        reasons.append(f"out of control at this level: {', '.join(outcome.uncontrolled[:5])}")
    if "changed" in log_problem:
        reasons.append(log_problem)
    if blocked:
        return Verdict(WAS_BLOCKED, tuple(reasons))
    return Verdict(INCONCLUSIVE if reasons else NO_ATTEMPT, tuple(reasons))


def document(
    *,
    command: Sequence[str],
    cwd: str,
    level: str,
    refusals: dict[str, str],
    how: Sequence[str],
    outcome: Outcome,
    judged: Verdict,
    log: Log,
    log_sha256: str,
    log_problem: str,
    run: dict[str, Any],
    bound_to: dict[str, Any] | None,
    findings: list[dict[str, Any]] | None,
    gate_exit_code: int,
) -> dict[str, Any]:
    """The summary as plain dictionaries and lists."""
    code = outcome.exit_code
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "gk", "version": __version__},
        "verdict": judged.word,
        "reasons": list(judged.reasons),
        "gate_exit_code": gate_exit_code,
        "command": list(redacted(list(command))),
        "cwd": cwd,
        "exit_code": code,
        "signal": -code if code is not None and code < 0 else None,
        "run": run,
        "assurance": _assurance(level, refusals, how),
        **_attempts(log),
        "kernel_tally": outcome.tally or None,
        "unattributed_attempts": sum(outcome.tally.values()),
        "uncontrolled": list(outcome.uncontrolled),
        "log": {
            "file": "egress_log.jsonl",
            "sha256": log_sha256,
            "events": len(log.lines),
            "last": log.chain,
            "log_tampered_during_run": bool(log_problem),
            "problem": log_problem or None,
        },
        "bound_to": bound_to,
        "findings": findings,
        "note": NOTE,
    }


def _assurance(level: str, refusals: dict[str, str], how: Sequence[str]) -> dict[str, Any]:
    """What *level* promises, why no stronger one was taken, and that it was tried."""
    assurance = ASSURANCE[level]
    return {
        "level": level,
        "enforced_by": assurance.enforced_by,
        "race_free": assurance.race_free,
        "covers": list(assurance.covers),
        "not_covered": list(not_covered(level, how)),
        "fallback_reason": "; ".join(f"{name}: {why}" for name, why in refusals.items()) or None,
        "probes": {**refusals, level: f"holds ({', '.join(how)})" if how else "holds"},
    }


def _attempts(log: Log) -> dict[str, Any]:
    """What the command tried, as the log counts it."""
    return {
        "blocked_attempts": log.counts[BLOCKED],
        "allowed_loopback_attempts": log.counts[LOOPBACK],
        "allowed_unix_attempts": log.counts[LOCAL],
        "dns_queries": log.counts[DNS],
        "killed_orphans": log.counts[ORPHAN],
        "counts": dict(sorted(log.counts.items())),
        "unique_destinations": sorted(log.destinations),
    }
