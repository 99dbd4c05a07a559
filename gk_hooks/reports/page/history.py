"""The history of releases as one page: a chart of what each release holds, the table, and every finding that moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from gk_hooks.model.findings import Rule, Severity
from gk_hooks.model.history import History, Release, Tracked
from gk_hooks.reports import view
from gk_hooks.reports.blocks import Code, Line, Paragraph, Table
from gk_hooks.reports.history import COLUMNS, row
from gk_hooks.reports.page.document import header, page
from gk_hooks.reports.page.markup import blocks, code, element, text

BAR, GAP, HEIGHT = 36, 12, 240

STYLE = (
    ".wide { overflow-x: auto; }",
    ".history { display: block; height: auto; }",
    ".history text { font-size: 11px; fill: var(--soft); }",
    ".history .axis { stroke: var(--line); }",
)

MOST = 500
"""So many findings of a release are listed; history.json has every one."""


def render(history: History, rules: Mapping[str, Rule]) -> str:
    """The page as HTML 5."""
    name = PurePath(history.root_path).name or history.root_path
    parts = [
        ("Findings in each release", [chart(history.releases), *blocks([_table(history)], "Releases")]),
        *((f"Moved in {release.name}", list(_moved(release, rules))) for release in reversed(history.releases[1:])),
    ]
    facts = (f"{len(history.releases):,} releases that match {code(history.pattern)}", text(f"gk {history.version}"))
    return page(
        f"Releases of {name}",
        header("Releases", name, facts),
        [(title, content) for title, content in parts if content],
        f"gk {history.version}, rule pack {history.rulepack_hash[:16]}…",
        skip=parts[0][0],
        style=STYLE,
    )


def chart(releases: Sequence[Release]) -> str:
    """A bar for each release, its findings stacked by severity, worst at the bottom."""
    most = max((sum(release.totals.values()) for release in releases), default=0)
    width = len(releases) * (BAR + GAP) + GAP
    bars = [_bar(release, GAP + number * (BAR + GAP), most) for number, release in enumerate(releases)]
    label = "; ".join(f"{release.name}: {sum(release.totals.values()):,}" for release in releases)
    base = element("line", class_="axis", x1=0, x2=width, y1=HEIGHT + 20, y2=HEIGHT + 20)
    box = f"0 0 {width} {HEIGHT + 44}"
    drawn = element("svg", *bars, base, class_="history", viewBox=box, role="img", aria_label=label, width=width)
    keys = (
        element("li", element("i", class_=f"fill-{severity.value}", aria_hidden="true"), f" {severity.value}")
        for severity in Severity
    )
    return element("figure", element("div", drawn, class_="wide"), element("ul", *keys, class_="keys"))


def _bar(release: Release, left: int, most: int) -> str:
    total = sum(release.totals.values())
    parts, top = [], float(HEIGHT + 20)
    for severity, number in release.totals.items():
        height = HEIGHT * number / max(most, 1)
        top -= height
        if number:
            shown = f"{max(height - 1, 1):.1f}"
            parts.append(
                element("rect", class_=f"fill-{severity}", x=left, y=f"{top:.1f}", width=BAR, height=shown, rx=2)
            )
    middle = left + BAR // 2
    hint = element("title", text(f"{release.name} ({release.date}): {total:,} findings, {release.decision.value}"))
    number_ = element("text", f"{total:,}", x=middle, y=f"{top - 6:.1f}", text_anchor="middle")
    name = element("text", text(_short(release.name)), x=middle, y=HEIGHT + 36, text_anchor="middle")
    return element("g", hint, *parts, number_, name)


def _short(name: str) -> str:
    return name if len(name) <= 7 else f"…{name[-6:]}"


def _table(history: History) -> Table:
    rows: list[tuple[Line, ...]] = [(Code(release.name), *row(release)[1:]) for release in history.releases]
    return Table(COLUMNS, tuple(rows))


def _moved(release: Release, rules: Mapping[str, Rule]) -> Iterator[str]:
    for title, moved in (("new", release.new), ("fixed", release.fixed)):
        if moved:
            more = f", the first {MOST}" if len(moved) > MOST else ""
            heading = Paragraph(f"{len(moved):,} {title}{more}:")
            rows = tuple(_row(each, rules) for each in moved[:MOST])
            table = Table(("place", "rule", "severity", "evidence", "since"), rows)
            yield from blocks([heading, table], f"{title} in {release.name}")


def _row(tracked: Tracked, rules: Mapping[str, Rule]) -> tuple[Line, ...]:
    result, finding = tracked.result, tracked.result.finding
    place = view.place(finding.file, finding.site.line, finding.site.column)
    rule = f"{finding.rule_id} {rules[finding.rule_id].title}"
    severity = result.severity.value + (" (accepted)" if result.suppression else "")
    return Code(place), rule, severity, Code(view.shown(finding.evidence)), Code(tracked.since)
