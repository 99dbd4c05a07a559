"""What came of comparing two commits, remembered: the state of each finding, and the findings that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from gk_hooks.model.kinds import Kind
from gk_hooks.model.report import BaselineState
from gk_hooks.model.snapshot import Record, Status
from gk_hooks.pipeline.cache.store import Store
from gk_hooks.pipeline.workers import FileResult
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.snapshots import blob_sizes


class State(NamedTuple):
    """Of a finding; see model.report.Result."""

    state: BaselineState
    why_new: str = ""
    hunks: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """states: of the findings, in their order. gone: the files of the first base with the findings that the head has no
    more, as far as these are judged by. blobs: what was compared with. lasting: as FileResult has it."""

    states: Sequence[State]
    gone: Sequence[FileResult]
    blobs: Sequence[str]
    lasting: bool = True


def recall(store: Store, key: str, count: int, repository: Repository) -> Outcome | None:
    """What is remembered under *key* of *count* findings; GkError where *repository* lacks a blob of the base."""
    known = store.by_hash(Kind.PYTHON, [key]).get(key)
    if known is None:
        return None
    with suppress(ValueError, TypeError, KeyError, IndexError):  # of another form than ours
        told, files, found, blobs = known[1]
        states = [State(BaselineState(state), why, hunks) for state, why, hunks in told]
        records = [Record(path, Kind(kind) if kind else None, 0, "", Status(status)) for path, kind, status in files]
        gone = [FileResult(record) for record in records]
        for place, findings in found:
            gone[place] = FileResult(records[place], findings)
        outcome = Outcome(states, gone, blobs.split())
        if len(states) == count:
            blob_sizes(repository, outcome.blobs)
            return outcome
    return None


def remember(store: Store, key: str, outcome: Outcome) -> None:
    """Remembers *outcome* under *key*."""
    if not outcome.lasting:
        return
    told = tuple((state.value, why, hunks) for state, why, hunks in outcome.states)
    records = [file.record for file in outcome.gone]
    files = tuple((record.path, record.kind.value if record.kind else "", record.status.value) for record in records)
    found = tuple((place, file.findings) for place, file in enumerate(outcome.gone) if file.findings)
    store.add([(Kind.PYTHON, key, "", (told, files, found, " ".join(outcome.blobs)))])
