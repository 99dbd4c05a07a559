"""Charts as inline SVG: bars whose parts are told apart by color, by order, and by the numbers beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.report import Report, Result
from gk_hooks.reports import view
from gk_hooks.reports.page.markup import code, element, text

WIDTH = 1000
FILES = 10
"""As many files are in the chart of files."""


def bar(parts: Iterable[tuple[str, int]], whole: int, label: str = "") -> str:
    """A bar of (class, number) parts, as long as their share of *whole*; *label* for those who do not see it."""
    rects, start = [], 0.0
    for kind, number in parts:
        width = WIDTH * number / max(whole, 1)
        if number:
            shown = f"{max(width - 3, 2):.1f}"  # a gap between parts keeps them apart without color
            rects.append(element("rect", class_=kind, x=f"{start:.1f}", y=0, width=shown, height=12, rx=2))
        start += width
    hidden = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    box = f"0 0 {WIDTH} 12"
    return element("svg", *rects, class_="bar", viewBox=box, preserveAspectRatio="none", **hidden)


def severities(results: Iterable[Result]) -> list[tuple[str, int]]:
    """The parts of a bar of *results*, worst first."""
    counts = Counter(result.severity for result in results)
    return [(f"fill-{severity.value}", counts[severity]) for severity in Severity]


def by_rule(results: Sequence[Result], rules: Mapping[str, Rule]) -> str:
    """How many findings each rule has, as a table with a bar in each row."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.finding.rule_id, []).append(result)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    rows = [
        (f"{element('a', rule_id, href=f'#{rule_id}')} {text(rules[rule_id].title)}", found)
        for rule_id, found in ordered
    ]
    return _table("Findings by rule", "rule", rows)


def by_file(results: Sequence[Result]) -> str:
    """The files with the most findings."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.finding.file, []).append(result)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    title = (
        "Files with findings" if len(ordered) <= FILES else f"The {FILES} files with most findings, of {len(ordered):,}"
    )
    return _table(title, "file", [(code(file), found) for file, found in ordered[:FILES]])


def coverage(report: Report) -> str:
    """How much of what was in scope was analyzed."""
    files = view.coverage(report)
    parts = (
        ("analyzed", "fill-good", files.analyzed),
        ("linked", "fill-low", len(files.linked)),
        ("skipped", "fill-high", len(files.skipped)),
        ("not parsed", "fill-blocker", len(files.unparsed)),
    )
    label = ", ".join(f"{number:,} {name}" for name, _, number in parts)
    keys = (
        element("li", element("i", class_=kind, aria_hidden="true"), f" {number:,} {name}")
        for name, kind, number in parts
        if number
    )
    drawn = bar(((kind, number) for _, kind, number in parts), files.in_scope, label)
    return _figure(f"Coverage: {files.in_scope:,} files in scope", drawn, element("ul", *keys, class_="keys"))


def _table(title: str, column: str, rows: Sequence[tuple[str, Sequence[Result]]]) -> str:
    most = max((len(found) for _, found in rows), default=0)
    body = (
        element(
            "tr",
            element("th", label, scope="row"),
            element("td", bar(severities(found), most), class_="bars"),
            element("td", f"{len(found):,}", class_="number"),
        )
        for label, found in rows
    )
    heads = (element("th", text(name), scope="col") for name in (column, "share", "findings"))
    head = element("thead", element("tr", *heads), class_="unseen")
    return _figure(title, element("table", head, element("tbody", *body), class_="chart"))


def _figure(title: str, *content: str) -> str:
    return element("figure", element("figcaption", text(title)), *content)
