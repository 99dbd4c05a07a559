"""The runtime part of a report: what one run behind the gate showed, and how far that goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gk_hooks.model.records import asdict
from gk_hooks.model.report import Report
from gk_hooks.model.runtime import RuntimeEgress
from gk_hooks.model.text import path_keys
from gk_hooks.reports import view
from gk_hooks.reports.blocks import Block, Bullets, Code, Line, Paragraph, Strong, Table, codes, facts

MEANINGS = {
    "no attempt": "The command ran to its end and tried to reach nothing but loopback. That is one run: code that it "
    "did not reach may behave differently.",
    "blocked": "The command tried what the gate blocks. Nothing left the machine.",
    "inconclusive": "The run does not show what it should: see the reasons.",
    "not started": "The command could not be started.",
}
MOST_DESTINATIONS = 50


def section(report: Report) -> Iterator[Block]:
    """The section of a report for people; nothing where no command was run."""
    run = report.runtime
    if run is None:
        return
    yield Paragraph((Strong(run.verdict), " at level ", Code(run.level), f". {MEANINGS.get(run.verdict, '')}"))
    if run.reasons:
        yield Bullets(run.reasons)
    yield facts(_facts(run))
    if run.destinations:
        yield Paragraph("Blocked destinations:")
        rest = len(run.destinations) - MOST_DESTINATIONS
        more = (f"… and {rest:,} more",) if rest > 0 else ()
        yield Bullets((*codes(map(view.shown, run.destinations[:MOST_DESTINATIONS])), *more))
    if run.findings:
        yield Paragraph(("Network findings in this run; ", Strong("not exercised"), " is not ", Strong("safe"), ":"))
        yield Table(
            ("place", "rule", "in this run", "matched by"),
            tuple(
                (Code(f"{one.file}:{one.line}"), one.rule_id, one.state, one.joined_by or "–") for one in run.findings
            ),
        )
    yield Paragraph("Not covered:")
    yield Bullets(run.not_covered)


def _facts(run: RuntimeEgress) -> Iterator[tuple[str, Line]]:
    yield "Command", Code(view.shown(" ".join(run.command)))
    yield "Its exit code", "–" if run.exit_code is None else str(run.exit_code)
    yield "Blocked attempts", f"{run.blocked_attempts:,}"
    yield "On loopback", f"{run.allowed_loopback_attempts:,}"
    yield "Enforced by", run.enforced_by
    yield "Free of races", "yes" if run.race_free else "no"
    yield "Why no higher level", run.fallback_reason
    yield "runtime_egress.json (SHA-256)", Code(run.summary_sha256)


def document(run: RuntimeEgress) -> dict[str, Any]:
    """The part of report.json."""
    found = [{**asdict(one), **path_keys(one.file, "file")} for one in run.findings]
    return {**asdict(run), "findings": found}
