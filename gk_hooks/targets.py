"""From what the user named to a job: a directory, the index, a range of commits, or a commit.

Settings and the allowlist belong to what is scanned: a folder's come from the folder, a commit's from the commit, and
those of a merge check from its base, so that a change cannot excuse itself. The command line comes on top of all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from gk_hooks.diff import Base
from gk_hooks.errors import GkError
from gk_hooks.model.report import GitState
from gk_hooks.policy import allowlist as allowlists
from gk_hooks.policy import config as settings
from gk_hooks.policy.allowlist import Allowlist
from gk_hooks.policy.config import Config, ReadFile
from gk_hooks.scan import Job
from gk_hooks.source.directory import root_of, snapshot_of
from gk_hooks.source.git.changed import ChangedSnapshot, with_links
from gk_hooks.source.git.changes import ChangeSet, compare, staged_changes
from gk_hooks.source.git.repository import Repository, open_repository
from gk_hooks.source.git.revisions import merge_bases, resolve_commit, resolve_tree
from gk_hooks.source.git.snapshots import CommitSnapshot
from gk_hooks.source.git.state import git_state, repository_state
from gk_hooks.source.git.tracked import read_tracked
from gk_hooks.source.scope import Scope

SETTINGS_FILES = (settings.OWN_FILE, settings.SHARED_FILE)


@dataclass(frozen=True)
class Options:
    """What the command line says about policy; see policy.config.with_options."""

    profile: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None
    allowlist: str | None = None
    output_dir: str | None = None
    config: str | None = None
    no_config: bool = False

    def settle(self, found: Config) -> Config:
        """*found*, the settings of what is scanned, with these options on top."""
        return settings.with_options(
            found,
            profile=self.profile,
            include=self.include,
            exclude=self.exclude,
            max_file_size=self.max_file_size,
            allowlist=self.allowlist,
            output_dir=self.output_dir,
        )


def directory_job(paths: Sequence[str], options: Options) -> Job:
    """Directories or files as they are on disk."""
    root = root_of(paths)
    found = Config() if options.no_config else settings.load(root, options.config)
    config = options.settle(found)
    snapshot = snapshot_of(
        paths,
        include=config.include,
        exclude=config.exclude,
        max_file_size=config.max_file_size,
        output_dir=config.output_dir,
    )
    allowlist = allowlists.load(config.allowlist) if config.allowlist else None
    return Job(snapshot, config, "directory", " ".join(paths), partial(git_state, snapshot.root), allowlist)


def staged_job(options: Options, *, dirtiness: bool = True) -> Job:
    """What the next commit changes: the index against HEAD, or against every parent of a merge."""
    repository = open_repository()
    changes = staged_changes(repository)
    config, allowlist = _tracked_policy(repository, "", options)
    git = partial(_diff_state, repository, changes, "HEAD", dirtiness)
    return _diff_job(repository, changes, config, allowlist, "staged", "what is staged", git)


def since_job(since: str, until: str, options: Options, *, dirtiness: bool = True) -> Job:
    """What *until* adds since its merge bases with *since*."""
    repository = open_repository()
    base, head = resolve_commit(repository, since), resolve_commit(repository, until)
    bases = merge_bases(repository, base, head)
    return _range_job(repository, bases, head, f"{since}..{until}", options, dirtiness and until == "HEAD")


def _range_job(
    repository: Repository, bases: tuple[str, ...], head: str, target: str, options: Options, dirtiness: bool = False
) -> Job:
    changes = compare(repository, bases, head)
    config, allowlist = _tracked_policy(repository, bases[0], options)
    git = partial(_diff_state, repository, changes, "HEAD" if dirtiness else head, dirtiness)
    job = _diff_job(repository, changes, config, allowlist, "since", target, git)
    changed = sorted(changes.touched().keys() & {*SETTINGS_FILES, _inside(repository, config.allowlist)})
    notes = tuple(f"{name} changes here; what the base says of it was used" for name in changed)
    return replace(job, notes=notes)


def commit_job(revision: str, options: Options) -> Job:
    """The full tree at a commit, tag or tree."""
    repository = open_repository()
    tree = resolve_tree(repository, revision)
    config, allowlist = _tracked_policy(repository, tree, options)
    snapshot = CommitSnapshot(repository, revision=tree, **_scope(repository, config))
    commit = repository.run("rev-parse", "-q", "--verify", f"{revision}^{{commit}}", ok=(0, 1, 128)).decode().strip()
    git = partial(repository_state, repository, revision=commit or tree, dirtiness=False)
    return Job(snapshot, config, "at", revision, git, allowlist)


def push_jobs(remote: str, updates: bytes, options: Options) -> Iterator[Job]:
    """One job for each branch that a push updates. *updates*: what git gives a pre-push hook on standard input."""
    repository = open_repository()
    for line in updates.splitlines():
        words = line.decode("utf-8", "surrogateescape").split(" ")
        if len(words) != 4:
            raise GkError("pre-push expects lines of four words on standard input: is this run by git push?")
        local, there = words[1], words[3]
        if not local.strip("0"):
            continue  # a branch is deleted
        if there.strip("0") and repository.run("cat-file", "-t", there, ok=(0, 1, 128)) == b"commit\n":
            yield since_job(there, local, options, dirtiness=False)
            continue
        # a new branch, or a tip that was never fetched: what no branch of the remote has
        known = repository.run("rev-list", "--boundary", local, "--not", f"--remotes={remote}")
        bases = tuple(sorted(commit[1:].decode() for commit in known.splitlines() if commit.startswith(b"-")))
        if bases:
            yield _range_job(repository, bases, local, f"what {remote} lacks of {local[:12]}", options)
        elif known:
            yield commit_job(local, options)


def _diff_job(
    repository: Repository,
    changes: ChangeSet,
    config: Config,
    allowlist: Allowlist | None,
    mode: str,
    target: str,
    git: partial[GitState],
) -> Job:
    changes = with_links(repository, changes)
    snapshot = ChangedSnapshot(repository, changes=changes, **_scope(repository, config))
    base = Base(repository, changes, Scope.of(config.include, config.exclude), config.max_file_size)
    return Job(snapshot, config, mode, target, git, allowlist, base)


def _scope(repository: Repository, config: Config) -> dict[str, Any]:
    return {
        "include": config.include,
        "exclude": config.exclude,
        "max_file_size": config.max_file_size,
        "output_dir": _inside(repository, config.output_dir),
    }


def _tracked_policy(repository: Repository, revision: str, options: Options) -> tuple[Config, Allowlist | None]:
    """The settings and the allowlist as the index ("") or a commit has them, under the command line."""
    read: ReadFile = partial(read_tracked, repository, revision)
    if options.no_config:
        found = Config()
    elif options.config is not None:
        found = settings.load(repository.root, options.config)
    else:
        found = settings.load_from(read, repository.root)
    config = options.settle(found)
    if config.allowlist is None:
        return config, None
    name = _inside(repository, config.allowlist)
    tracked = read(name) if options.allowlist is None and options.config is None and name else None
    if tracked is not None:
        return config, allowlists.parse(config.allowlist, tracked)
    return config, allowlists.load(config.allowlist)


def _inside(repository: Repository, path: str | None) -> str:
    """*path* below the top of the repository, ``/``-separated; "" when it is elsewhere or None."""
    if path is None:
        return ""
    try:
        below = os.path.relpath(os.path.abspath(path), repository.root)
    except ValueError:  # another drive
        return ""
    return "" if below.startswith(os.pardir) else below.replace(os.sep, "/")


def _diff_state(repository: Repository, changes: ChangeSet, revision: str, dirtiness: bool) -> GitState:
    state = repository_state(repository, revision=revision, dirtiness=dirtiness)
    return replace(state, base_commits=changes.bases)
