"""From files to findings: reading, hashing, decoding, analyzing and judging one file by the rules; many on every core.

Nothing that is read is ever imported or executed, and what goes wrong with one file is recorded and costs no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from gk_hooks import rules
from gk_hooks.analyzers.context import Context, Links, analyze, prepare
from gk_hooks.evidence.network import network_calls
from gk_hooks.model.effects import Effect, Site, Skipped, Unparsed
from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.report import NetworkCall
from gk_hooks.model.snapshot import SCANNED_ITSELF, Entry, Read, Record, Snapshot, Status
from gk_hooks.pipeline.processes import Work, run_all
from gk_hooks.source.decode import decode, split_lines

MAX_FRAME_LINES = 4
"""A frame shows the first lines of an expression and its last."""

NOTHING_KNOWN: Mapping[str, object] = MappingProxyType({})

NOWHERE = Site(0, 0, 0, 0, "")
"""The place of what concerns a file as a whole."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file. lines: (line number, text) of the lines that its findings stand on. wanted: the names
    of other files that could tell more of it, as analyzers.context.Links has them. lasting: whether its bytes alone
    decide that, and no want of memory, of stack or of a disk."""

    record: Record
    findings: tuple[Finding, ...] = ()
    network: tuple[NetworkCall, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    wanted: tuple[str, ...] = ()
    lasting: bool = True


def analyze_entry(entry: Entry, read: Read, constants: Mapping[str, object] = NOTHING_KNOWN) -> FileResult:
    """Reads, decodes and analyzes one file. Never raises for anything that the file is or holds.

    constants: of other files, by the names that FileResult.wanted gives them.
    """
    if entry.skip or entry.kind is None:
        return _skipped(entry, entry.skip)
    try:
        data = read(entry)
    except OSError as error:
        return replace(_skipped(entry, error.strerror or str(error)), lasting=False)
    digest = hashlib.sha256(data).hexdigest()
    source = decode(data, entry.kind)
    record = Record(entry.path, entry.kind, len(data), digest, Status.ANALYZED, "", entry.blob_id, source.encoding)
    if source.binary:
        return _with_effects(replace(record, status=Status.SKIPPED, reason=source.binary), [_skip(source.binary)])
    if source.problem:
        effects: list[Effect] = [Unparsed(NOWHERE, source.problem, lasting=True)]
        return _with_effects(replace(record, status=Status.UNPARSED, reason=source.problem), effects)
    links = Links(known=constants.get)
    effects = _effects(entry.kind, source.text, links)
    problem = next((effect for effect in effects if isinstance(effect, Unparsed)), None)
    if problem:
        record = replace(record, status=Status.UNPARSED, reason=problem.reason)
    return _with_effects(record, effects, source.text, tuple(links.wanted))


def analyze_all(snapshot: Snapshot, entries: Sequence[Entry], advance: Callable[[int], None]) -> list[FileResult]:
    """The results of *entries*, sorted by path; *advance* is told how many files are done."""
    # before processes are forked: each would import them by itself
    prepare(dict.fromkeys(entry.kind for entry in entries if entry.kind and not entry.skip))
    results: list[FileResult] = []
    for done in run_all(
        snapshot, entries, Work(_analyzer, lost, lambda entry: 0 if entry.skip else max(entry.size, 0))
    ):
        results += done
        advance(len(done))
    return sorted(results, key=lambda result: result.record.path)


def _analyzer(read: Read) -> Callable[[Entry], FileResult]:
    return lambda entry: analyze_entry(entry, read)


def lost(entry: Entry) -> FileResult:
    """The result of a file that brings its process down."""
    reason = "the analyzer was brought down by it, perhaps for want of memory"
    record = Record(entry.path, entry.kind, entry.size, "", Status.UNPARSED, reason, entry.blob_id)
    return _with_effects(record, [Unparsed(NOWHERE, reason)])


def _effects(kind: Kind, text: str, links: Links) -> list[Effect]:
    try:
        return analyze(kind, text, Context(links=links))
    except Exception as error:  # a defect of ours must not cost the report: the file is recorded as not analyzed
        return [Unparsed(NOWHERE, f"the analyzer failed on it ({type(error).__name__}: {error}); please report this")]


def _with_effects(record: Record, effects: list[Effect], text: str = "", wanted: tuple[str, ...] = ()) -> FileResult:
    findings = tuple(replace(finding, file=record.path) for finding in rules.check(effects))
    shown = sorted({number for finding in findings for number in _frame_lines(finding.site)})
    lines: tuple[tuple[int, str], ...] = ()
    if shown and text and record.kind is not None:
        whole = split_lines(text, record.kind)
        lines = tuple((number, whole[number - 1][:2_000]) for number in shown if 0 < number <= len(whole))
    lasting = all(effect.lasting for effect in effects if isinstance(effect, Unparsed))
    return FileResult(record, findings, tuple(network_calls(record.path, effects)), lines, wanted, lasting)


def _frame_lines(site: Site) -> set[int]:
    return {*range(site.line, min(site.end_line, site.line + MAX_FRAME_LINES) + 1), site.end_line}


def _skip(reason: str) -> Effect:
    return Skipped(NOWHERE, reason)


def _skipped(entry: Entry, reason: str) -> FileResult:
    record = Record(entry.path, entry.kind, entry.size, "", Status.SKIPPED, reason, entry.blob_id)
    return _with_effects(record, [] if reason == SCANNED_ITSELF else [_skip(reason)])
