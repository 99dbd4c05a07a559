"""Reports, one file per format: the report model in, text out. Nothing here decides anything.

A new format is one file with ``render(report, rules)`` and one line in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from gk_hooks.model.records import dataclass

if TYPE_CHECKING:
    from gk_hooks.model.findings import Rule
    from gk_hooks.model.report import Report

Render = Callable[["Report", Mapping[str, "Rule"]], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name for ``--format``, the name of its file in the output directory, and its renderer.

    The renderer needs the metadata of every rule that the report's findings name.
    """

    name: str
    file_name: str
    render: Render


def _lazily(module: str) -> Render:
    """The renderer of a module that is imported when it is wanted: a hook prints none of them."""

    def render(report: Report, rules: Mapping[str, Rule]) -> str:
        text: str = import_module(f"gk_hooks.reports.{module}").render(report, rules)
        return text

    return render


def _text(report: Report, rules: Mapping[str, Rule]) -> str:
    from gk_hooks.reports import text

    return text.render(report, rules, frames=None, lines=None)


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("json", "report.json", _lazily("json_report")),
        Format("markdown", "report.md", _lazily("markdown")),
        Format("text", "report.txt", _text),
        Format("html", "report.html", _lazily("page")),
        Format("sarif", "report.sarif", _lazily("sarif")),
        Format("hdf", "report.hdf.json", _lazily("hdf")),
        Format("gitlab", "report.codequality.json", _lazily("codequality")),
        Format("junit", "report.junit.xml", _lazily("junit")),
        Format("github", "report.github.txt", _lazily("github")),
    )
}
