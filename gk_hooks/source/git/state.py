"""What git says about a directory that is scanned as it is on disk: commit, tag, and whether it is dirty.

Nothing is asked of git that could run a filter, so dirtiness is found here: git's remembered file times tell the
files that cannot have changed, and the bytes of the others are compared. What cannot be told is None, with a note.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from gk_hooks.errors import GkError
from gk_hooks.model.records import replace
from gk_hooks.model.report import GitState
from gk_hooks.source.git.index import index_tree, read_index
from gk_hooks.source.git.plumbing import GitFailed
from gk_hooks.source.git.repository import Repository, open_repository
from gk_hooks.source.git.worktree import Comparison, compare


def git_state(root: str) -> GitState:
    """The state of the repository that *root* lies in; never raises: problems are None and a note."""
    try:
        return repository_state(open_repository(root))
    except (GkError, OSError) as error:
        if isinstance(error, GitFailed) and "not a git repository" in error.stderr:
            return GitState()
        return GitState(is_repo=True, note=str(error)) if _has_git_folder(root) else GitState()


def repository_state(repository: Repository, *, revision: str = "HEAD", dirtiness: bool = True) -> GitState:
    """The state of *repository*; without *dirtiness* its four parts stay None, which saves the walk over the tree.

    revision: HEAD, or the object id of the commit or tree that is scanned instead.
    """
    finish = start_state(repository, revision=revision)
    untracked = _start_untracked(repository) if dirtiness else None
    state = finish()
    return state if untracked is None else _with_dirtiness(state, repository, untracked)


def start_state(repository: Repository, *, revision: str = "HEAD", named: str = "") -> Callable[[], GitState]:
    """Starts to ask for the state of *repository* without its dirtiness; the function that comes back waits for it.

    revision: as above. named: the tag that the user means, where the commit has several.
    """
    tag_query = (f"--points-at={revision}", "--sort=-version:refname", "--format=%(refname:strip=2)", "refs/tags")
    tags = repository.start("for-each-ref", *tag_query, ok=(0, 128, 129))
    tagged = repository.start("for-each-ref", "--count=1", "--format=x", "refs/tags", ok=(0, 128))
    on_branch = revision == "HEAD"
    branch = repository.start("symbolic-ref", "--quiet", "HEAD", ok=(0, 1, 128)) if on_branch else lambda: b""
    commit, tree = repository.objects().find([f"{revision}^{{commit}}", f"{revision}^{{tree}}"])
    # where there is no tag, git describe says the same after a walk through the whole history
    words = ("describe", "--tags", "--always") if tagged() else ("rev-parse", "-q", "--verify", "--short")
    describe = repository.start(*words, revision, ok=(0, 1, 128))

    def finish() -> GitState:
        name, names = _line(branch()), os.fsdecode(tags()).splitlines()
        return GitState(
            is_repo=True,
            head_commit=commit.id if commit else None,
            tree=tree.id if tree else None,
            branch=name.removeprefix("refs/heads/") if name else None,
            tag=named if named in names else next(iter(names), None),
            describe=_line(describe()),
        )

    return finish


def _start_untracked(repository: Repository) -> Callable[[], bytes]:
    if not repository.worktree:
        return lambda: b""
    return repository.start("ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory", "-z")


def _with_dirtiness(state: GitState, repository: Repository, others: Callable[[], bytes]) -> GitState:
    try:
        untracked = bool(others()) if repository.worktree else None
        entries = read_index(repository)
        index_differs = _index_differs(repository, state.head_commit, any(not e.intent_to_add for e in entries))
        compared = compare(repository, entries) if repository.worktree else Comparison(None, "there is no work tree")
    except (GkError, OSError) as error:
        return replace(state, note=str(error))
    index = index_tree(entries, repository.id_length) if index_differs else state.tree
    parts = (index_differs, compared.differs, untracked)
    return replace(
        state,
        dirty=True if True in parts else None if None in parts else False,
        index=index,
        index_differs=index_differs,
        worktree_differs=compared.differs,
        untracked=untracked,
        hidden=any(entry.hidden for entry in entries),
        note=compared.note,
    )


def _index_differs(repository: Repository, head: str | None, holds_anything: bool) -> bool:
    if head is None:
        return holds_anything
    options = ("--cached", "--raw", "-z", "--no-renames", "--ita-invisible-in-index", "--ignore-submodules=none")
    return bool(repository.run("diff-index", *options, head, "--"))


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
