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
from gk_hooks.pipeline.scan import Job
from gk_hooks.source.git.blame import Lines, read_commit, shallow_commits, start_blame
from gk_hooks.source.git.lines import git_lines
from gk_hooks.source.git.objects import Objects
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.revisions import resolve_commit
from gk_hooks.source.git.snapshots import CommitSnapshot, TrackedSnapshot


def blamed(job: Job, revision: str) -> Job:
    """*job*, a scan of the commit *revision* or of what leads to it, with the introduction of each finding."""
    assert isinstance(job.snapshot, TrackedSnapshot)
    repository = job.snapshot.repository
    return replace(job, blame=Blame(repository, resolve_commit(repository, revision)))


WHOLE_FILE: Lines = (0, 0)

Place = tuple[str, Lines]


@dataclass(frozen=True)
class Blame:
    """Asks the history of *commit*."""

    repository: Repository
    commit: str

    def apply(self, results: Sequence[Result], records: Iterable[Record]) -> tuple[Result, ...]:
        """*results* with their introduction where it can be told, which it cannot through a link."""
        wanted: dict[str, set[Lines]] = defaultdict(set)
        for result in results:
            if result.state is not BaselineState.ABSENT:
                for path, lines in _places(result.finding):
                    wanted[path].add(lines)
        with self.repository.objects() as objects:
            commits = self._ask(dict(self._questions(wanted, records, objects)))
            people = {id: read_commit(objects, id) for id in sorted({id for ids in commits.values() for id in ids})}
        shallow = shallow_commits(self.repository)
        introduced = []
        for result in results:
            own, *others = _places(result.finding)
            if result.state is not BaselineState.ABSENT and commits.get(own):
                ids = {id for place in (own, *others) for id in commits.get(place, ())}
                youngest = max((people[id] for id in ids), key=lambda commit: (commit.committed, commit.id))
                by = Introduction(youngest.id, youngest.author, youngest.date, youngest.id in shallow)
                result = replace(result, introduced=by)
            introduced.append(result)
        return tuple(introduced)

    def _questions(
        self, wanted: Mapping[str, set[Lines]], records: Iterable[Record], objects: Objects
    ) -> Iterator[tuple[str, dict[Lines, Lines]]]:
        """For each file the lines that findings stand on, as we and as git count them."""
        blobs = {file.path: file.blob for file in CommitSnapshot(self.repository, revision=self.commit).files()}
        for record in records:
            ours = sorted(wanted.get(record.path, ()))
            if not ours or record.kind is None or blobs.get(record.path) != record.blob_id or not record.size:
                continue
            single = [lines for lines in ours if lines != WHOLE_FILE]
            theirs = git_lines(objects.read(record.blob_id), record.kind, single) if single else []
            if theirs is not None and len(theirs) == len(single):
                whole = {WHOLE_FILE: WHOLE_FILE} if len(single) < len(ours) else {}
                yield record.path, whole | dict(zip(single, theirs, strict=True))

    def _ask(self, asked: Mapping[str, Mapping[Lines, Lines]]) -> dict[Place, set[str]]:
        """The commits of each place; as many processes as there are cores look for them."""
        found: dict[Place, set[str]] = {}
        running: deque[tuple[str, Callable[[], dict[int, str]]]] = deque()

        def take() -> None:
            path, finish = running.popleft()
            by_line = finish()
            for ours, (first, last) in asked[path].items():
                numbers = range(first, last + 1) if first else by_line
                found[path, ours] = {by_line[number] for number in numbers if number in by_line}

        for path, lines in asked.items():
            running.append((path, start_blame(self.repository, self.commit, path, lines.values())))
            if len(running) >= (os.cpu_count() or 1):
                take()
        while running:
            take()
        return found


def _places(finding: Finding) -> list[Place]:
    """The finding's own place, then those that its trail passes."""
    site = finding.site
    trail = ((step.file or finding.file, (step.line, step.line)) for step in finding.trail if step.line)
    return [(finding.file, (site.line, max(site.line, site.end_line))), *trail]
