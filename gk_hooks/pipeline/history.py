"""The history of a repository's releases: each audited by itself, then compared with the one before.

A finding is carried when the release before has the same one: in the same file with all its facts, else there with the
same words, else anywhere with all its facts (code that moved). Each stands for one, so a second copy is new.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import UTC, datetime

from gk_hooks import __version__, rules
from gk_hooks.model.history import History, Release, Tracked
from gk_hooks.model.report import Report, Result
from gk_hooks.model.snapshot import SCANNED_ITSELF, Status
from gk_hooks.pipeline.scan import Job, scan
from gk_hooks.pipeline.targets import Options, commit_job
from gk_hooks.source.git.blame import read_commit
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.tags import tags

SAME: tuple[Callable[[Result], Hashable], ...] = (
    lambda result: (result.finding.file, result.finding.facts),
    lambda result: (result.finding.file, result.finding.rule_id, result.finding.evidence, result.finding.command),
    lambda result: result.finding.facts,
)
"""What makes it the same finding, the surest first."""


def history(repository: Repository, pattern: str, options: Options, run: Callable[[Job], Report] = scan) -> History:
    """Audits every tag that *pattern* matches, by the settings of its own commit under *options*.

    run: what scans. The same content is analyzed once, as far as *options* let it be remembered.
    """
    releases: list[Release] = []
    known: list[Tracked] = []
    for name, commit in tags(repository, pattern):
        report = run(commit_job(f"refs/tags/{name}", options, repository=repository))
        carried, new, fixed = moves(known, report.current, name)
        known = [*carried, *new]
        releases.append(_release(repository, name, commit, report, (carried, new, fixed)))
    findings = tuple(sorted(known, key=lambda each: each.result.finding.order))
    return History(__version__, pattern, repository.root, rules.rulepack_hash(), tuple(releases), findings)


def moves(
    before: Sequence[Tracked], results: Sequence[Result], name: str
) -> tuple[list[Tracked], list[Tracked], list[Tracked]]:
    """Which of *results*, those of the release *name*, were there *before*, which are new, and what is gone."""
    carried: list[Tracked] = []
    left, after = list(before), list(results)
    for same in SAME:
        waiting: dict[Hashable, deque[Tracked]] = defaultdict(deque)
        for each in left:
            waiting[same(each.result)].append(each)
        unknown = []
        for result in after:
            if found := waiting.get(same(result)):
                carried.append(Tracked(result, found.popleft().since))
            else:
                unknown.append(result)
        left, after = [each for found in waiting.values() for each in found], unknown
    fixed = sorted(left, key=lambda each: each.result.finding.order)
    return carried, [Tracked(result, name) for result in after], fixed


def _release(
    repository: Repository, name: str, commit: str, report: Report, moved: tuple[list[Tracked], ...]
) -> Release:
    carried, new, fixed = moved
    with repository.objects() as objects:
        committed = read_commit(objects, commit).committed
    return Release(
        name=name,
        commit=commit,
        tree=report.git.tree or "",
        date=_date(committed),
        decision=report.decision,
        decision_unsuppressed=report.decision_unsuppressed,
        complete=all(_complete(report)),
        files=len(report.records),
        totals=report.totals_by_severity(),
        suppressed=len(report.current) - len(report.counted),
        new=tuple(new),
        fixed=tuple(fixed),
        carried=len(carried),
    )


def _complete(report: Report) -> Iterator[bool]:
    return (record.status is Status.ANALYZED or record.reason == SCANNED_ITSELF for record in report.records)


def _date(committed: int) -> str:
    try:
        return datetime.fromtimestamp(committed, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return ""
