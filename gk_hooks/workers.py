"""From files to findings, on every core: reading, hashing, decoding, analyzing and judging one file by the rules.

Workers are separate processes. They open their own reader, get paths and return findings; no source is pickled.
Nothing that is read is ever imported or executed, and what goes wrong with one file is recorded and costs no other.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from gk_hooks import rules
from gk_hooks.analyzers.context import Context, Links, analyze
from gk_hooks.evidence.network import network_calls
from gk_hooks.model.effects import Effect, Site, Skipped, Unparsed
from gk_hooks.model.findings import Finding
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.report import NetworkCall
from gk_hooks.model.snapshot import SCANNED_ITSELF, Entry, Read, Record, Snapshot, Status
from gk_hooks.source.decode import decode, split_lines

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

SMALL = 400_000
"""Bytes of source below which starting workers costs more than they save."""

CHUNK = 250_000
"""Bytes of source that a worker takes at a time: enough to keep it busy, few enough to balance."""

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
"""How workers come to be; only Linux can fork safely."""

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The folder that this package lies in."""

MAX_FRAME_LINES = 4
"""A frame shows the first lines of an expression and its last."""

NOTHING_KNOWN: Mapping[str, object] = MappingProxyType({})

NOWHERE = Site(0, 0, 0, 0, "")
"""The place of what concerns a file as a whole."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file. lines: (line number, text) of the lines that its findings stand on. wanted: the names
    of other files that could tell more of it, as analyzers.context.Links has them."""

    record: Record
    findings: tuple[Finding, ...] = ()
    network: tuple[NetworkCall, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    wanted: tuple[str, ...] = ()


def analyze_entry(entry: Entry, read: Read, constants: Mapping[str, object] = NOTHING_KNOWN) -> FileResult:
    """Reads, decodes and analyzes one file. Never raises for anything that the file is or holds.

    constants: of other files, by the names that FileResult.wanted gives them.
    """
    if entry.skip or entry.kind is None:
        return _skipped(entry, entry.skip)
    try:
        data = read(entry)
    except OSError as error:
        return _skipped(entry, error.strerror or str(error))
    digest = hashlib.sha256(data).hexdigest()
    record = Record(entry.path, entry.kind, len(data), digest, Status.ANALYZED, blob_id=entry.blob_id)
    source = decode(data, entry.kind)
    record = replace(record, encoding=source.encoding)
    if source.binary:
        return _with_effects(replace(record, status=Status.SKIPPED, reason=source.binary), [_skip(source.binary)])
    if source.problem:
        effects: list[Effect] = [Unparsed(NOWHERE, source.problem)]
        return _with_effects(replace(record, status=Status.UNPARSED, reason=source.problem), effects)
    links = Links(known=constants.get)
    effects = _effects(entry.kind, source.text, links)
    problem = next((effect.reason for effect in effects if isinstance(effect, Unparsed)), "")
    if problem:
        record = replace(record, status=Status.UNPARSED, reason=problem)
    return replace(_with_effects(record, effects, source.text), wanted=tuple(links.wanted))


def analyze_all(snapshot: Snapshot, entries: Sequence[Entry], advance: Callable[[int], None]) -> list[FileResult]:
    """The results of *entries*, sorted by path; *advance* is told how many files are done."""
    results: list[FileResult] = []
    for done in _run(snapshot, entries):
        results += done
        advance(len(done))
    return sorted(results, key=lambda result: result.record.path)


def _effects(kind: Kind, text: str, links: Links) -> list[Effect]:
    try:
        return analyze(kind, text, Context(links=links))
    except Exception as error:  # a defect of ours must not cost the report: the file is recorded as not analyzed
        return [Unparsed(NOWHERE, f"the analyzer failed on it ({type(error).__name__}: {error}); please report this")]


def _with_effects(record: Record, effects: list[Effect], text: str = "") -> FileResult:
    findings = tuple(replace(finding, file=record.path) for finding in rules.check(effects))
    wanted = sorted({number for finding in findings for number in _frame_lines(finding.site)})
    lines: tuple[tuple[int, str], ...] = ()
    if wanted and text and record.kind is not None:
        whole = split_lines(text, record.kind)
        lines = tuple((number, whole[number - 1][:2_000]) for number in wanted if 0 < number <= len(whole))
    return FileResult(record, findings, tuple(network_calls(record.path, effects)), lines)


def _frame_lines(site: Site) -> set[int]:
    return {*range(site.line, min(site.end_line, site.line + MAX_FRAME_LINES) + 1), site.end_line}


def _skip(reason: str) -> Effect:
    return Skipped(NOWHERE, reason)


def _skipped(entry: Entry, reason: str) -> FileResult:
    record = Record(entry.path, entry.kind, entry.size, "", Status.SKIPPED, reason, entry.blob_id)
    return _with_effects(record, [] if reason == SCANNED_ITSELF else [_skip(reason)])


# --- processes; what they need is imported only where there are enough files to start them


def _run(snapshot: Snapshot, entries: Sequence[Entry]) -> Iterator[list[FileResult]]:
    if not entries:
        return
    cores = os.cpu_count() or 1
    if cores == 1 or sum(max(entry.size, 0) for entry in entries) < SMALL:
        with quick_memory():
            read = snapshot.reader()
            for entry in entries:
                yield [analyze_entry(entry, read)]
        return
    yield from _run_in_processes(snapshot, entries, cores)


def _run_in_processes(snapshot: Snapshot, entries: Sequence[Entry], cores: int) -> Iterator[list[FileResult]]:
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    unfinished: dict[int, list[Entry]] = dict(enumerate(_chunks(entries)))
    try:
        with _pool(snapshot, cores) as pool:
            futures = {pool.submit(_work, chunk): number for number, chunk in unfinished.items()}
            for future in as_completed(futures):
                done = future.result()
                del unfinished[futures[future]]
                yield done
    except BrokenProcessPool:
        # a file that takes its interpreter down: find it alone, so that it costs no other
        for chunk in list(unfinished.values()):
            for entry in chunk:
                yield [_alone(snapshot, entry)]


def _alone(snapshot: Snapshot, entry: Entry) -> FileResult:
    from concurrent.futures.process import BrokenProcessPool

    try:
        with _pool(snapshot, 1) as pool:
            return pool.submit(_work, [entry]).result()[0]
    except BrokenProcessPool:
        reason = "the analyzer was brought down by it, perhaps for want of memory"
        record = Record(entry.path, entry.kind, entry.size, "", Status.UNPARSED, reason, entry.blob_id)
        return _with_effects(record, [Unparsed(NOWHERE, reason)])


@contextmanager
def _pool(snapshot: Snapshot, workers: int) -> Iterator[ProcessPoolExecutor]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # a spawned interpreter gets our sys.path; in a bare checkout, where that holds no gk_hooks, it is lent the folder
    lend = START_METHOD != "fork" and HOME not in sys.path
    safe_path = os.environ.get("PYTHONSAFEPATH", "")
    context = multiprocessing.get_context(START_METHOD)
    try:
        # nor must it find its modules in the current folder, which may be the one under suspicion
        os.environ["PYTHONSAFEPATH"] = "1"
        if lend:
            sys.path.append(HOME)
        with ProcessPoolExecutor(workers, context, _start, (snapshot, lend)) as pool:
            yield pool
    finally:
        os.environ["PYTHONSAFEPATH"] = safe_path
        if lend:
            sys.path.remove(HOME)


def _chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Large files first, so that no core is left with a long one at the end."""
    chunk: list[Entry] = []
    size = 0
    for entry in sorted(entries, key=lambda entry: (-entry.size, entry.path)):
        chunk.append(entry)
        size += max(entry.size, 0) + 200
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


_reader: Read | None = None


def _start(snapshot: Snapshot, lent: bool) -> None:
    global _reader
    if lent:
        sys.path.remove(HOME)
    gc.freeze()
    gc.disable()  # syntax trees are freed by reference counts; the collector would only walk them
    _reader = snapshot.reader()


def _work(entries: Iterable[Entry]) -> list[FileResult]:
    assert _reader is not None
    done = [analyze_entry(entry, _reader) for entry in entries]
    gc.collect()  # cheap after the freeze: it walks only what this chunk has left behind
    return done


class quick_memory:
    """Without the cyclic collector, as the workers run."""

    def __enter__(self) -> None:
        self.was_enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.was_enabled:
            gc.enable()
