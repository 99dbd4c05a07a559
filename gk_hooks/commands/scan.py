"""``gk scan``: scans directories or files as they are on disk and writes the reports."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from gk_hooks import rules
from gk_hooks.errors import UsageError
from gk_hooks.evidence import manifest
from gk_hooks.model.report import Report
from gk_hooks.policy import config
from gk_hooks.reports import FORMATS, text
from gk_hooks.reports.progress import Progress
from gk_hooks.reports.write import print_text, write_file, write_folder
from gk_hooks.scan import Job, scan
from gk_hooks.source.directory import snapshot_of

FILES = ("json", "markdown")
"""The formats that the output folder always gets (specification §5), beside manifest.json."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to scan, by which rules, and what to write."""
    parser.add_argument("paths", nargs="*", default=["."], metavar="PATH", help="folders or files (default: .)")
    add_policy_arguments(parser)
    add_output_arguments(parser)


def add_policy_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that can change a result."""
    group = parser.add_argument_group("what counts")
    group.add_argument("--profile", help="mcen_practical (default) or mcen_strict")
    group.add_argument("--include", action="append", default=[], metavar="GLOB", help="only files that match")
    group.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="leave out what matches")
    group.add_argument("--max-file-size", type=_size, metavar="SIZE", help="skip larger files (default: 5M)")
    group.add_argument("--allowlist", metavar="FILE", help="accepted PEX003 commands, JSON")
    group.add_argument("--config", metavar="FILE", help="settings (default: gk.toml or pyproject.toml in the root)")


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that change only what is written."""
    group = parser.add_argument_group("what is written")
    group.add_argument("--output-dir", metavar="DIR", help="folder for the reports (default: mcen_audit)")
    group.add_argument(
        *("--format", "-f"),
        action="append",
        default=[],
        metavar="NAME[=PATH]",
        help=f"print or write one more report: {', '.join(FORMATS)}; repeatable",
    )
    group.add_argument("--no-manifest", action="store_true", help="do not write manifest.json")
    group.add_argument("--quiet", "-q", action="store_true", help="one line per finding")
    group.add_argument("--statistics", action="store_true", help="count findings by rule")


def run(options: argparse.Namespace) -> int:
    """Scans, writes, prints, and returns the exit code of the decision."""
    formats = [parse_format(word) for word in options.format]
    settings = settings_of(options)
    folder = Path(settings.output_dir)
    snapshot = snapshot_of(
        options.paths,
        include=settings.include,
        exclude=settings.exclude,
        max_file_size=settings.max_file_size,
        output_dir=str(folder),
    )
    with Reporter() as progress:
        report = scan(Job(snapshot, settings, "directory", " ".join(options.paths)), progress)
    write_reports(report, folder, default=options.output_dir is None, with_manifest=not options.no_manifest)
    deliver(report, formats, options)
    return report.decision.exit_code


def settings_of(options: argparse.Namespace) -> config.Config:
    """The settings file of the scanned root with the command line on top."""
    roots = [path if os.path.isdir(path) else os.path.dirname(path) or "." for path in options.paths]
    settings = config.load(os.path.commonpath([os.path.abspath(root) for root in roots]), options.config)
    return config.with_options(
        settings,
        profile=options.profile,
        include=tuple(options.include),
        exclude=tuple(options.exclude),
        max_file_size=options.max_file_size,
        allowlist=options.allowlist,
        output_dir=options.output_dir,
    )


def write_reports(report: Report, folder: Path, *, default: bool, with_manifest: bool) -> None:
    """The output folder of specification §5."""
    files = {FORMATS[name].file_name: FORMATS[name].render(report, rules.BY_ID) for name in FILES}
    if with_manifest:
        files["manifest.json"] = manifest.render(report)
    write_folder(folder, files, default=default)


def deliver(report: Report, formats: list[tuple[str, str]], options: argparse.Namespace) -> None:
    """The reports that were asked for by --format, and the summary unless one of them went to standard output."""
    for name, path in formats:
        rendered = FORMATS[name].render(report, rules.BY_ID)
        if path:
            write_file(Path(path), rendered)
        else:
            print_text(rendered, sys.stdout)
    if all(path for _, path in formats):
        print_summary(report, options)


def print_summary(report: Report, options: argparse.Namespace) -> None:
    """The terminal summary; colour only where a person looks at it."""
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    summary = text.render(
        report, rules.BY_ID, color=color, width=width, quiet=options.quiet, statistics=options.statistics
    )
    print_text(summary, sys.stdout)


def parse_format(word: str) -> tuple[str, str]:
    """``NAME`` or ``NAME=PATH``."""
    name, _, path = word.partition("=")
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}: choose one of {', '.join(FORMATS)}")
    if "=" in word and not path:
        raise UsageError(f"--format {word}: the path after = is empty")
    return name, path


class Reporter:
    """Progress for the pipeline: called with the number of files, it returns what counts them."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def __call__(self, total: int) -> Callable[[int], None]:
        self._progress = Progress(total)
        return self._progress.advance

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.__exit__(None, None, None)


def _size(word: str) -> int:
    units = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    number = word.upper().removesuffix("B")
    unit = number[-1:] if number[-1:] in units else ""
    try:
        return int(number.removesuffix(unit)) * units[unit]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no size: write 500000, 500K or 5M") from None
