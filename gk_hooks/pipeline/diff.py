"""What a change adds: the findings of the touched files, told apart from those that their base had already.

A finding is *unchanged* when one of the bases has the same finding (all its facts) on the lines that its lines were
there, count for count; it is *new* otherwise, and says why; what the first base had and the head has no more is
*absent*. What cannot be compared is new: nothing is ever hidden because its base could not be read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import partial

from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind, kind_of, needs_head
from gk_hooks.model.linemap import LineMap
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.report import BaselineState, Result
from gk_hooks.model.snapshot import Record, Status
from gk_hooks.pipeline.analysis import analyze_others, link_cached
from gk_hooks.pipeline.hunks import Gap, around, gaps_of
from gk_hooks.pipeline.patches import all_hunks
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.source.decode import decode, split_lines
from gk_hooks.source.git.changed import BlobSnapshot, python_files
from gk_hooks.source.git.changes import Change, ChangeSet
from gk_hooks.source.git.heads import Named, blob_kinds
from gk_hooks.source.git.lines import Hunk, hunks, line_map
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.snapshots import blob_sizes
from gk_hooks.source.scope import Scope

FILE_RULES = frozenset({"SCAN001", "SCAN002"})
"""A file that could not be read: once it changes nobody knows what it holds, so only the same bytes are unchanged."""

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
        touched = {
            path: [replace(change, new_blob=contents.get(path, change.new_blob)) for change in changes]
            for path, changes in self.changes.touched().items()
        }
        edited = {path for path, found in touched.items() if any(one.old_blob != one.new_blob for one in found)}
        blobs = _Blobs(self.repository, self._kinds(touched), edited, self.cache)
        before = self._analyze_bases(touched, blobs)
        by_file: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            by_file[result.finding.file].append(result)
        compared: list[Result] = []
        gone: list[FileResult] = [before[0][entry] for entry in self._removed(blobs) if entry in before[0]]
        all_sides = {
            path: [self._side(change, known, blobs) for change, known in zip(changes, before, strict=True)]
            for path, changes in touched.items()
        }
        blobs.prepare(side for path in all_sides.keys() & by_file for side in all_sides[path])
        for path, sides in all_sides.items():
            compared += self._with_states(by_file.pop(path, []), sides)
            gone += [side.left() for side in sides[:1] if side.file is not None]
        for rest in by_file.values():  # folders that could not be read, and the like: they have no base
            compared += [replace(result, state=BaselineState.NEW, why_new=NO_BASE) for result in rest]
        compared += [replace(result, state=BaselineState.ABSENT) for result in judge(gone)]
        return tuple(sorted(compared, key=lambda result: result.finding.order))

    def _with_states(self, results: list[Result], sides: list[_Side]) -> Iterator[Result]:
        for result in results:
            matches = [side.take(result.finding) for side in sides]
            if any(matches):
                yield replace(result, state=BaselineState.UNCHANGED)
            else:
                side = next((side for side in sides if side.file is not None), sides[0])  # it has more to tell
                hunks = side.hunks(result.finding) if self.show_hunks else ()
                yield replace(result, state=BaselineState.NEW, why_new=side.why_new(result.finding), hunks=hunks)

    def _kinds(self, touched: Mapping[str, list[Change]]) -> dict[Named, Kind | None]:
        """The kinds of the versions whose names do not tell."""
        changes = [change for found in touched.values() for change in found]
        before = [change for change in (*changes, *self._gone()) if change.old_mode.startswith("100")]
        named = {(change.old_path, change.old_blob) for change in before}
        named |= {(change.new_path, change.new_blob) for change in changes if change.new_mode[:3] in ("100", "120")}
        unclear = sorted((path, blob) for path, blob in named if needs_head(path))
        sizes = blob_sizes(self.repository, (blob for _, blob in unclear))
        return blob_kinds(self.repository, unclear, sizes, self.max_file_size)

    def _analyze_bases(self, touched: Mapping[str, list[Change]], blobs: _Blobs) -> list[dict[Named, FileResult]]:
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

    def _removed(self, blobs: _Blobs) -> list[Named]:
        """Files of the first base that are gone without a successor."""
        return sorted({key for change in self._gone() if (key := self._key(change, blobs))})

    def _key(self, change: Change, blobs: _Blobs) -> Named | None:
        """The base version of a changed file, or None when the base had nothing that was in scope."""
        if change.status in "AC" or not change.old_mode.startswith("100"):
            return None
        if blobs.kind(change.old_path, change.old_blob) is None or not self.scope.covers(change.old_path):
            return None
        return change.old_path, change.old_blob

    def _side(self, change: Change, before: Mapping[Named, FileResult], blobs: _Blobs) -> _Side:
        key = self._key(change, blobs)
        file = before.get(key) if key else None
        return _Side(blobs, change, file, in_scope=key is not None)


class _Blobs:
    """Blobs by id. changed: the files with other bytes."""

    def __init__(
        self, repository: Repository, kinds: Mapping[Named, Kind | None], changed: Container[str], cache: bool
    ) -> None:
        self.repository = repository
        self._cache = cache
        self._hunks: dict[tuple[str, str], list[Hunk]] = {}
        self.changed = changed
        self._kinds = kinds
        self._objects = repository.objects()

    def read(self, blob: str) -> bytes:
        """The bytes of *blob*."""
        return self._objects.read(blob)

    def prepare(self, sides: Iterable[_Side]) -> None:
        """Finds the hunks that *sides* will ask for, all at once."""
        pairs = {(side.change.old_blob, side.change.new_blob) for side in sides if side.unmatched}
        self._hunks = all_hunks(self.repository, {pair for pair in pairs if pair[0] != pair[1]}, self._cache)

    def hunks(self, old: str, new: str) -> list[Hunk]:
        """How one blob became the other."""
        return self._hunks[old, new] if (old, new) in self._hunks else hunks(self.repository, old, new)

    def kind(self, path: str, blob: str) -> Kind | None:
        """The kind of a version of a file."""
        return self._kinds.get((path, blob)) if needs_head(path) else kind_of(path)


class _Side:
    """One touched file against one base: which of the base's findings are still there."""

    def __init__(self, blobs: _Blobs, change: Change, file: FileResult | None, in_scope: bool) -> None:
        self.blobs = blobs
        self.change = change
        self.file = file
        self.in_scope = in_scope
        self._map: LineMap | None = None
        self._mapped = False
        self._texts: tuple[list[Gap], list[str], list[str]] | None = None
        # facts and place of every base finding, counted, so that a second copy of it is new
        self.unmatched = Counter(map(_identity, file.findings if file else ()))

    def take(self, finding: Finding) -> bool:
        """Whether the base had *finding*; each finding of the base is taken once."""
        if not self.unmatched or (finding.rule_id in FILE_RULES and self.change.old_blob != self.change.new_blob):
            return False
        lines = self.lines()
        line = _old_line(lines, finding.site) if lines else None
        if line is None or not self.unmatched[line, finding.facts]:
            return False
        self.unmatched[line, finding.facts] -= 1
        return True

    def lines(self) -> LineMap | None:
        """The map of this file's lines to the base's; made when it is first needed."""
        if not self._mapped:
            self._mapped = True
            self._map = self._line_map()
        return self._map

    def left(self) -> FileResult:
        """The base file with the findings that the head has no more."""
        assert self.file is not None
        kept = []
        remaining = Counter(self.unmatched)
        for finding in self.file.findings:
            if remaining[_identity(finding)]:
                remaining[_identity(finding)] -= 1
                kept.append(finding)
        return replace(self.file, findings=tuple(kept))

    def why_new(self, finding: Finding) -> str:
        """Why *finding* is new, for people."""
        change = self.change
        if change.status == "A":
            return "the file is new"
        if change.status == "C":
            return f"the file is a copy of {change.old_path}"
        if not self.in_scope:
            moved = f"renamed into scope from {change.old_path}" if change.status == "R" else "no code before"
            return f"the file was {moved}"
        if self.file is None:
            return "the base version is missing"
        if finding.rule_id in FILE_RULES:
            return "the file changed"
        if self.file.record.status is not Status.ANALYZED:
            return f"the base version could not be read: {self.file.record.reason}"
        if change.old_blob == change.new_blob:
            return _what_changed_elsewhere(finding, self.blobs.changed)
        lines = self.lines()
        return (
            _what_changed(finding, lines, self.blobs.changed)
            if lines
            else "the base version could not be compared line by line"
        )

    def hunks(self, finding: Finding) -> tuple[str, ...]:
        """What changed around *finding*; nothing where there is no base version to compare."""
        lines = self.lines() if self.file is not None else None
        if lines is None:
            return ()
        if self._texts is None:
            old, new = self._text(self.change.old_blob), self._text(self.change.new_blob)
            self._texts = list(gaps_of(lines, len(old), len(new))), old, new
        return around(finding, *self._texts)

    def _text(self, blob: str) -> list[str]:
        kind = self.blobs.kind(self.change.new_path, self.change.new_blob)
        assert kind is not None
        return split_lines(decode(self.blobs.read(blob), kind).text, kind)

    def _line_map(self) -> LineMap | None:
        change = self.change
        if change.old_blob == change.new_blob:
            return LineMap.identity()
        kind = self.blobs.kind(change.new_path, change.new_blob)
        if kind is None or kind is not self.blobs.kind(change.old_path, change.old_blob):
            return None
        old, new = self.blobs.read(change.old_blob), self.blobs.read(change.new_blob)
        return line_map(old, new, self.blobs.hunks(change.old_blob, change.new_blob), kind)


