"""``gk scan``: scans folders and files as they are on disk, what is staged, what a branch adds, or a commit."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from gk_hooks.commands.options import (
    add_baseline_argument,
    add_blame_argument,
    add_cache_argument,
    add_output_arguments,
    add_policy_arguments,
    policy_options,
)
from gk_hooks.errors import UsageError
from gk_hooks.model.records import replace

if TYPE_CHECKING:  # run imports what it needs itself, once git is at work
    from gk_hooks.pipeline.scan import Job
    from gk_hooks.source.git.state import Opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to scan, by which rules, and what to write."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="folders or files as they are on disk (default: .)")
    group = parser.add_argument_group("what to scan instead of PATH")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--staged", action="store_true", help="what the next commit changes")
    which.add_argument("--since", metavar="REF", help="what HEAD adds since its merge base with REF")
    which.add_argument("--at", metavar="REV", help="the whole tree at a commit or tag")
    group.add_argument("--until", metavar="REF", help="with --since: the other end (default: HEAD)")
    group.add_argument("--diff", action="store_true", help="show what changed at new findings")
    add_policy_arguments(parser)
    add_cache_argument(parser)
    add_baseline_argument(parser)
    add_blame_argument(parser)
    add_output_arguments(parser, "mcen_audit")


def run(options: argparse.Namespace) -> int:
    """Scans, writes, prints, and returns the exit code of the decision."""
    opened = _opened(options)
    from gk_hooks.commands.output import deliver, parse_formats, run_job, write_reports

    formats = parse_formats(options.format)
    job = _job(options, opened)
    if options.diff:
        if job.base is None:
            raise UsageError("--diff goes with --staged or --since")
        job = replace(job, base=replace(job.base, show_hunks=True))
    if options.blame:
        job = _blamed(job, options)
    report = run_job(job)
    folder_named = options.output_dir is not None
    write_reports(report, job.config.output_dir, default=not folder_named, with_manifest=not options.no_manifest)
    deliver(report, formats, options)
    return report.decision.exit_code


def _opened(options: argparse.Namespace) -> Opened | None:
    """The repository, where the report is going to say how it is checked out."""
    if not options.staged and (options.since is None or options.until not in (None, "HEAD")):
        return None
    from gk_hooks.source.git.state import open_early

    return open_early()


def _job(options: argparse.Namespace, opened: Opened | None) -> Job:
    from gk_hooks.pipeline.targets import commit_job, directory_job, since_job, staged_job

    policy = policy_options(options)
    in_git = options.staged or options.since is not None or options.at is not None
    if in_git and options.paths:
        raise UsageError("name either paths or one of --staged, --since, --at; narrow these with --include")
    if options.until is not None and options.since is None:
        raise UsageError("--until goes with --since")
    if options.staged:
        return staged_job(policy, opened=opened)
    if options.since is not None:
        return since_job(options.since, "HEAD" if options.until is None else options.until, policy, opened=opened)
    if options.at is not None:
        return commit_job(options.at, policy)
    return directory_job(options.paths or ["."], policy)


def _blamed(job: Job, options: argparse.Namespace) -> Job:
    if options.at is None and options.since is None:
        raise UsageError("--blame goes with --at or --since: what is not committed was written by nobody yet")
    from gk_hooks.pipeline.blame import blamed

    return blamed(job, options.at if options.since is None else options.until or "HEAD")
