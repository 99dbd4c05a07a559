"""The runtime part of a report: what one run behind the gate showed, and how far that goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from gk_hooks.model.findings import Rule
from gk_hooks.model.report import Report
from gk_hooks.model.runtime import RuntimeEgress
from gk_hooks.model.text import path_keys
from gk_hooks.reports import view
from gk_hooks.reports.markup import code, prose, table

MEANINGS = {
    "no attempt": "The command ran to its end and tried to reach nothing but loopback. That is one run: code that it "
    "did not reach may behave differently.",
    "blocked": "The command tried what the gate blocks. Nothing left the machine.",
    "inconclusive": "The run does not show what it should: see the reasons.",
    "not started": "The command could not be started.",
}
MOST_DESTINATIONS = 50


def section(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    """The section of report.md; nothing where no command was run."""
    run = report.runtime
    if run is None:
        return
    yield f"**{prose(run.verdict)}** at level {code(run.level)}. {MEANINGS.get(run.verdict, '')}"
    yield ""
    yield from (f"- {prose(reason)}" for reason in run.reasons)
    if run.reasons:
        yield ""
    yield from table(["what", "value"], _facts(run))
    yield ""
    if run.destinations:
        yield "Blocked destinations:"
        yield ""
        yield from (f"- {code(view.shown(name))}" for name in run.destinations[:MOST_DESTINATIONS])
        if len(run.destinations) > MOST_DESTINATIONS:
            yield f"- … and {len(run.destinations) - MOST_DESTINATIONS:,} more"
        yield ""
    if run.findings:
        yield "Network findings in this run; *not exercised* is not *safe*:"
        yield ""
        rows = (
            (code(f"{one.file}:{one.line}"), one.rule_id, prose(one.state), prose(one.joined_by or "–"))
            for one in run.findings
        )
        yield from table(["place", "rule", "in this run", "matched by"], rows)
        yield ""
    yield "Not covered:"
    yield ""
    yield from (f"- {prose(each)}" for each in run.not_covered)


def _facts(run: RuntimeEgress) -> Iterator[tuple[str, str]]:
    yield "Command", code(view.shown(" ".join(run.command)))
    yield "Its exit code", "–" if run.exit_code is None else str(run.exit_code)
    yield "Blocked attempts", f"{run.blocked_attempts:,}"
    yield "On loopback", f"{run.allowed_loopback_attempts:,}"
    yield "Enforced by", prose(run.enforced_by)
    yield "Free of races", "yes" if run.race_free else "no"
    if run.fallback_reason:
        yield "Why no higher level", prose(run.fallback_reason)
    yield "runtime_egress.json (SHA-256)", code(run.summary_sha256)


def document(run: RuntimeEgress) -> dict[str, Any]:
    """The part of report.json."""
    found = [{**asdict(one), **path_keys(one.file, "file")} for one in run.findings]
    return {**asdict(run), "findings": found}
