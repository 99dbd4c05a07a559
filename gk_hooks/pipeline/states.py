"""Which findings of a touched file its base had already, and what is new about the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping

from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind, kind_of, needs_head
from gk_hooks.model.linemap import LineMap
from gk_hooks.model.records import replace
from gk_hooks.model.snapshot import Status
from gk_hooks.pipeline.hunks import Gap, around, gaps_of
from gk_hooks.pipeline.patches import all_hunks
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.source.decode import decode, split_lines
from gk_hooks.source.git.changes import Change
from gk_hooks.source.git.heads import Named
from gk_hooks.source.git.lines import Hunk, hunks, line_map
from gk_hooks.source.git.repository import Repository

FILE_RULES = frozenset({"SCAN001", "SCAN002"})
"""A file that could not be read: once it changes nobody knows what it holds, so only the same bytes are unchanged."""


class Blobs:
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

    def prepare(self, sides: Iterable[Side]) -> None:
        """Finds the hunks that *sides* will ask for, all at once."""
        pairs = {(side.change.old_blob, side.change.new_blob) for side in sides if side.unmatched}
        self._hunks = all_hunks(self.repository, {pair for pair in pairs if pair[0] != pair[1]}, self._cache)

    def hunks(self, old: str, new: str) -> list[Hunk]:
        """How one blob became the other."""
        return self._hunks[old, new] if (old, new) in self._hunks else hunks(self.repository, old, new)

    def kind(self, path: str, blob: str) -> Kind | None:
        """The kind of a version of a file."""
        return self._kinds.get((path, blob)) if needs_head(path) else kind_of(path)


class Side:
    """One touched file against one base: which of the base's findings are still there."""

    def __init__(self, blobs: Blobs, change: Change, file: FileResult | None, in_scope: bool) -> None:
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
