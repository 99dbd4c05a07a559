"""Which repository a path belongs to, and how git is to be called for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import NamedTuple

from gk_hooks.errors import GkError
from gk_hooks.model.records import dataclass
from gk_hooks.source.git.objects import Objects
from gk_hooks.source.git.plumbing import Environment, GitFailed, printable, run_git, start_git

PATH_VARIABLES = ("GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
LOCAL_VARIABLES = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
    *PATH_VARIABLES,
)
"""What git sets for a hook. It holds for the repository that the hook runs in, and for no other."""

PLACE_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", *PATH_VARIABLES)
"""Those that say where the repository is."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository: absolute paths; *worktree* is "" for a bare one; *index_file* is the next commit's."""

    git_dir: str
    worktree: str
    index_file: str
    id_length: int
    env: tuple[tuple[str, str | None], ...]

    @property
    def root(self) -> str:
        """Where git commands run: the top of the work tree, or the git directory."""
        return self.worktree or self.git_dir

    def run(self, *args: str, stdin: bytes = b"", ok: Collection[int] = (0,)) -> bytes:
        """What the git command prints."""
        return run_git(args, cwd=self.root, stdin=stdin, env=dict(self.env), ok=ok)

    def start(self, *args: str, stdin: bytes = b"", ok: Collection[int] = (0,)) -> Callable[[], bytes]:
        """Start the git command; the function that comes back waits for what it prints."""
        return start_git(args, cwd=self.root, stdin=stdin, env=dict(self.env), ok=ok)

    def objects(self) -> Objects:
        """A reader of objects by id."""
        return Objects(self.root, dict(self.env))


def open_repository(path: str = ".") -> Repository:
    """The repository that *path* lies in; GkError when there is none or git refuses to read it.

    A hook's environment (GIT_DIR, GIT_INDEX_FILE, relative or not) is honoured when it speaks of that repository.
    """
    path = os.path.abspath(path)
    if not any(name in os.environ for name in LOCAL_VARIABLES):
        return _repository(_discover(path, honour=False), honour=False)
    here = os.getcwd()
    found = _try_discover(path, honour=False)
    if path == here and not any(name in os.environ for name in PLACE_VARIABLES):
        ours = found  # nothing in the environment leads elsewhere
    else:
        ours = _try_discover(here, honour=True)
    if ours is None or (found is None and not _within(path, ours.worktree)):
        return _repository(found or _discover(path, honour=False), honour=False)
    if found is None:
        return _repository(ours, honour=True)
    if _same(found.git_dir, ours.git_dir):
        # With GIT_DIR and without GIT_WORK_TREE, git takes any current directory for the top of the work tree.
        return _repository(ours._replace(worktree=found.worktree), honour=True)
    nested = found.worktree and _within(found.worktree, ours.worktree) and not _same(found.worktree, ours.worktree)
    mine = _within(path, ours.worktree) and not nested
    return _repository(ours if mine else found, honour=mine)


class _Place(NamedTuple):
    """What git says of a folder."""

    git_dir: str
    worktree: str
    id_length: int


def _try_discover(path: str, honour: bool) -> _Place | None:
    try:
        return _discover(path, honour)
    except GitFailed as error:
        if "not a git repository" in error.stderr or not error.stderr:
            return None
        raise


def _discover(path: str, honour: bool) -> _Place:
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    worktree, object_format, git_dir = _ask_git(folder, {} if honour else dict.fromkeys(LOCAL_VARIABLES))
    if honour and os.environ.get("GIT_WORK_TREE"):
        worktree = os.fsencode(os.environ["GIT_WORK_TREE"])
    top = os.path.abspath(os.fsdecode(worktree)) if worktree else ""
    return _Place(os.path.abspath(os.fsdecode(git_dir)), top, {b"sha256": 64}.get(object_format, 40))


def _ask_git(folder: str, env: Environment) -> tuple[bytes, bytes, bytes]:
    """The top of the work tree (nothing outside of one), the format of ids, and the git directory."""
    query, top_query = (
        ("rev-parse", "--is-inside-work-tree", "--show-object-format", "--absolute-git-dir"),
        "--show-toplevel",
    )
    try:
        answer = run_git((*query, top_query), cwd=folder, env=env)[:-1].split(b"\n")
        if len(answer) == 4:
            inside, object_format, git_dir, top = answer
            return top if inside == b"true" else b"", object_format, git_dir
    except GitFailed as error:
        if "must be run in a work tree" not in error.stderr:
            raise
    # there is none, or a name has several lines
    inside, object_format, git_dir = run_git(query, cwd=folder, env=env)[:-1].split(b"\n", 2)
    top = run_git(("rev-parse", top_query), cwd=folder, env=env)[:-1] if inside == b"true" else b""
    return top, object_format, git_dir


def _repository(place: _Place, honour: bool) -> Repository:
    git_dir, worktree, id_length = place
    named = os.environ.get("GIT_INDEX_FILE", "") if honour else ""
    index_file = _index_file(named, worktree, git_dir)
    env: dict[str, str | None] = dict.fromkeys(LOCAL_VARIABLES)
    env |= {"GIT_DIR": git_dir, "GIT_WORK_TREE": worktree or None, "GIT_INDEX_FILE": index_file if named else None}
    if honour:
        env |= {name: os.path.abspath(os.environ[name]) for name in PATH_VARIABLES if name in os.environ}
        env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
    return Repository(git_dir, worktree, index_file, id_length, tuple(env.items()))


def _index_file(named: str, worktree: str, git_dir: str) -> str:
    usual = os.path.join(git_dir, "index")
    if not named:
        return usual
    path = os.path.join(worktree or os.getcwd(), named)  # git reads it from the top of the work tree
    if not os.path.exists(path) and not _same(path, usual):
        raise GkError(f"GIT_INDEX_FILE names {printable(path)}, which does not exist: there is nothing to scan")
    return path


def _within(path: str, folder: str) -> bool:
    if not folder:
        return False
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    try:
        return os.path.commonpath((path, folder)) == folder
    except ValueError:  # different drives
        return False


def _same(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))
