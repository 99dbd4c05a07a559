"""``gk audit [TAG]``: the full audit of a release, read from the object database, with its packet."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from gk_hooks.commands.options import (
    add_baseline_argument,
    add_blame_argument,
    add_output_arguments,
    add_policy_arguments,
    policy_options,
)
from gk_hooks.commands.output import deliver, parse_formats, run_job, write_reports
from gk_hooks.commands.packet import add_packet_arguments, signing_key, write_packet
from gk_hooks.model.records import replace
from gk_hooks.pipeline.targets import commit_job
from gk_hooks.source.git.plumbing import carried_by_gitpython
from gk_hooks.source.git.repository import open_repository
from gk_hooks.source.git.revisions import tag_at_head

ANALYZED_ANEW = "every file was analyzed anew; the cache was not read"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which release."""
    parser.add_argument("revision", nargs="?", metavar="TAG", help="default: the tag at HEAD, else HEAD")
    add_policy_arguments(parser)
    add_baseline_argument(parser)
    add_blame_argument(parser)
    add_output_arguments(parser, "mcen_audit")
    add_packet_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Audits the whole tree, writes the packet, and returns the exit code of the decision."""
    with carried_by_gitpython():
        return _audit(options)


def _audit(options: argparse.Namespace) -> int:
    formats, key = parse_formats(options.format), signing_key(options)
    revision = options.revision
    if revision is None:
        revision = tag_at_head(open_repository()) or "HEAD"
    job = commit_job(revision, replace(policy_options(options), today=datetime.now(UTC).date()))
    if options.blame:
        from gk_hooks.pipeline.blame import blamed

        job = blamed(job, revision)
    report = run_job(replace(job, notes=(*job.notes, ANALYZED_ANEW)))
    default = options.output_dir is None
    if options.no_manifest:
        write_reports(report, job.config.output_dir, default=default, with_manifest=False)
    else:
        write_packet(report, job, key, options.log, default=default)
    deliver(report, formats, options)
    return report.decision.exit_code
