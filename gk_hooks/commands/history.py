"""``gk history PATTERN``: every release that matches, audited, and how findings moved from one to the next."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from gk_hooks import rules
from gk_hooks.commands.options import add_cache_argument, add_policy_arguments, policy_options
from gk_hooks.commands.output import run_job
from gk_hooks.errors import UsageError
from gk_hooks.model.findings import Rule
from gk_hooks.model.history import History
from gk_hooks.pipeline.history import history
from gk_hooks.reports import history as reports
from gk_hooks.reports.page import history as page
from gk_hooks.reports.write import print_text, write_file
from gk_hooks.source.git.repository import open_repository

Render = Callable[[History, Mapping[str, Rule]], str]

FORMATS: dict[str, Render] = {"text": reports.text, "json": reports.json, "html": page.render}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which releases, by which rules, and what to write."""
    parser.epilog = "The exit code is that of the last release."
    parser.add_argument("pattern", nargs="?", default="*", metavar="PATTERN", help="glob of tags (default: every tag)")
    add_policy_arguments(parser)
    add_cache_argument(parser)
    parser.add_argument(
        *("--format", "-f"),
        action="append",
        default=[],
        metavar="NAME[=PATH]",
        help=f"print or write: {', '.join(FORMATS)}; repeatable (default: text)",
    )


def run(options: argparse.Namespace) -> int:
    """Audits, prints and writes, and returns the exit code of the last release's decision."""
    wanted = [_parse(word) for word in options.format] or [("text", "")]
    found = history(open_repository(), options.pattern, policy_options(options), run_job)
    for name, path in wanted:
        rendered = FORMATS[name](found, rules.BY_ID)
        if path:
            write_file(Path(path), rendered)
        else:
            print_text(rendered, sys.stdout)
    return found.releases[-1].decision.exit_code


def _parse(word: str) -> tuple[str, str]:
    name, equals, path = word.partition("=")
    if name not in FORMATS:
        raise UsageError(f"unknown format {name!r}: choose one of {', '.join(FORMATS)}")
    if equals and not path:
        raise UsageError(f"--format {word}: the path after = is empty")
    return name, path
