"""Reports, one file per format: the report model in, text out. Nothing here decides anything.

A new format is one file with ``render(report, rules)`` and one line in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gk_hooks.model.findings import Rule
from gk_hooks.model.report import Report
from gk_hooks.reports import json_report, markdown, text

Render = Callable[[Report, Mapping[str, Rule]], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name for ``--format``, the name of its file in the output directory, and its renderer.

    The renderer needs the metadata of every rule that the report's findings name.
    """

    name: str
    file_name: str
    render: Render


def _plain_text(report: Report, rules: Mapping[str, Rule]) -> str:
    return text.render(report, rules, frames=None, lines=None)


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("json", "report.json", json_report.render),
        Format("markdown", "report.md", markdown.render),
        Format("text", "report.txt", _plain_text),
    )
}
