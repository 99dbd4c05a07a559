"""The baseline of a scan: which file holds it, and how its entries get from the bytes accepted to those scanned.

A directory scan reads the file on disk, a hook that of the index, a scan of a commit that of the commit, and a merge
check those of its bases: a change cannot accept its own findings. It lies at the top of the repository, or where there
is none in the scanned folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache

from gk_hooks.errors import GkError
from gk_hooks.model.linemap import LineMap
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.report import BaselineUse, Result
from gk_hooks.model.snapshot import Entry, Read, Record, Snapshot
from gk_hooks.pipeline.workers import analyze_entry
from gk_hooks.policy import accepted
from gk_hooks.policy.accepted import Carried, Scanned, Verdict
from gk_hooks.policy.baseline import FILE_NAME, Baseline, BaselineEntry, in_change, parse
from gk_hooks.policy.files import read_small
from gk_hooks.source.directory import DirectorySnapshot
from gk_hooks.source.git.changed import ChangedSnapshot
from gk_hooks.source.git.index import read_index, tracked_path
from gk_hooks.source.git.lines import hunks, line_map
from gk_hooks.source.git.plumbing import object_hash
from gk_hooks.source.git.repository import Repository, open_repository
from gk_hooks.source.git.snapshots import CommitSnapshot, blob_sizes
from gk_hooks.source.git.texts import text_hunks
from gk_hooks.source.git.tracked import read_tracked

MAX_SIZE = 32 * 1024 * 1024
"""A baseline of a hundred thousand entries."""

SHA1_LENGTH = 40


@dataclass(frozen=True)
class Acceptance:
    """A baseline for a scan of *snapshot*; prefix, gone and renames: see policy.accepted.Scanned."""

    baseline: Baseline
    snapshot: Snapshot
    repository: Repository | None
    today: date
    gone: Callable[[str], bool]
    renames: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    def apply(self, results: Sequence[Result], records: Iterable[Record]) -> tuple[tuple[Result, ...], BaselineUse]:
        """*results* with what was accepted suppressed, and how the baseline was used."""
        verdicts = self.verdicts(results, records)
        return accepted.suppress(results, verdicts), accepted.usage(self.baseline, verdicts)

    def verdicts(self, results: Sequence[Result], records: Iterable[Record]) -> tuple[Verdict, ...]:
        """What each entry comes to."""
        scanned = Scanned(results, tuple(records), self.gone, self.renames, self.prefix)
        return accepted.judge(self.baseline, scanned, _Carrier(self.repository, self.snapshot), self.today)


@dataclass(frozen=True)
class Home:
    """Where the baseline of a scanned folder lies: the top of its repository, or the folder itself.

    prefix: from there to the scanned folder, "" or ``…/``.
    """

    folder: str
    repository: Repository | None
    prefix: str

    @property
    def path(self) -> str:
        """The path of the file."""
        return os.path.join(self.folder, FILE_NAME)

    def baseline(self) -> Baseline | None:
        """The baseline as it is on disk."""
        return read_from_folder(self.folder)


def home_of(root: str) -> Home:
    """The home of the baseline for a scan of the folder *root*."""
    try:
        repository = open_repository(root)
    except (GkError, OSError):
        return Home(root, None, "")
    if repository.worktree:
        below = os.path.relpath(os.path.realpath(root), os.path.realpath(repository.worktree)).replace(os.sep, "/")
        if below.partition("/")[0] != "..":
            return Home(repository.worktree, repository, "" if below == "." else below + "/")
    return Home(root, None, "")


# --- for each way to scan; None where there is no baseline


def for_directory(snapshot: DirectorySnapshot, today: date) -> Acceptance | None:
    """The baseline on disk."""
    home = home_of(snapshot.root)
    baseline = home.baseline()
    return directory_acceptance(baseline, home, snapshot, today) if baseline else None


def directory_acceptance(baseline: Baseline, home: Home, snapshot: DirectorySnapshot, today: date) -> Acceptance:
    """*baseline* for what is on disk. Whether a file is gone or elsewhere only a scan of the whole root can tell."""

    @cache
    def sparse() -> frozenset[str]:
        entries = read_index(home.repository) if home.repository else ()
        return frozenset(tracked_path(entry.path) for entry in entries if entry.absent_by_choice)

    def gone(path: str) -> bool:
        missing = "" in snapshot.targets and not os.path.lexists(os.path.join(snapshot.root, path))
        return missing and home.prefix + path not in sparse()

    return Acceptance(baseline, snapshot, home.repository, today, gone, prefix=home.prefix)


def for_commit(snapshot: CommitSnapshot, today: date) -> Acceptance | None:
    """The baseline of the commit itself."""
    baseline = read_from_commit(snapshot.repository, snapshot.revision)
    if baseline is None:
        return None
    paths = {file.path for file in snapshot.files()}
    return Acceptance(baseline, snapshot, snapshot.repository, today, lambda path: path not in paths)


def for_staged(snapshot: ChangedSnapshot, today: date) -> Acceptance | None:
    """The baseline of the index: what is accepted and what it accepts are committed together."""
    return _for_change(read_from_index(snapshot.repository), snapshot, today)


def for_merge(snapshot: ChangedSnapshot, today: date, *, accept_new: bool = False) -> Acceptance | None:
    """The baselines of the bases; of that at the head only what is new is told, unless *accept_new*."""
    repository, changes = snapshot.repository, snapshot.changes
    bases = [read_from_commit(repository, base) for base in changes.bases]
    head = read_from_commit(repository, changes.head)
    baseline = in_change([base for base in bases if base], head, accept_new=accept_new)
    return _for_change(baseline, snapshot, today)


def _for_change(baseline: Baseline | None, snapshot: ChangedSnapshot, today: date) -> Acceptance | None:
    if baseline is None:
        return None
    renames = {
        change.old_path: change.new_path
        for changes in reversed(snapshot.changes.changes)
        for change in changes
        if change.status == "R"
    }
    removed = snapshot.changes.removed()
    return Acceptance(baseline, snapshot, snapshot.repository, today, removed.__contains__, renames)


# --- reading


def read_from_folder(folder: str) -> Baseline | None:
    """The baseline in *folder*; None where there is none."""
    path = os.path.join(folder, FILE_NAME)
    if os.path.islink(path):
        raise GkError(f"{path}: is a symbolic link: put the file itself there")
    return parse(path, read_small(path, MAX_SIZE)) if os.path.lexists(path) else None


def read_from_index(repository: Repository) -> Baseline | None:
    """The baseline that the next commit will hold."""
    return _parse_tracked("index", read_tracked(repository, "", FILE_NAME))


def read_from_commit(repository: Repository, commit: str) -> Baseline | None:
    """The baseline in a commit or tree, by its id."""
    return _parse_tracked(f"commit {commit}", read_tracked(repository, commit, FILE_NAME))


def _parse_tracked(source: str, data: bytes | None) -> Baseline | None:
    if data is None:
        return None
    if len(data) > MAX_SIZE:
        raise GkError(f"{FILE_NAME} ({source}): is larger than {MAX_SIZE} bytes")
    baseline = parse(f"{FILE_NAME} ({source})", data)
    return Baseline(source, baseline.sha256, baseline.entries)


# --- which bytes


def identifier(home: Home, snapshot: Snapshot) -> Callable[[Record], tuple[str, str]]:
    """What gives the SHA-256 and the blob id of a scanned file, as git keeps it.

    Where git converts line ends, the file on disk has other bytes than everybody else will scan.
    """
    id_length = home.repository.id_length if home.repository else SHA1_LENGTH
    read = snapshot.reader()

    def identity(record: Record) -> tuple[str, str]:
        if record.blob_id:
            return record.sha256, record.blob_id
        data = _read(read, record)
        if home.repository is not None and b"\r\n" in data:
            kept = data.replace(b"\r\n", b"\n")
            if read_tracked(home.repository, "", home.prefix + record.path) == kept:
                data = kept
        return hashlib.sha256(data).hexdigest(), object_hash("blob", data, id_length)

    return identity


def _read(read: Read, record: Record) -> bytes:
    """The bytes that were scanned; GkError when they are no longer there."""
    try:
        data = read(Entry(record.path, record.kind, record.size, record.blob_id))
    except OSError as error:
        raise GkError(f"{record.path}: cannot be read again: {error.strerror or error}") from None
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise GkError(f"{record.path}: changed while it was scanned")
    return data


class _Carrier:
    """Implements policy.accepted.Carry: reads what was accepted from the repository, analyzes it again, compares."""

    def __init__(self, repository: Repository | None, snapshot: Snapshot) -> None:
        self._repository = repository
        self._snapshot = snapshot
        self._read: Read | None = None
        self._known: dict[tuple[str, str, str], Carried | str] = {}

    def __call__(self, entry: BaselineEntry, record: Record) -> Carried | str:
        key = (entry.blob, entry.sha256, record.path)
        if key not in self._known:
            try:
                self._known[key] = self._carry(entry, record)
            except GkError as error:
                self._known[key] = str(error)
        return self._known[key]

    def _carry(self, entry: BaselineEntry, record: Record) -> Carried | str:
        if self._repository is None or record.kind is None:
            return "the file changed, and without a repository nobody can tell how"
        old = self._accepted(self._repository, entry.blob)
        if isinstance(old, str):
            return old
        if hashlib.sha256(old).hexdigest() != entry.sha256:
            return f"blob {entry.blob[:12]} is not the file with its sha256"
        if self._read is None:
            self._read = self._snapshot.reader()
        lines = _lines(self._repository, entry.blob, old, record, _read(self._read, record))
        if lines is None:
            return f"the file and blob {entry.blob[:12]} cannot be compared line by line"
        return Carried(lines, analyze_entry(Entry(record.path, record.kind), lambda _: old).findings)

    def _accepted(self, repository: Repository, blob: str) -> bytes | str:
        missing = f"blob {blob[:12]}, the version that was accepted, is not in this repository"
        if len(blob) != repository.id_length:
            return missing
        try:
            size = blob_sizes(repository, [blob])[blob]
        except GkError:
            return missing
        if size > MAX_SIZE:
            return f"blob {blob[:12]}, the version that was accepted, is too large to compare"
        return repository.objects().read(blob)


def _lines(repository: Repository, blob: str, old: bytes, record: Record, new: bytes) -> LineMap | None:
    assert record.kind is not None
    if (b"\r\n" in old) != (b"\r\n" in new) and not _lone_returns(old) and not _lone_returns(new):
        # converted by a checkout or for good: the lines are the same, and so are their numbers
        old, new = old.replace(b"\r\n", b"\n"), new.replace(b"\r\n", b"\n")
    elif record.blob_id:
        return line_map(old, new, hunks(repository, blob, record.blob_id), record.kind)
    return line_map(old, new, text_hunks(old, new), record.kind)


def _lone_returns(text: bytes) -> bool:
    return text.count(b"\r") != text.count(b"\r\n")
