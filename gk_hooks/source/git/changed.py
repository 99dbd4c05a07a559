"""Snapshots of a few files: those that a change touches, and the versions that they had before.

A link stands for the content that it leads to, so a change touches it when that is another than before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from functools import lru_cache, partial

from gk_hooks.model.kinds import Kind, may_be_code
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.regex import regex
from gk_hooks.model.snapshot import DEFAULT_MAX_FILE_SIZE, Entry, Read
from gk_hooks.source.directory import larger_than
from gk_hooks.source.git.changes import Change, ChangeSet
from gk_hooks.source.git.heads import blob_kinds
from gk_hooks.source.git.index import SYMLINK
from gk_hooks.source.git.plumbing import GitFailed
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.snapshots import LONG, TrackedSnapshot, blob_sizes, read_entry, require_blobs
from gk_hooks.source.git.treelinks import File, resolve_links
from gk_hooks.source.scope import Scope

REGULAR = "100644"


@dataclass(frozen=True)
class ChangedSnapshot(TrackedSnapshot):
    """The files that *changes* touches, as its head (the index or a commit) has them."""

    changes: ChangeSet = field(default_factory=lambda: ChangeSet((), "", ()))

    def files(self) -> list[File]:
        """The touched files, sorted by path."""
        touched = self.changes.touched()
        return [File(path, changes[0].new_mode, changes[0].new_blob) for path, changes in touched.items()]

    def importable(self) -> list[Entry]:
        """The Python files of the head, touched or not."""
        return python_files_after(self.repository, self.changes, Scope.of(self.include, self.exclude))

    def neighbours(self, files: list[File]) -> list[File]:
        """All files of the head: a touched link may lead to a file that nobody touched."""
        return _all_files(self.repository, self.changes.head)

    def identity(self) -> str:
        """A hash over what a commit changes, and over the scope; none where that touches few files."""
        if not self.changes.head or len(self.changes.touched()) < LONG:
            return ""
        facts = self.changes, self.include, self.exclude, self.max_file_size, self.output_dir, self.targets
        return hashlib.sha256(repr(facts).encode("utf-8", "surrogateescape")).hexdigest()

    def scans(self, path: str, scanned: Container[str]) -> bool:
        """An untouched file in scope counts as scanned: nothing in it is new."""
        return Scope.of(self.include, self.exclude).covers(path)


@dataclass(frozen=True)
class BlobSnapshot:
    """Implements model.snapshot.Snapshot for (path, blob id) pairs, which may name one path twice."""

    repository: Repository
    blobs: tuple[tuple[str, str], ...]
    max_file_size: int = DEFAULT_MAX_FILE_SIZE

    @property
    def root(self) -> str:
        """The top of the repository."""
        return self.repository.root

    def entries(self) -> list[Entry]:
        """An entry for each pair, in order."""
        sizes = blob_sizes(self.repository, (blob for _, blob in self.blobs))
        kinds = blob_kinds(self.repository, self.blobs, sizes, self.max_file_size)
        return [self._entry(path, blob, sizes[blob], kinds[path, blob]) for path, blob in self.blobs]

    def importable(self) -> list[Entry]:
        """None: this is no tree."""
        return []

    def artifacts(self) -> list[str]:
        """None: this is no tree."""
        return []

    def left_out(self) -> list[str]:
        """Nothing."""
        return []

    def reader(self) -> Read:
        """A function that reads entries by their blob id."""
        return partial(read_entry, self.repository.objects(), self.max_file_size)

    def identity(self) -> str:
        """None: what is asked of it is asked file by file."""
        return ""

    def require(self, blobs: Iterable[str]) -> None:
        """GkError where one of the *blobs* is missing."""
        require_blobs(self.repository, blobs)

    def _entry(self, path: str, blob: str, size: int, kind: Kind | None) -> Entry:
        skip = larger_than(self.max_file_size) if size > self.max_file_size else ""
        return Entry(path, kind, size, blob, skip)


@lru_cache(2)
def python_files(repository: Repository, commit: str, scope: Scope) -> tuple[Entry, ...]:
    """The Python files in scope of a commit or tree, sorted by path; their sizes are not asked."""
    lines = _listing(repository, commit).decode("utf-8", "surrogateescape").split("\0")
    regular = (line.partition("\t") for line in lines if line.startswith("100") and line.endswith(".py"))
    blobs = {path: words[-repository.id_length :] for words, _, path in regular if scope.covers(path)}
    return tuple(Entry(path, Kind.PYTHON, blob_id=blob) for path, blob in sorted(blobs.items()))


def python_files_after(repository: Repository, changes: ChangeSet, scope: Scope) -> list[Entry]:
    """Likewise those of the head of *changes*; of the index, told from the first base without reading it."""
    if changes.head:
        return list(python_files(repository, changes.head, scope))
    found = {entry.path: entry for entry in python_files(repository, changes.bases[0], scope)}
    for change in changes.changes[0]:
        if change.status in "DR":
            found.pop(change.old_path, None)
    for change in changes.changes[0]:
        found.pop(change.new_path, None)
        if change.new_mode.startswith("100") and change.new_path.endswith(".py") and scope.covers(change.new_path):
            found[change.new_path] = Entry(change.new_path, Kind.PYTHON, blob_id=change.new_blob)
    return [found[path] for path in sorted(found)]


def start_mentioning(
    repository: Repository, head: str, words: Collection[str], *, stars: bool = False
) -> Callable[[], set[str]]:
    """Starts git on the Python files of *head*, "" for the index, whose bytes may hold one of *words* or, with *stars*,
    import all of a module; the function that comes back waits for their paths."""
    lines = (word.partition("\n")[0] for word in sorted(words))  # git looks at one line after the other
    patterns = dict.fromkeys(_FOREIGN.sub("[^ -~]+", _SIGN.sub(".", line)) for line in lines)
    pattern = "|".join((*patterns, *([_STAR] if stars else ())))
    looking = _start_grep(repository, head, QUICK, pattern)

    def finish() -> set[str]:
        try:
            found = looking()
        except GitFailed:
            found = _start_grep(repository, head, "-E", pattern)()
        prefix = f"{head}:" if head else ""
        return {name.decode("utf-8", "surrogateescape").removeprefix(prefix) for name in found.split(b"\0")[:-1]}

    return finish


QUICK = "-P"
"""The dialect that git is quicker with, and not built with everywhere. What is asked means the same in both."""

_SIGN, _FOREIGN = regex(r"[\0-/:-@\[-^`{-\x7f]"), regex(r"[^\0-\x7f]+")
_STAR = r"import[[:space:]]*[*\\]"


def _start_grep(repository: Repository, head: str, dialect: str, pattern: str) -> Callable[[], bytes]:
    query = ("grep", "--no-color", "--no-recurse-submodules", "-l", "-z", "-a", dialect, "-e", pattern)
    where = (head or "--cached", "--", "*.py")
    return repository.start("--no-literal-pathspecs", *query, *where, ok=(0, 1))


# --- links


def with_links(repository: Repository, changes: ChangeSet) -> ChangeSet:
    """*changes* and the links of the head that lead to another content than in a base.

    The old side of a link is the content that it led to, as if it had been a regular file.
    """
    was_link = any(change.old_mode == SYMLINK for each in changes.changes for change in each)
    if not was_link and not _may_lead_elsewhere(repository, changes):
        return changes
    files = _all_files(repository, changes.head)
    links = [file for file in files if file.mode == SYMLINK and may_be_code(file.path)]
    after = _contents(repository, files)
    followed = []
    for base, found in zip(changes.bases, changes.changes, strict=True):
        before = _contents(repository, _all_files(repository, base))
        known = {change.new_path for change in found}
        other = (link for link in links if link.path not in known and after[link.path] != before.get(link.path))
        moved = [_followed(change, before) for change in found]
        moved += [_followed(Change("M", *_sides(link)), before) for link in other]
        followed.append(tuple(moved))
    return replace(changes, changes=tuple(followed))


def _may_lead_elsewhere(repository: Repository, changes: ChangeSet) -> bool:
    """Whether a link of the head names anything that changed: then it has to be followed."""
    changed = [path for found in changes.changes for change in found for path in (change.old_path, change.new_path)]
    if not changed or not changes.may_link:
        return False
    links = _LINK.findall(_listing(repository, changes.head))
    if not any(may_be_code(os.fsdecode(name)) for _, name in links):
        return False
    with repository.objects() as objects:
        texts = [objects.read(blob.decode()).decode("utf-8", "surrogateescape") for blob, _ in links]
    named = {name for text in texts for name in text.replace("\\", "/").split("/")}
    return any(path.rpartition("/")[2] in named for path in changed if path)


def _contents(repository: Repository, files: list[File]) -> dict[str, str]:
    """The blob with the content of every file, and of every link that is called like code; "" if it leads nowhere."""
    links = [file for file in files if file.mode == SYMLINK and may_be_code(file.path)]
    contents = {file.path: file.blob for file in files if file.mode.startswith("100")}
    for link, target in resolve_links(repository, files, links).items():
        contents[link.path] = target.blob if isinstance(target, File) else ""
    return contents


def _sides(link: File) -> tuple[str, str, str, str, str, str]:
    return (link.path, link.blob, link.mode, link.path, link.blob, link.mode)


def _followed(change: Change, before: Mapping[str, str]) -> Change:
    content = before.get(change.old_path, "")
    return replace(change, old_blob=content, old_mode=REGULAR) if change.old_mode == SYMLINK and content else change


def _all_files(repository: Repository, head: str) -> list[File]:
    return list(_files_of_commit(repository, head) if head else sorted(_listed(repository, head)))


@lru_cache(2)
def _files_of_commit(repository: Repository, head: str) -> tuple[File, ...]:
    """The files of a commit or tree, which never change, for all who ask one after the other."""
    return tuple(sorted(_listed(repository, head)))


def _listed(repository: Repository, head: str) -> Iterator[File]:
    for line in _listing(repository, head).split(b"\0")[:-1]:
        words, _, name = line.partition(b"\t")
        mode, first, second = words.decode().split(" ")
        yield File(name.decode("utf-8", "surrogateescape"), mode, second if head else first)


def _listing(repository: Repository, head: str) -> bytes:
    """What git lists of the commit or tree *head*, "" for the index."""
    return _listing_of_commit(repository, head) if head else repository.run("ls-files", "-s", "-z")


@lru_cache(2)
def _listing_of_commit(repository: Repository, head: str) -> bytes:
    return repository.run("ls-tree", "-r", "-z", "--full-tree", head)


_LINK = regex(rb"(?s)(?:\A|(?<=\0))120000 (?:blob )?([0-9a-f]+)(?: 0)?\t([^\0]+)\0")
"""A link in either listing."""
