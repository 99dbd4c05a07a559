"""What a hook prints: what blocks, where, why it is new and what to do next, in under a screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gk_hooks.model.findings import Decision, Rule, Severity
from gk_hooks.model.report import BaselineState, Report, Result
from gk_hooks.model.text import clip, printable
from gk_hooks.reports import view, words

MAX_FINDINGS = 5
"""Findings that are shown whole; three lines each keep the whole output on a small screen."""

MAX_WIDTH = 118

BASELINE = ".gk-baseline.jsonl"


def render(report: Report, rules: Mapping[str, Rule], exit_code: int) -> str:
    """The report for a hook that ends with *exit_code*."""
    return "\n".join(_lines(report, rules, exit_code)) + "\n"


def _lines(report: Report, rules: Mapping[str, Rule], exit_code: int) -> Iterator[str]:
    blocking = [result for result in report.counted if result.severity is Severity.BLOCKER]
    review = [result for result in report.counted if result.severity is Severity.HIGH]
    yield _headline(report, blocking, review, exit_code)
    shown = (*blocking, *review)[:MAX_FINDINGS]
    for result in shown:
        yield from _finding(result, rules, report)
    hidden = len(blocking) + len(review) - len(shown)
    if hidden:
        yield f"… and {hidden:,} more: {_again(report)} shows them all"
    yield from _next_steps(report, blocking, review, exit_code)
    yield from (f"baseline: {sentence}" for sentence, _ in words.baseline_problems(report))
    yield from (f"note: {printable(note)}" for note in report.notes)


def _headline(report: Report, blocking: list[Result], review: list[Result], exit_code: int) -> str:
    whole = report.mode in ("directory", "at")
    files = words.count(len(report.records), "file" if whole else "changed file")
    verdict = "blocked" if exit_code else "passed"
    parts = [f"{len(blocking)} to fix"] if blocking else []
    parts += [f"{len(review)} to review"] if review else []
    fixed = sum(result.state is BaselineState.ABSENT for result in report.results)
    parts += [f"{fixed} gone"] if fixed else []
    accepted = len(report.current) - len(report.counted)
    parts += [f"{accepted} accepted"] if accepted else []
    return f"gk: {verdict}, {report.decision.value}: {', '.join(parts) or 'nothing new'} in {files} ({report.target})"


def _finding(result: Result, rules: Mapping[str, Rule], report: Report) -> Iterable[str]:
    finding = result.finding
    site = finding.site
    place = printable(view.place(finding.file, site.line, site.column))
    yield ""
    yield clip(f"{place}: {result.severity.value.upper()} {finding.rule_id} {view.shown(finding.evidence)}", MAX_WIDTH)
    source = report.sources.get((finding.file, site.line), "").strip()
    if source:
        yield clip(f"    {printable(source)}", MAX_WIDTH)
    if result.why_new:
        yield clip(f"    new: {printable(result.why_new)}", MAX_WIDTH)


def _next_steps(report: Report, blocking: list[Result], review: list[Result], exit_code: int) -> Iterator[str]:
    found = [*blocking, *review]
    if not found:
        return
    first = found[0].finding
    yield ""
    if exit_code:
        yield f"fix it:    gk explain {first.rule_id} tells why it matters and what to do"
        if any(result.finding.rule_id == "PEX003" for result in found):
            yield "or allow:  a harmless command goes into the allowlist with a justification (docs/reports.md)"
        place = printable(view.place(first.file, first.site.line, first.site.column))
        yield f"or accept: gk baseline add {first.rule_id} {place} --reason WHY --by NAME; git add {BASELINE}"
    elif report.decision is Decision.CONDITIONAL_PASS:
        yield "a reviewer has to look at this; it does not block (gk hook --fail-on review does)"


def _again(report: Report) -> str:
    return {"staged": "gk scan --staged", "since": "gk scan --since REF"}.get(report.mode, "gk scan --at HEAD")
