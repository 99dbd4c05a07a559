"""Code frames: the way of the value, then the lines that a finding stands on, the exact expression marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gk_hooks.model.findings import Finding
from gk_hooks.reports import view
from gk_hooks.reports.frame import shown_lines
from gk_hooks.reports.page.markup import element, source, text

AROUND = 160
"""Characters that are shown on either side of the expression."""
INSIDE = 600


def frame(finding: Finding, sources: Mapping[tuple[str, int], str]) -> str:
    """The frame of *finding*; its excerpt where the source is not at hand, "" when there is nothing to show."""
    lines = [*_trail(finding), *_lines(finding, sources)]
    return element("pre", *lines, class_="frame") if lines else ""


def _trail(finding: Finding) -> Iterator[str]:
    for step in finding.trail:
        yield _row(step.line, source(view.shown(step.what)), "step")


def _lines(finding: Finding, sources: Mapping[tuple[str, int], str]) -> Iterator[str]:
    site = finding.site
    last = max(site.line, site.end_line)
    lines = shown_lines(finding.file, site, sources)
    if not lines and site.excerpt:
        yield _row(site.line, element("mark", text(site.excerpt)))
    previous = site.line
    for number, content in lines:
        if number > previous + 1:
            yield element("code", "…", class_="gap")
        previous = number
        start = site.column - 1 if number == site.line else len(content) - len(content.lstrip())
        end = site.end_column - 1 if number == last else len(content)
        yield _row(number, _marked(content, max(start, 0), max(end, start + 1, 1)))


def _marked(content: str, start: int, end: int) -> str:
    before, inside, after = content[:start], content[start:end], content[end:]
    if len(before) > AROUND:
        before = "…" + before[-AROUND:]
    if len(inside) > INSIDE:
        inside = inside[: INSIDE - 1] + "…"
    if len(after) > AROUND:
        after = after[:AROUND] + "…"
    marked = element("mark", source(inside)) if inside else ""
    return f"{source(before)}{marked}{source(after)}"


def _row(number: int, content: str, kind: str = "") -> str:
    return element("code", content, class_=kind, data_n=number)
