"""``gk egress [TARGET] -- CMD…``: runs a command that can reach nothing but loopback, beside the scan of its code."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

from gk_hooks.errors import UsageError

LEVELS = ("kernel-netns", "kernel-seccomp-strict", "kernel-seccomp", "python-audit")
FOLDER = "mcen_audit"
MOST_SHOWN = 10
CODES = (
    "exit codes: 0 no attempt and the command succeeded, 1 something was blocked (or the scan says FAIL), "
    "2 inconclusive, 3 the gate could not do its work"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to scan and what to run."""
    from gk_hooks.commands.options import add_policy_arguments

    parser.usage = f"{parser.prog} [options] [TARGET] -- COMMAND [ARGUMENT …]"
    parser.epilog = CODES
    parser.add_argument("target", nargs="?", default=".", metavar="TARGET", help="folder to scan as well (default: .)")
    group = parser.add_argument_group("the gate")
    group.add_argument("--output-dir", metavar="DIR", help=f"folder for the evidence (default: {FOLDER})")
    group.add_argument("--no-scan", action="store_true", help="run the command without the static scan")
    group.add_argument("--require", choices=LEVELS, metavar="LEVEL", help=f"at least this level: {', '.join(LEVELS)}")
    group.add_argument("--level", choices=LEVELS, metavar="LEVEL", help="this level and no other")
    group.add_argument(
        *("--linger", "--wait"),
        type=_seconds,
        default=3.0,
        metavar="SECONDS",
        help="how long processes may outlive the command before they are ended (default: 3)",
    )
    add_policy_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Scans, runs, writes the evidence, and returns the exit code of the run gate."""
    from gk_hooks.egress.run import Request
    from gk_hooks.egress.run import run as run_gated

    command = getattr(options, "after_dashes", None)
    if not command:
        raise UsageError("write the command to run after --: gk egress [TARGET] -- COMMAND [ARGUMENT …]")
    if options.require and options.level and LEVELS.index(options.level) > LEVELS.index(options.require):
        raise UsageError(f"--level {options.level} is below --require {options.require}")
    report, folder = None, options.output_dir or FOLDER
    if not options.no_scan:
        from gk_hooks.commands.options import policy_options
        from gk_hooks.commands.output import run_job
        from gk_hooks.pipeline.targets import directory_job

        job = directory_job([options.target], policy_options(options))
        folder = job.config.output_dir
        report = run_job(job)
    request = Request(command, folder, options.output_dir is None, options.require, options.level, options.linger)
    result = run_gated(request, report)
    if report is not None:
        from gk_hooks.commands.output import write_reports
        from gk_hooks.egress.run import for_report
        from gk_hooks.model.records import replace

        report = replace(report, runtime=for_report(result))
        write_reports(report, folder, default=options.output_dir is None, with_manifest=True)
    sys.stdout.flush()
    sys.stderr.write(_shown(result.summary, folder))
    code: int = result.summary["gate_exit_code"]
    return code


def _shown(summary: dict[str, Any], folder: str) -> str:
    """The outcome in a few lines."""
    from gk_hooks.model.text import printable

    lines = [
        f"gk egress: {summary['verdict']}: {summary['blocked_attempts']:,} blocked, "
        f"{summary['allowed_loopback_attempts']:,} on loopback; level {summary['assurance']['level']} "
        f"(exit code {summary['gate_exit_code']})"
    ]
    lines += [f"  blocked: {name}" for name in summary["unique_destinations"][:MOST_SHOWN]]
    if len(summary["unique_destinations"]) > MOST_SHOWN:
        lines.append(f"  … and {len(summary['unique_destinations']) - MOST_SHOWN:,} more")
    lines += [f"  {reason}" for reason in summary["reasons"]]
    if summary["bound_to"] and summary["bound_to"]["static_decision"] != "PASS":
        lines.append(f"  static scan: {summary['bound_to']['static_decision']}")
    if summary["assurance"]["fallback_reason"]:
        lines.append(f"  not at a higher level: {summary['assurance']['fallback_reason']}")
    lines.append(f"  evidence: {folder}")
    return "".join(printable(line) + "\n" for line in lines)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{word!r} is no number of seconds from 0 to 3600")
    return seconds
