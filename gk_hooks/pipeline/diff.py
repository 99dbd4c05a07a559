"""What a change adds: the findings of the touched files, told apart from those that their base had already.

A finding is *unchanged* when one of the bases has the same finding (all its facts) on the lines that its lines were
there, count for count; it is *new* otherwise, and says why; what the first base had and the head has no more is
*absent*. What cannot be compared is new: nothing is ever hidden because its base could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind, needs_head
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.report import BaselineState, Result
from gk_hooks.model.snapshot import Record
from gk_hooks.pipeline.analysis import analyze_others, link_cached, open_store
from gk_hooks.pipeline.outcomes import Outcome, State, recall, remember
from gk_hooks.pipeline.states import Blobs, Side
from gk_hooks.pipeline.touched import changes_key
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.source.git.changed import BlobSnapshot, python_files
from gk_hooks.source.git.changes import Change, ChangeSet
from gk_hooks.source.git.heads import Named, blob_kinds
from gk_hooks.source.git.lines import SHAPE
from gk_hooks.source.git.plumbing import git_version
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.snapshots import LONG, blob_sizes
from gk_hooks.source.scope import Scope

NO_BASE = "nothing to compare it with"


@dataclass(frozen=True)
class Base:
    """What the head is compared with: the changes against each base, and what was in scope there.

    show_hunks: whether new findings get the hunks around them. cache: whether results may come from the cache.
    analyzed: results that are at hand.
    """

    repository: Repository
    changes: ChangeSet
    scope: Scope
    max_file_size: int
    show_hunks: bool = False
    cache: bool = False
    analyzed: Mapping[Named, FileResult] = field(default_factory=dict)

    def compare(
        self,
        results: Iterable[Result],
        records: Iterable[Record],
        judge: Callable[[Iterable[FileResult]], tuple[Result, ...]],
    ) -> tuple[Result, ...]:
        """*results* with their state, and the absent ones, sorted. *judge* gives base findings their severity."""
        contents = {record.path: record.blob_id for record in records}
        results = list(results)
        outcome = self._recalled([result.finding for result in results], contents)
        compared = [
            replace(result, state=state.state, why_new=state.why_new, hunks=state.hunks)
            for result, state in zip(results, outcome.states, strict=True)
        ]
        compared += [replace(result, state=BaselineState.ABSENT) for result in judge(outcome.gone)]
        return tuple(sorted(compared, key=lambda result: result.finding.order))

    def _recalled(self, findings: Sequence[Finding], contents: Mapping[str, str]) -> Outcome:
        """What comes of comparing, between commits that differ in many files from the cache where that knows it."""
        if not self.cache or not self.changes.head or len(contents) < LONG:
            return self._outcome(findings, contents)
        store = open_store(self.repository.root)
        more = self.show_hunks, git_version(), SHAPE, findings, sorted(contents.items())
        key = changes_key("compared", self.changes, self.scope, self.max_file_size, *more)
        outcome = recall(store, key, len(findings), self.repository) if store else None
        if outcome is None:
            outcome = self._outcome(findings, contents)
            if store:
                remember(store, key, outcome)
        return outcome

    def _outcome(self, findings: Sequence[Finding], contents: Mapping[str, str]) -> Outcome:
        """*contents*: the blobs of the files that were scanned, by path."""
        touched = {
            path: [replace(change, new_blob=contents.get(path, change.new_blob)) for change in changes]
            for path, changes in self.changes.touched().items()
        }
        edited = {path for path, found in touched.items() if any(one.old_blob != one.new_blob for one in found)}
        blobs = Blobs(self.repository, self._kinds(touched), edited, self.cache)
        before = self._analyze_bases(touched, blobs)
        gone: list[FileResult] = [before[0][entry] for entry in self._removed(blobs) if entry in before[0]]
        all_sides = {
            path: [self._side(change, known, blobs) for change, known in zip(changes, before, strict=True)]
            for path, changes in touched.items()
        }
        files = {finding.file for finding in findings}
        blobs.prepare(side for path in all_sides.keys() & files for side in all_sides[path])
        states = [self._state(finding, all_sides.get(finding.file, [])) for finding in findings]
        gone += [sides[0].left() for sides in all_sides.values() if sides[0].file is not None]
        compared_with = [file for known in before for file in known.values()]
        blobs_used = sorted({file.record.blob_id for file in compared_with})
        return Outcome(states, gone, blobs_used, all(file.lasting for file in compared_with))

    def _state(self, finding: Finding, sides: Sequence[Side]) -> State:
        """The state of *finding*; those of one file are asked for in their order."""
        if not sides:  # a folder that could not be read, and the like: it has no base
            return State(BaselineState.NEW, NO_BASE)
        matches = [side.take(finding) for side in sides]
        if any(matches):
            return State(BaselineState.UNCHANGED)
        side = next((side for side in sides if side.file is not None), sides[0])  # it has more to tell
        return State(BaselineState.NEW, side.why_new(finding), side.hunks(finding) if self.show_hunks else ())

    def _kinds(self, touched: Mapping[str, list[Change]]) -> dict[Named, Kind | None]:
        """The kinds of the versions whose names do not tell."""
        changes = [change for found in touched.values() for change in found]
        before = [change for change in (*changes, *self._gone()) if change.old_mode.startswith("100")]
        named = {(change.old_path, change.old_blob) for change in before}
        named |= {(change.new_path, change.new_blob) for change in changes if change.new_mode[:3] in ("100", "120")}
        unclear = sorted((path, blob) for path, blob in named if needs_head(path))
        sizes = blob_sizes(self.repository, (blob for _, blob in unclear))
        return blob_kinds(self.repository, unclear, sizes, self.max_file_size)

    def _analyze_bases(self, touched: Mapping[str, list[Change]], blobs: Blobs) -> list[dict[Named, FileResult]]:
        """For each base, the results of the versions that can tell something, by path and blob."""
        wanted = {key for changes in touched.values() for change in changes if (key := self._key(change, blobs))}
        wanted |= set(self._removed(blobs))
        entries = sorted(wanted)
        snapshot = BlobSnapshot(self.repository, tuple(entries), self.max_file_size)
        listed = snapshot.entries()
        results = analyze_others(snapshot, listed, lambda done: None, self.cache, self.analyzed)
        linked = []
        for base in self.changes.bases:
            modules = partial(python_files, self.repository, base, self.scope)
            found, _ = link_cached(snapshot, modules, listed, results, self.cache)
            linked.append({(result.record.path, result.record.blob_id): result for result in found})
        return linked

    def _gone(self) -> list[Change]:
        """The changes that leave no successor of a file of the first base."""
        return [change for found in self.changes.changes[:1] for change in found if change.status == "D"]

    def _removed(self, blobs: Blobs) -> list[Named]:
        """Files of the first base that are gone without a successor."""
        return sorted({key for change in self._gone() if (key := self._key(change, blobs))})

    def _key(self, change: Change, blobs: Blobs) -> Named | None:
        """The base version of a changed file, or None when the base had nothing that was in scope."""
        if change.status in "AC" or not change.old_mode.startswith("100"):
            return None
        if blobs.kind(change.old_path, change.old_blob) is None or not self.scope.covers(change.old_path):
            return None
        return change.old_path, change.old_blob

    def _side(self, change: Change, before: Mapping[Named, FileResult], blobs: Blobs) -> Side:
        key = self._key(change, blobs)
        file = before.get(key) if key else None
        return Side(blobs, change, file, in_scope=key is not None)
