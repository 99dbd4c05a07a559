"""Which files differ between a base and the index or a commit, by git's raw lists: names, modes and ids, no patches."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.errors import GkError
from gk_hooks.model.records import dataclass
from gk_hooks.source.git.index import may_hold_links
from gk_hooks.source.git.repository import Repository
from gk_hooks.source.git.revisions import commit_parents, empty_tree

RENAME_LIMIT = 1000
"""With more new files than this, git pairs only identical ones: the others count as added, so nothing is missed."""

RAW = ("--raw", "-z", "--no-abbrev", "-M", "-C", f"-l{RENAME_LIMIT}")


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs. status: A, M, D, T (another type), R (renamed) or C (copied), as git-diff(1) has them.

    Where there is no old or no new file, its path, blob and mode are "". Paths are like those of an Entry.
    """

    status: str
    old_path: str
    old_blob: str
    old_mode: str
    new_path: str
    new_blob: str
    new_mode: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What *head* (a commit or tree id; "" is the index) changes against each of *bases*.

    may_link: False only when no file of the head can be a symbolic link.
    """

    bases: tuple[str, ...]
    head: str
    changes: tuple[tuple[Change, ...], ...] = ()
    may_link: bool = True

    def touched(self) -> dict[str, tuple[Change, ...]]:
        """By new path, the files that differ from every base, with the change against each, in the order of *bases*.

        A file that is as it was in one base holds nothing new: in a merge, it came from that parent.
        """
        by_path = [{change.new_path: change for change in changes if change.new_path} for changes in self.changes]
        shared = sorted(set(by_path[0]).intersection(*by_path[1:])) if by_path else []
        return {path: tuple(changes[path] for changes in by_path) for path in shared}

    def removed(self) -> dict[str, tuple[Change, ...]]:
        """By old path, the files of any base that are gone, or moved, with the changes that say so."""
        gone: dict[str, list[Change]] = {}
        for change in (change for changes in self.changes for change in changes if change.status in "DR"):
            gone.setdefault(change.old_path, []).append(change)
        return {path: tuple(gone[path]) for path in sorted(gone)}


def staged_changes(repository: Repository) -> ChangeSet:
    """What the next commit changes against each of its parents, the empty tree for a first commit."""
    return compare(repository, commit_parents(repository) or (empty_tree(repository),), "")


def compare(repository: Repository, bases: tuple[str, ...], head: str) -> ChangeSet:
    """What *head* (a commit or tree id, "" for the index) changes against each of *bases*."""
    if head:
        running = [repository.start("diff-tree", "-r", *RAW, base, head, "--") for base in bases]
    else:
        index = ("diff-index", "--cached", "--ita-invisible-in-index", *RAW)
        running = [repository.start(*index, base, "--") for base in bases]
    may_link = bool(head) or may_hold_links(repository)  # found out while git compares
    changes = tuple(tuple(sorted(_parse(finish()), key=_order)) for finish in running)
    return ChangeSet(bases, head, changes, may_link)


def _order(change: Change) -> tuple[str, str]:
    return change.new_path or change.old_path, change.old_path


def _parse(raw: bytes) -> Iterator[Change]:
    fields = iter(raw.split(b"\0")[:-1])
    for field in fields:
        old_mode, new_mode, old_blob, new_blob, status = field.removeprefix(b":").decode().split(" ")
        letter = status[0]
        if letter == "U":
            raise unmerged([_text(next(fields))])
        first = _text(next(fields))
        second = _text(next(fields)) if letter in "RC" else first
        old = ("", "", "") if letter == "A" else (first, old_blob, old_mode)
        new = ("", "", "") if letter == "D" else (second, new_blob, new_mode)
        yield Change(letter, *old, *new)


def unmerged(paths: list[str]) -> GkError:
    """The error for an index that cannot be committed yet."""
    first = ascii(paths[0])[1:-1]
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return GkError(f"{first}{more} is unmerged: resolve the conflict and git add the file first")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