def _identity(finding: Finding) -> tuple[int, object]:
    return finding.site.line, finding.facts


def _old_line(lines: LineMap, site: Site) -> int | None:
    """The line that *site* started on in the base, None unless all its lines were there, and together."""
    if site.line == 0:
        return 0
    return lines.old_block(site.line, site.end_line)


def _what_changed(finding: Finding, lines: LineMap, changed: Container[str]) -> str:
    site = finding.site
    own = next((n for n in range(site.line, site.end_line + 1) if n and lines.old_line(n) is None), 0)
    if own:
        return f"line {own} was added or changed"
    if _old_line(lines, site) is None:
        return f"lines between {site.line} and {site.end_line} were taken out"
    here = (step.line for step in finding.trail if not step.file)
    causes = sorted({line for line in here if lines.old_line(line) is None})
    if not causes and any(step.file in changed for step in finding.trail):
        return _what_changed_elsewhere(finding, changed)
    where = f": line{'s'[: len(causes) > 1]} {', '.join(map(str, causes))}" if causes else " in this file"
    return f"line {site.line} is unchanged, but what it depends on changed{where}"


def _what_changed_elsewhere(finding: Finding, changed: Container[str]) -> str:
    steps = dict.fromkeys(f"{step.file}:{step.line}" for step in finding.trail if step.file in changed)
    where = f": {', '.join(steps)}" if steps else ""
    return f"line {finding.site.line} is unchanged, but what it imports changed{where}"
