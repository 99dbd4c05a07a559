"""What git says about a directory that is scanned as it is on disk: commit, tag, and whether it is dirty.

Nothing is asked of git that could run a filter, so dirtiness is found here: git's remembered file times tell the
files that cannot have changed, and the bytes of the others are compared. What cannot be told is None, with a note.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import Any, NamedTuple

from gk_hooks.errors import GkError
from gk_hooks.model.records import fields, replace
from gk_hooks.model.report import GitState
from gk_hooks.source.git.aside import start_aside
from gk_hooks.source.git.plumbing import GitFailed
from gk_hooks.source.git.repository import Repository, open_repository
from gk_hooks.source.git.revisions import empty_tree
from gk_hooks.source.git.worktree import compare_worktree

LARGE = 50_000
"""Bytes of an index above which another process looks at the work tree, while this one goes on."""


class Opened(NamedTuple):
    """A repository, and what waits for its state as it is checked out."""

    repository: Repository
    state: Callable[[], GitState]


def open_early() -> Opened | None:
    """The repository of the current folder, to be worked at while a command is still being imported, which takes as
    long; None where something is wrong with it: whoever opens it next says what."""
    with suppress(GkError):
        repository = open_repository()
        return Opened(repository, start_state(repository, dirtiness=True))
    return None


def git_state(root: str) -> GitState:
    """The state of the repository that *root* lies in; never raises: problems are None and a note."""
    try:
        return repository_state(open_repository(root))
    except (GkError, OSError) as error:
        if isinstance(error, GitFailed) and "not a git repository" in error.stderr:
            return GitState()
        return GitState(is_repo=True, note=str(error)) if _has_git_folder(root) else GitState()


def repository_state(repository: Repository, *, revision: str = "HEAD", dirtiness: bool = True) -> GitState:
    """As start_state, and waits for it."""
    return _start(repository, revision, "", dirtiness)()


def start_state(
    repository: Repository, *, revision: str = "HEAD", named: str = "", dirtiness: bool = False
) -> Callable[[], GitState]:
    """Starts to ask for the state of *repository*; the function that comes back waits for it.

    revision: HEAD, or the object id of the commit or tree that is scanned instead. named: the tag that the user means,
    where the commit has several. Without *dirtiness* its four parts stay None, which saves the walk over the tree.
    """
    start = partial(_start, repository, revision, named, dirtiness)
    if not (dirtiness and _is_large(repository)):
        return cache(start())
    finish = start_aside(lambda: partial(_parts, start()))
    return cache(lambda: GitState(*finish()))


def _is_large(repository: Repository) -> bool:
    return os.path.exists(repository.index_file) and os.path.getsize(repository.index_file) > LARGE


def _parts(finish: Callable[[], GitState]) -> tuple[Any, ...]:
    state = finish()
    return tuple(getattr(state, each.name) for each in fields(GitState))


def _start(repository: Repository, revision: str, named: str, dirtiness: bool) -> Callable[[], GitState]:
    untracked = _start_untracked(repository) if dirtiness else lambda: b""  # which takes longest
    tagged = repository.start("for-each-ref", "--count=1", "--format=x", "refs/tags", ok=(0, 128))
    tag_query = (f"--points-at={revision}", "--sort=-version:refname", "--format=%(refname:strip=2)", "refs/tags")
    tags = repository.start("for-each-ref", *tag_query, ok=(0, 128, 129))
    on_branch = revision == "HEAD"
    branch = repository.start("symbolic-ref", "--quiet", "HEAD", ok=(0, 1, 128)) if on_branch else lambda: b""
    commit, tree = repository.objects().find([f"{revision}^{{commit}}", f"{revision}^{{tree}}"])
    head = tree.id if tree else None
    staged = _start_staged(repository, head) if dirtiness else lambda: b""
    # where there is no tag, git describe says the same after a walk through the whole history
    words = ("describe", "--tags", "--always") if tagged() else ("rev-parse", "-q", "--verify", "--short")
    describe = repository.start(*words, revision, ok=(0, 1, 128))

    def finish() -> GitState:
        name, names = _line(branch()), os.fsdecode(tags()).splitlines()
        state = GitState(
            is_repo=True,
            head_commit=commit.id if commit else None,
            tree=head,
            branch=name.removeprefix("refs/heads/") if name else None,
            tag=named if named in names else next(iter(names), None),
            describe=_line(describe()),
        )
        return _with_dirtiness(state, repository, untracked, staged) if dirtiness else state

    return finish


def _start_untracked(repository: Repository) -> Callable[[], bytes]:
    if not repository.worktree:
        return lambda: b""
    return repository.start("ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory", "-z")


def _start_staged(repository: Repository, head: str | None) -> Callable[[], bytes]:
    options = ("--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--ita-invisible-in-index")
    base = head or empty_tree(repository)
    return repository.start("diff-index", *options, "--ignore-submodules=none", base, "--")


def _with_dirtiness(
    state: GitState, repository: Repository, untracked: Callable[[], bytes], staged: Callable[[], bytes]
) -> GitState:
    compared = compare_worktree(repository)
    try:
        others = bool(untracked()) if repository.worktree else None
        changed = staged()
        index = _index_tree(repository, state.tree, changed)
    except (GkError, OSError) as error:
        return replace(state, note=str(error))
    if compared.hidden is None:
        return replace(state, note=compared.note)
    parts = (bool(changed), compared.differs, others)
    return replace(
        state,
        dirty=True if True in parts else None if None in parts else False,
        index=index,
        index_differs=bool(changed),
        worktree_differs=compared.differs,
        untracked=others,
        hidden=compared.hidden,
        note=compared.note,
    )


def _index_tree(repository: Repository, head: str | None, raw: bytes) -> str | None:
    """The id of the tree that a commit of the index would have, by how it differs from *head*; None while files are
    unmerged."""
    if not raw and head:
        return head
    from gk_hooks.source.git.trees import changed_tree

    fields = raw.split(b"\0")
    changed: dict[bytes, tuple[bytes, str] | None] = {}
    for about, path in zip(fields[:-1:2], fields[1::2], strict=True):
        _, mode, _, blob, status = about.split(b" ")
        if status == b"U":
            return None
        changed[path] = None if status == b"D" else (mode, blob.decode())
    return changed_tree(repository, head or empty_tree(repository), changed)


def _line(output: bytes) -> str | None:
    """The first line of *output* as text, None where there is none."""
    return os.fsdecode(output.split(b"\n", 1)[0]) or None


def _has_git_folder(path: str) -> bool:
    path = os.path.abspath(path)
    while not os.path.lexists(os.path.join(path, ".git")):
        parent = os.path.dirname(path)
        if parent == path:
            return False
        path = parent
    return True
