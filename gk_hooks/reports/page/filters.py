"""Filters without a script: form controls, and style rules that look at them. Where a browser does not know ``:has``,
the controls are hidden and everything is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gk_hooks.model.findings import Severity
from gk_hooks.model.report import BaselineState, Result
from gk_hooks.reports.page.markup import element, text

ALL = "all"
LEGENDS = {"status": "Show", "severity": "Severity", "rule": "Rule"}
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
    return next((name for name in (COUNTED, NEW) if name in present), ALL)


def controls(results: Sequence[Result]) -> str:
    """The form: one choice of status, one of rule, and a box for each severity; "" when there is nothing to choose."""
    groups = {name: choices for name, choices in _choices(results).items() if len(choices) > 1}
    if not groups:
        return ""
    start = default(results)
    return element(
        "form",
        *(_group(name, choices, start) for name, choices in groups.items()),
        element("p", element("button", "Show what was shown first", type="reset")),
        class_="filters",
        aria_label="Filter the findings",
    ) + element("p", "A filter is set: some findings of this report are not shown.", class_="hidden-note")


def style(results: Sequence[Result]) -> Iterator[str]:
    """The style rules behind the controls. They hold in print as well, and a note says so."""
    narrowed = "[type=checkbox]:not(:checked),[name=rule]:checked:not(#rule-all)"
    yield f"body:has(.filters :is({narrowed})) .hidden-note{{display:block}}"
    for group, choices in _choices(results).items():
        for name in choices if len(choices) > 1 else ():
            if name != ALL:
                yield from _RULES[group](name)


def _status_rules(name: str) -> Iterator[str]:
    yield f"body:has(#status-{name}:checked) :is(.severity,.rule):not(.has-{name}){{display:none}}"
    yield f"body:has(#status-{name}:checked) .finding:not(.{name}){{display:none}}"


def _severity_rules(name: str) -> Iterator[str]:
    yield f"body:has(#severity-{name}:not(:checked)) .severity.{name}{{display:none}}"


def _rule_rules(name: str) -> Iterator[str]:
    yield f"body:has(#rule-{name}:checked) .rule:not(.{name}){{display:none}}"
    yield f"body:has(#rule-{name}:checked) .severity:not(.has-{name}){{display:none}}"


_RULES = {"status": _status_rules, "severity": _severity_rules, "rule": _rule_rules}


def _choices(results: Sequence[Result]) -> dict[str, dict[str, str]]:
    """For each group of controls: the key of a control and its label."""
    statuses, severities = Counter(map(status, results)), Counter(result.severity.value for result in results)
    rules = Counter(result.finding.rule_id for result in results)
    shown = {name: f"{STATUSES[name]} {statuses[name]:,}" for name in STATUSES if statuses[name]}
    return {
        "status": {**shown, ALL: f"all {len(results):,}"} if len(shown) > 1 else shown,
        "severity": {
            each.value: f"{each.value} {severities[each.value]:,}" for each in Severity if severities[each.value]
        },
        "rule": {ALL: ALL, **{name: f"{name} {rules[name]:,}" for name in sorted(rules)}} if len(rules) > 1 else {},
    }


def _group(group: str, choices: dict[str, str], start: str) -> str:
    kind = "checkbox" if group == "severity" else "radio"
    parts = []
    for name, label in choices.items():
        key = f"{group}-{name}"
        checked = kind == "checkbox" or name == (start if group == "status" else ALL)
        parts.append(element("input", type=kind, id=key, name=group if kind == "radio" else key, checked=checked))
        parts.append(element("label", text(label), for_=key))
    return element("fieldset", element("legend", LEGENDS[group]), *parts)
