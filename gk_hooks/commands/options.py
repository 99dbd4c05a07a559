"""Options that several commands share: what counts, and what is written."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gk_hooks.pipeline.targets import Options


def add_policy_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that can change a result."""
    group = parser.add_argument_group("what counts")
    group.add_argument("--profile", help="mcen_practical (default) or mcen_strict")
    group.add_argument("--include", action="append", default=[], metavar="GLOB", help="only files that match")
    group.add_argument("--exclude", action="append", default=[], metavar="GLOB", help="leave out what matches")
    group.add_argument("--max-file-size", type=_size, metavar="SIZE", help="skip larger files (default: 5M)")
    group.add_argument("--allowlist", metavar="FILE", help="accepted PEX003 commands, JSON")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--config", metavar="FILE", help="settings (default: gk.toml, pyproject.toml)")
    which.add_argument("--no-config", action="store_true", help="read no settings file")


def add_baseline_argument(parser: argparse.ArgumentParser) -> None:
    """The option for those who have reviewed the baseline that a change brings."""
    parser.add_argument("--accept-new-baseline", action="store_true", help="honour what the change itself accepts")


def add_blame_argument(parser: argparse.ArgumentParser) -> None:
    """The option that asks the history."""
    parser.add_argument("--blame", action="store_true", help="tell which commit brought each finding")


def add_cache_argument(parser: argparse.ArgumentParser) -> None:
    """The option for those who do not trust their own disk."""
    parser.add_argument("--no-cache", action="store_true", help="analyze every file anew, and remember nothing")


def add_output_arguments(parser: argparse.ArgumentParser, folder: str) -> None:
    """The options that change only what is written; *folder*: the help on the default output folder."""
    from gk_hooks.reports import FORMATS

    group = parser.add_argument_group("what is written")
    group.add_argument("--output-dir", metavar="DIR", help=f"folder for the reports (default: {folder})")
    group.add_argument(
        *("--format", "-f"),
        action="append",
        default=[],
        metavar="NAME[=PATH]",
        help=f"print or write one more report, repeatable: {', '.join(FORMATS)}",
    )
    group.add_argument("--no-manifest", action="store_true", help="do not write manifest.json")
    group.add_argument("--quiet", "-q", action="store_true", help="one line per finding")
    group.add_argument("--statistics", action="store_true", help="count findings by rule")


def policy_options(options: argparse.Namespace) -> Options:
    """What the command line says about policy."""
    from gk_hooks.pipeline.targets import Options

    return Options(
        profile=options.profile,
        include=tuple(options.include),
        exclude=tuple(options.exclude),
        max_file_size=options.max_file_size,
        allowlist=options.allowlist,
        output_dir=getattr(options, "output_dir", None),
        config=options.config,
        no_config=options.no_config,
        cache=not getattr(options, "no_cache", True),
        accept_new_baseline=getattr(options, "accept_new_baseline", False),
    )


def _size(word: str) -> int:
    units = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    number = word.upper().removesuffix("B")
    unit = number[-1:] if number[-1:] in units else ""
    try:
        return int(number.removesuffix(unit)) * units[unit]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no size: write 500000, 500K or 5M") from None
