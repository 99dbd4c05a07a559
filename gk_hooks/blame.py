"""Which commit brought each finding: the youngest of those that last changed a line that the finding stands on.

Those are the lines of its place and those of its trail: a constant that changes on line 1 brings what line 50 does.
"""

from __future__ import annotations

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from gk_hooks.model.findings import Finding
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.report import BaselineState, Introduction, Result
from gk_hooks.model.snapshot import Record
from gk_hooks.scan import Job
from gk_hooks.source.git.blame import Commit, Lines, read_commit, shallow_commits, start_blame
from gk_hooks.source.git.lines import git_lines
from gk_hooks.source.git.plumbing import Objects
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.revisions import resolve_commit
from gk_hooks.source.git.snapshots import CommitSnapshot, TrackedSnapshot


def blamed(job: Job, revision: str) -> Job:
    """*job*, a scan of the commit *revision* or of what leads to it, with the introduction of each finding."""
    assert isinstance(job.snapshot, TrackedSnapshot)
    repository = job.snapshot.repository
    return replace(job, blame=Blame(repository, resolve_commit(repository, revision)))


WHOLE_FILE: Lines = (0, 0)


@dataclass(frozen=True)
class Blame:
    """Asks the history of *commit*."""

    repository: Repository
    commit: str

    def apply(self, results: Sequence[Result], records: Iterable[Record]) -> tuple[Result, ...]:
        """*results* with their introduction where it can be told, which it cannot through a link."""
        by_file: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            if result.state is not BaselineState.ABSENT:
                by_file[result.finding.file].append(result)
        with self.repository.objects() as objects:
            asked = dict(self._questions(by_file, records, objects))
            answers = self._ask(asked)
            commits = {commit for by_line in answers.values() for commit in by_line.values()}
            people = {commit: read_commit(objects, commit) for commit in sorted(commits)}
        shallow = shallow_commits(self.repository)
        return tuple(
            replace(result, introduced=self._introduction(result.finding, asked, answers, people, shallow))
            if result.finding.file in asked and result.state is not BaselineState.ABSENT
            else result
            for result in results
        )

    def _questions(
        self, by_file: Mapping[str, list[Result]], records: Iterable[Record], objects: Objects
    ) -> Iterator[tuple[str, dict[tuple[int, int], Lines]]]:
        """For each file the lines that its findings stand on, as we and as git count them."""
        blobs = {file.path: file.blob for file in CommitSnapshot(self.repository, revision=self.commit).files()}
        for record in records:
            results = by_file.get(record.path)
            if not results or record.kind is None or blobs.get(record.path) != record.blob_id or not record.size:
                continue
            ours = sorted({lines for result in results for lines in _lines(result.finding)})
            theirs = [WHOLE_FILE] * len(ours)
            if ours != [WHOLE_FILE]:
                counted = git_lines(objects.read(record.blob_id), record.kind, [lines for lines in ours if lines[0]])
                if counted is None or len(counted) != sum(lines[0] > 0 for lines in ours):
                    continue
                theirs = [*theirs[: len(ours) - len(counted)], *counted]
            yield record.path, dict(zip(ours, theirs, strict=True))

    def _ask(self, asked: Mapping[str, Mapping[Lines, Lines]]) -> dict[str, dict[int, str]]:
        """git's answers by file; as many processes as there are cores look for them."""
        answers: dict[str, dict[int, str]] = {}
        running: deque[tuple[str, Callable[[], dict[int, str]]]] = deque()
        for path, lines in asked.items():
            if len(running) == (os.cpu_count() or 1):
                first, finish = running.popleft()
                answers[first] = finish()
            running.append((path, start_blame(self.repository, self.commit, path, lines.values())))
        return answers | {path: finish() for path, finish in running}

    def _introduction(
        self,
        finding: Finding,
        asked: Mapping[str, Mapping[Lines, Lines]],
        answers: Mapping[str, Mapping[int, str]],
        people: Mapping[str, Commit],
        shallow: frozenset[str],
    ) -> Introduction | None:
        by_line = answers[finding.file]
        commits: set[str] = set()
        for lines in _lines(finding):
            first, last = asked[finding.file][lines]
            numbers = range(first, last + 1) if first else by_line
            commits |= {by_line[number] for number in numbers if number in by_line}
        if not commits:
            return None
        youngest = max((people[commit] for commit in commits), key=lambda commit: (commit.committed, commit.id))
        return Introduction(youngest.id, youngest.author, youngest.date, youngest.id in shallow)


def _lines(finding: Finding) -> set[Lines]:
    site = finding.site
    trail = ((step.line, step.line) for step in finding.trail if step.line)
    return {(site.line, max(site.line, site.end_line)), *trail}
