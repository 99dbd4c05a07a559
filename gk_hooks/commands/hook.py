"""``gk hook``: the entry of the pre-commit hooks; picks what is staged or the pushed range by itself."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from gk_hooks import rules
from gk_hooks.commands import hook_install
from gk_hooks.commands.options import add_policy_arguments, policy_options
from gk_hooks.commands.output import run_job, write_reports
from gk_hooks.model.findings import Decision
from gk_hooks.model.report import Report
from gk_hooks.reports import brief
from gk_hooks.reports.write import print_text
from gk_hooks.scan import Job
from gk_hooks.targets import Options, commit_job, push_jobs, since_job, staged_job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What blocks; nothing is written unless asked."""
    parser.add_argument("--fail-on", choices=("fail", "review"), default="fail", help="what blocks (default: fail)")
    parser.add_argument("--output-dir", metavar="DIR", help="also write the reports there (default: write nothing)")
    parser.add_argument("--pre-push", nargs=2, metavar=("REMOTE", "URL"), help=argparse.SUPPRESS)
    add_policy_arguments(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    hook_install.add_parsers(actions)


def run(options: argparse.Namespace) -> int:
    """Scans, prints under a screen, and returns 0 unless something blocks."""
    if options.action:
        return hook_install.run(options)
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
    wants_state = options.output_dir is not None
    if options.pre_push:
        yield from push_jobs(options.pre_push[0], sys.stdin.buffer.read(), policy)
        return
    start, end = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    if start and end:
        yield since_job(start, end, policy, dirtiness=wants_state)
        return
    job = staged_job(policy, dirtiness=wants_state)
    if job.base is not None and not any(job.base.changes.changes) and "GIT_INDEX_FILE" not in os.environ:
        # nobody is committing: pre-commit run --all-files must not pass because nothing is staged
        yield commit_job("HEAD", policy)
        return
    yield job


def _exit_code(report: Report, fail_on: str) -> int:
    if report.decision is Decision.CONDITIONAL_PASS and fail_on == "fail":
        return 0
    return report.decision.exit_code
