"""Writing and printing a finished report, as every scanning command does it."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gk_hooks import rules
from gk_hooks.commands.parser import columns
from gk_hooks.errors import UsageError, hint
from gk_hooks.model.report import Report
from gk_hooks.model.text import printable
from gk_hooks.pipeline.scan import CountFiles, Job, StartProgress, scan
from gk_hooks.reports import FORMATS
from gk_hooks.reports.progress import Progress
from gk_hooks.reports.write import print_text, write_file, write_folder

FOLDER_FORMATS = ("json", "markdown")
"""The formats that the output folder always gets (specification §5), beside manifest.json."""


def run_job(job: Job) -> Report:
    """Scans with progress on standard error."""
    with scan_progress() as progress:
        return scan(job, progress)


@contextmanager
def scan_progress() -> Iterator[StartProgress]:
    """Progress on standard error, for whatever scans inside."""
    progress = Progress(0)

    def start(total: int) -> CountFiles:
        progress.total = total
        return progress.advance

    with progress:
        yield start


def parse_formats(words: Sequence[str]) -> list[tuple[str, str]]:
    """Each ``NAME`` or ``NAME=PATH`` as a pair; the path is "" for standard output. A folder gets the usual name."""
    formats = [_parse_format(word) for word in words]
    for place, number in Counter(os.path.abspath(path) if path else "" for _, path in formats).items():
        if number > 1:
            where = printable(place) if place else "standard output"
            raise UsageError(f"--format writes {number} reports to {where}: say NAME=PATH for each but one")
    return formats


def write_reports(report: Report, folder: str, *, default: bool, with_manifest: bool) -> None:
    """The output folder of specification §5. *default*: nobody named it."""
    files = {FORMATS[name].file_name: FORMATS[name].render(report, rules.BY_ID) for name in FOLDER_FORMATS}
    if with_manifest:
        from gk_hooks.evidence import manifest

        files["manifest.json"] = manifest.render(report)
    write_folder(folder, files, default=default)


def deliver(report: Report, formats: list[tuple[str, str]], options: argparse.Namespace) -> None:
    """The reports that --format asks for, and the summary unless one of them went to standard output."""
    for name, path in formats:
        rendered = FORMATS[name].render(report, rules.BY_ID)
        if path:
            write_file(path, rendered)
        else:
            print_text(rendered, sys.stdout)
    if all(path for _, path in formats):
        print_text(summary(report, quiet=options.quiet, statistics=options.statistics), sys.stdout)


def summary(
    report: Report, *, quiet: bool = False, statistics: bool = False, exit_code: int | None = None, frames: int = 50
) -> str:
    """The terminal summary; colour only where a person looks at it."""
    from gk_hooks.reports import text

    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return text.render(
        report,
        rules.BY_ID,
        color=color,
        width=min(columns(100), 120),
        quiet=quiet,
        statistics=statistics,
        frames=frames,
        exit_code=exit_code,
    )


def _parse_format(word: str) -> tuple[str, str]:
    name, _, path = word.partition("=")
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}: {hint(name, FORMATS, 'choose one of')}")
    if "=" in word and not path:
        raise UsageError(f"--format {word}: the path after = is empty")
    if path and (path[-1] in "/\\" or os.path.isdir(path)):
        path = os.path.join(path, FORMATS[name].file_name)
    return name, path
