"""``gk hook``: the entry of the pre-commit hooks; picks what is staged or the pushed range by itself."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator

from gk_hooks import rules
from gk_hooks.commands.options import add_baseline_argument, add_cache_argument, add_policy_arguments, policy_options
from gk_hooks.commands.output import run_job, write_reports
from gk_hooks.model.findings import Decision
from gk_hooks.model.report import Report
from gk_hooks.pipeline.scan import Job
from gk_hooks.pipeline.targets import Options, commit_job, hook_job, push_jobs, since_job
from gk_hooks.reports import brief
from gk_hooks.reports.write import print_text

STAGES = ("pre-commit", "pre-merge-commit", "pre-push")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What blocks; nothing is written unless asked."""
    parser.add_argument("--fail-on", choices=("fail", "review"), default="fail", help="what blocks (default: fail)")
    parser.add_argument("--output-dir", metavar="DIR", help="also write the reports there (default: write nothing)")
    parser.add_argument("--pre-push", nargs=2, metavar=("REMOTE", "URL"), help=argparse.SUPPRESS)
    add_policy_arguments(parser)
    add_cache_argument(parser)
    add_baseline_argument(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", prog=parser.prog)
    install = actions.add_parser("install", help="install git hooks that run gk hook")
    install.add_argument("--stage", action="append", choices=STAGES, help=f"default: {', '.join(STAGES[:2])}")
    actions.add_parser("uninstall", help="take away the git hooks that gk installed")


def run(options: argparse.Namespace) -> int:
    """Scans, prints under a screen, and returns 0 unless something blocks."""
    if options.action:
        code: int = importlib.import_module("gk_hooks.commands.hook_install").run(options)
        return code
    code = 0
    for job in _jobs(options, policy_options(options)):
        report = run_job(job)
        blocked = _exit_code(report, options.fail_on)
        if options.output_dir is not None:
            write_reports(report, options.output_dir, default=False, with_manifest=True)
        print_text(brief.render(report, rules.BY_ID, blocked), sys.stdout)
        code = code or blocked
    return code


def _jobs(options: argparse.Namespace, policy: Options) -> Iterator[Job]:
    state = options.output_dir is not None  # nothing else shows it
    start, end = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    pushed = os.environ.get("PRE_COMMIT_LOCAL_BRANCH")
    if options.pre_push:
        yield from push_jobs(options.pre_push[0], sys.stdin.buffer.read(), policy, state=state)
    elif start and end:
        yield since_job(start, end, policy, state=state)
    elif pushed:  # by pre-commit: a branch of which the remote has no commit
        yield commit_job(pushed, policy)
    else:
        yield hook_job(policy, state=state)


def _exit_code(report: Report, fail_on: str) -> int:
    if report.decision is Decision.CONDITIONAL_PASS and fail_on == "fail":
        return 0
    return report.decision.exit_code
