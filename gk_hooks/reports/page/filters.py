"""Filters without a script: form controls, and style rules that look at them. Where a browser does not know ``:has``,
the controls are hidden and everything is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gk_hooks.model.findings import Severity
from gk_hooks.model.report import BaselineState, Result
from gk_hooks.reports.page.markup import element, text

COUNTED, NEW, ACCEPTED, KNOWN, GONE = "counted", "new", "accepted", "known", "gone"
STATUSES = {
    COUNTED: "what counts",
    NEW: "new",
    ACCEPTED: "accepted",
    KNOWN: "known from the base",
    GONE: "gone since the base",
}
"""How a finding stands; each has exactly one."""

SHORT = {**STATUSES, COUNTED: "counted", KNOWN: "known", GONE: "gone"}


def status(result: Result) -> str:
    """The key of *result* in STATUSES."""
    if result.suppression is not None:
        return ACCEPTED
    return {None: COUNTED, BaselineState.NEW: NEW, BaselineState.UNCHANGED: KNOWN, BaselineState.ABSENT: GONE}[
        result.state
    ]


def default(results: Sequence[Result]) -> str:
    """What is shown at first: what the decision stands on, or everything when nothing counts."""
    present = {status(result) for result in results}
    return next((name for name in (COUNTED, NEW) if name in present), "all")


def controls(results: Sequence[Result]) -> str:
    """The form: one choice of status, one of rule, and a box for each severity."""
    statuses = Counter(map(status, results))
    found = Counter(result.finding.rule_id for result in results)
    bad = Counter(result.severity for result in results)
    start = default(results)
    shown = [(name, _counted(STATUSES[name], statuses[name])) for name in STATUSES if statuses[name]]
    shown += [("all", _counted("all", len(results)))] if len(shown) > 1 else []
    rules = [("all", "all"), *((rule, _counted(rule, found[rule])) for rule in sorted(found))]
    boxes = (
        _choice("checkbox", "severity", severity.value, _counted(severity.value, bad[severity]), checked=True)
        for severity in Severity
        if bad[severity]
    )
    return element(
        "form",
        _group("Show", (_choice("radio", "status", name, label, checked=name == start) for name, label in shown)),
        _group("Severity", boxes),
        _group("Rule", (_choice("radio", "rule", name, label, checked=name == "all") for name, label in rules)),
        element("p", element("button", "Show what was shown first", type="reset")),
        class_="filters",
        aria_label="Filter the findings",
    ) + element("p", "A filter is set: some findings of this report are not shown.", class_="hidden-note")


def style(results: Sequence[Result]) -> Iterator[str]:
    """The style rules behind the controls. They hold in print as well, and a note says so."""
    narrowed = "[type=checkbox]:not(:checked),[name=rule]:checked:not(#rule-all)"
    yield f"body:has(.filters :is({narrowed})) .hidden-note{{display:block}}"
    for severity in sorted({result.severity.value for result in results}):
        yield f"body:has(#severity-{severity}:not(:checked)) .severity.{severity}{{display:none}}"
    for rule in sorted({result.finding.rule_id for result in results}):
        yield f"body:has(#rule-{rule}:checked) .rule:not(.{rule}){{display:none}}"
        yield f"body:has(#rule-{rule}:checked) .severity:not(.has-{rule}){{display:none}}"
    for name in sorted({status(result) for result in results}):
        yield f"body:has(#status-{name}:checked) :is(.severity,.rule):not(.has-{name}){{display:none}}"
        yield f"body:has(#status-{name}:checked) .finding:not(.{name}){{display:none}}"


def _group(legend: str, choices: Iterator[str]) -> str:
    return element("fieldset", element("legend", legend), *choices)


def _choice(kind: str, group: str, name: str, label: str, *, checked: bool) -> str:
    key = f"{group}-{name}"
    control = element("input", type=kind, id=key, name=group if kind == "radio" else key, checked=checked)
    return control + element("label", text(label), for_=key)


def _counted(label: str, number: int) -> str:
    return f"{label} {number:,}"
