"""From what the user named to a job: a directory, the index, a range of commits, or a commit.

Settings and the allowlist belong to what is scanned: a folder's come from the folder, a commit's from the commit, and
those of a merge check from its base, so that a change cannot excuse itself. The command line comes on top of all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from gk_hooks.errors import GkError
from gk_hooks.model.records import dataclass, replace
from gk_hooks.model.report import GitState
from gk_hooks.pipeline.diff import Base
from gk_hooks.pipeline.scan import Job
from gk_hooks.pipeline.touched import with_touched
from gk_hooks.policy import allowlist as allowlists
from gk_hooks.policy import config as settings
from gk_hooks.policy.allowlist import Allowlist
from gk_hooks.policy.baseline import FILE_NAME
from gk_hooks.policy.config import Config
from gk_hooks.source.directory import root_of, snapshot_of
from gk_hooks.source.git.changed import ChangedSnapshot
from gk_hooks.source.git.changes import ChangeSet, staged_changes
from gk_hooks.source.git.repository import Repository, open_repository
from gk_hooks.source.git.revisions import head_commit, merge_bases, resolve_commit, resolve_tree
from gk_hooks.source.git.snapshots import CommitSnapshot
from gk_hooks.source.git.state import Opened, git_state, start_state
from gk_hooks.source.git.tracked import head_blobs, read_blob, tracked_blobs
from gk_hooks.source.scope import Scope

if TYPE_CHECKING:  # it is imported where there is a baseline to read: a hook starts often
    from gk_hooks.pipeline.acceptance import Acceptance

SETTINGS_FILES = (settings.OWN_FILE, settings.SHARED_FILE)
OUR_FILES = (*SETTINGS_FILES, FILE_NAME)


@dataclass(frozen=True)
class Options:
    """What the command line says about policy; see policy.config.with_options.

    baseline: whether one is read. cache: whether results may come from the cache. today: the day that expiry is
    judged on, None for this one.
    """

    profile: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_file_size: int | None = None
    allowlist: str | None = None
    output_dir: str | None = None
    config: str | None = None
    no_config: bool = False
    baseline: bool = True
    accept_new_baseline: bool = False
    cache: bool = False
    today: date | None = None

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
    acceptance = None
    if options.baseline:
        from gk_hooks.pipeline.acceptance import for_directory

        acceptance = for_directory(snapshot, date.today())
    git = partial(git_state, snapshot.root)
    return Job(
        snapshot, config, "directory", " ".join(paths), git, allowlist, acceptance=acceptance, cache=options.cache
    )


def staged_job(options: Options, *, state: bool = True, opened: Opened | None = None) -> Job:
    """What the next commit changes: the index against HEAD, or against every parent of a merge.

    state: whether the report says what git says of the repository, as in all that follow. opened: that repository,
    where it is at work already, as in since_job.
    """
    repository = opened.repository if opened else open_repository()
    if not repository.worktree:
        raise GkError("a bare repository has no index: name a commit with --at or --since")
    git = (opened.state if opened else start_state(repository, dirtiness=True)) if state else None
    return _change_job(repository, staged_changes(repository), "what is staged", options, git)


def hook_job(options: Options, *, state: bool = True) -> Job:
    """What is staged; where nobody is committing, so that pre-commit run --all-files was meant, all of HEAD."""
    job = staged_job(options, state=state)
    assert job.base is not None
    committing = "GIT_INDEX_FILE" in os.environ or any(job.base.changes.changes)
    if committing or head_commit(job.base.repository) is None:
        return job
    return commit_job("HEAD", options)


def since_job(since: str, until: str, options: Options, *, state: bool = True, opened: Opened | None = None) -> Job:
    """What *until* adds since its merge bases with *since*."""
    repository = opened.repository if opened else open_repository()
    at_head = until == "HEAD"
    git = (opened.state if opened else start_state(repository, dirtiness=True)) if state and at_head else None
    base, head = resolve_commit(repository, since), resolve_commit(repository, until)
    if state and not at_head:
        git = start_state(repository, revision=head)
    changes = ChangeSet(merge_bases(repository, base, head), head)
    return _change_job(repository, changes, f"{since}..{until}", options, git)


def commit_job(revision: str, options: Options, *, repository: Repository | None = None) -> Job:
    """The full tree at a commit, tag or tree. repository: None is the one of the current folder."""
    repository = repository or open_repository()
    tree = resolve_tree(repository, revision)
    look = partial(tracked_blobs, repository, tree)
    files = look(*OUR_FILES)
    config, allowlist = _tracked_policy(repository, look, files, options)
    snapshot = CommitSnapshot(repository, revision=tree, **_scope(repository, config))
    (commit,) = repository.objects().find([f"{revision}^{{commit}}"])
    git = start_state(repository, revision=commit.id if commit else tree, named=revision.removeprefix("refs/tags/"))
    acceptance = None
    if options.baseline and FILE_NAME in files:
        from gk_hooks.pipeline.acceptance import for_commit

        acceptance = for_commit(snapshot, options.today or date.today())
    return Job(snapshot, config, "at", revision, git, allowlist, acceptance=acceptance, cache=options.cache)


def push_jobs(remote: str, updates: bytes, options: Options, *, state: bool = True) -> Iterator[Job]:
    """One job for each ref that a push updates. *updates*: what git gives a pre-push hook on standard input."""
    repository = open_repository()
    for line in updates.splitlines():
        words = os.fsdecode(line).split(" ")
        if len(words) != 4:
            raise GkError("pre-push expects lines of four words on standard input: is this run by git push?")
        _, local, ref, there = words
        if local.strip("0"):  # else it is deleted
            yield from _push_job(repository, remote, resolve_commit(repository, local), there, ref, options, state)


def _push_job(
    repository: Repository, remote: str, local: str, there: str, ref: str, options: Options, state: bool
) -> Iterator[Job]:
    """What no branch of *remote*, as far as it was fetched, and not the pushed one has."""
    known = [f"--remotes={remote}"]
    if there.strip("0") and repository.run("cat-file", "-t", there, ok=(0, 1, 128)) == b"commit\n":
        known.append(there)
    listed = repository.run("rev-list", "--boundary", local, "--not", *known).decode().split()
    bases = tuple(sorted(commit[1:] for commit in listed if commit.startswith("-")))
    if bases:
        changes = ChangeSet(bases, local)
        git = start_state(repository, revision=local) if state else None
        yield _change_job(repository, changes, f"what {remote} lacks for {ref}", options, git)
    elif listed:
        yield commit_job(local, options)


def _change_job(
    repository: Repository, changes: ChangeSet, target: str, options: Options, git: Callable[[], GitState] | None
) -> Job:
    """The job for *changes*. git: waits for the state of the repository, None where nobody wants to know."""
    staged = not changes.head
    look = partial(head_blobs, repository, changes) if staged else partial(tracked_blobs, repository, changes.bases[0])
    files = look(*OUR_FILES)
    config, allowlist = _tracked_policy(repository, look, files, options)
    scope = Scope.of(config.include, config.exclude)
    limit = config.max_file_size
    changes, undetermined, analyzed, _ = with_touched(repository, changes, scope, limit, options.cache)
    snapshot = ChangedSnapshot(repository, changes=changes, **_scope(repository, config))
    base = Base(repository, changes, scope, limit, cache=options.cache, analyzed=analyzed)
    return Job(
        snapshot,
        config,
        "staged" if staged else "since",
        target,
        partial(_with_bases, git, changes.bases) if git else GitState,
        allowlist,
        base,
        _change_acceptance(snapshot, files, options),
        () if staged else _unused_settings(repository, changes, config),
        undetermined,
        cache=options.cache,
        analyzed=analyzed,
    )


def _change_acceptance(snapshot: ChangedSnapshot, files: Mapping[str, str], options: Options) -> Acceptance | None:
    staged = not snapshot.changes.head
    if not options.baseline or (staged and FILE_NAME not in files):
        return None
    from gk_hooks.pipeline.acceptance import for_merge, for_staged

    if staged:
        return for_staged(snapshot, date.today())
    return for_merge(snapshot, date.today(), accept_new=options.accept_new_baseline)


def _unused_settings(repository: Repository, changes: ChangeSet, config: Config) -> tuple[str, ...]:
    changed = changes.touched().keys() & {*SETTINGS_FILES, _inside(repository, config.allowlist)}
    return tuple(f"{name} changes here; what the base says of it was used" for name in sorted(changed))


def _with_bases(git: Callable[[], GitState], bases: tuple[str, ...]) -> GitState:
    return replace(git(), base_commits=bases)


def _scope(repository: Repository, config: Config) -> dict[str, Any]:
    return {
        "include": config.include,
        "exclude": config.exclude,
        "max_file_size": config.max_file_size,
        "output_dir": _inside(repository, config.output_dir),
    }


def _tracked_policy(
    repository: Repository, look: Callable[..., dict[str, str]], files: Mapping[str, str], options: Options
) -> tuple[Config, Allowlist | None]:
    """The settings and the allowlist as the index or a commit has them, under the command line. *look*: gives the
    blobs of paths there."""

    def read(name: str) -> bytes | None:
        return read_blob(repository, files[name]) if name in files else None

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
    if options.allowlist is None and options.config is None and name:
        blob = look(name).get(name)
        if blob:
            return config, allowlists.parse(config.allowlist, read_blob(repository, blob))
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
