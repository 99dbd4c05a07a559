"""A repository whose configuration runs a command wherever git can be told to: none of them runs for us."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError
from gk_hooks.model.kinds import Kind
from gk_hooks.source.git.changes import compare, staged_changes
from gk_hooks.source.git.lines import hunks, line_map
from gk_hooks.source.git.repository import open_repository
from gk_hooks.source.git.revisions import empty_tree, merge_bases, resolve_commit, tag_at_head
from gk_hooks.source.git.snapshots import CommitSnapshot, IndexSnapshot
from gk_hooks.source.git.state import git_state

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="plants shell scripts")

COMMANDS = (
    "core.fsmonitor", "core.pager", "pager.diff", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy",
    "core.alternateRefsCommand", "credential.helper", "diff.external", "diff.trap.textconv", "diff.trap.command",
    "filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "filter.a=b.clean", "merge.trap.driver",
    "gpg.program", "uploadpack.packObjectsHook", "interactive.diffFilter", "sequence.editor", "trailer.x.command",
)  # fmt: skip
ALIASES = (
    "diff-index",
    "diff-tree",
    "diff",
    "ls-files",
    "ls-tree",
    "cat-file",
    "rev-parse",
    "check-attr",
    "merge-base",
)
HOOKS = ("post-index-change", "fsmonitor-watchman", "pre-commit", "post-checkout", "reference-transaction")


@pytest.fixture
def trap(repo: GitRepo, tmp_path: Path) -> GitRepo:
    """A repository with a staged and an unstaged change to a.py, a copy, a rename, and every trap."""
    text = "".join(f"x{number} = {number}\n" for number in range(40))
    repo.commit(a_py=text, c_py=text + "c = 1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(side_py="1\n")
    repo.git("checkout", "-q", "main")
    repo.stage(".gitattributes", "* filter=trap diff=trap merge=trap\nb.py filter=a=b\n")
    repo.commit()
    repo.git("mv", "c.py", "d.py")
    repo.stage("a.py", text + "y = 1\n")
    repo.stage("b.py", text)
    repo.write("a.py", text + "y = 2\n")
    spring = tmp_path / "trap.sh"
    spring.write_text(f'#!/bin/sh\necho "$0 $*" >> "{tmp_path}/canary"\ncat\n', encoding="utf-8")
    spring.chmod(0o755)
    for name in HOOKS:
        repo.write(f".git/hooks/{name}", spring.read_bytes()).chmod(0o755)
    for name in COMMANDS:
        repo.git("config", name, str(spring))
    for name in ALIASES:
        repo.git("config", f"alias.{name}", f"!{spring}")
    for name, value in {
        "filter.trap.required": "true", "core.hooksPath": ".git/hooks", "core.fsmonitorHookVersion": "2",
        "log.showSignature": "true", "core.untrackedCache": "true", "protocol.ext.allow": "always",
        "extensions.partialClone": "evil", "remote.evil.promisor": "true", "remote.evil.url": f"ext::{spring}",
        "core.repositoryFormatVersion": "1", "color.ui": "always", "diff.noprefix": "true", "core.ignoreStat": "true",
    }.items():  # fmt: skip
        repo.git("config", name, value)
    repo.write(".git/info/attributes", "* filter=trap diff=trap\n")
    (tmp_path / "canary").unlink(missing_ok=True)
    return repo


def test_the_traps_work(trap: GitRepo, tmp_path: Path) -> None:
    for command in (["status"], ["diff"], ["diff-index", "--cached", "HEAD"], ["write-tree"]):
        (tmp_path / "canary").unlink(missing_ok=True)
        trap.git(*command, check=False)
        assert (tmp_path / "canary").exists(), command


def test_nothing_runs_and_nothing_is_written(
    trap: GitRepo, tmp_path: Path, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(tmp_path / "trap.sh"))
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    before = trap.listing()
    state = git_state(str(trap.path))
    assert (state.index_differs, state.worktree_differs, state.untracked) == (True, None, False)
    assert "'filter'" in state.note
    repository = open_repository()
    assert [entry.path for entry in IndexSnapshot(repository).entries()] == ["a.py", "b.py", "d.py"]
    assert [entry.path for entry in CommitSnapshot(repository).entries()] == ["a.py", "c.py"]
    changes = staged_changes(repository)
    assert {path: change.status for path, (change,) in changes.touched().items()} == {
        "a.py": "M", "b.py": "C", "d.py": "R"
    }  # fmt: skip
    head = resolve_commit(repository, "HEAD")
    bases = merge_bases(repository, head, resolve_commit(repository, "side"))
    assert list(compare(repository, bases, head).touched()) == [".gitattributes"]
    assert tag_at_head(repository) is None
    (change,) = changes.touched()["a.py"]
    found = hunks(repository, change.old_blob, change.new_blob)
    with repository.objects() as objects:
        old, new = objects.read(change.old_blob), objects.read(change.new_blob)
    lines = line_map(old, new, found, Kind.PYTHON)
    assert lines is not None
    assert (lines.old_line(40), lines.old_line(41)) == (40, None)
    assert trap.listing() == before
    assert not (tmp_path / "canary").exists()


def test_a_missing_object_is_not_fetched(trap: GitRepo, tmp_path: Path, carrier: str) -> None:
    blob = staged_changes(open_repository()).touched()["a.py"][0].new_blob
    (trap.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for attempt in (
        lambda repository: IndexSnapshot(repository).entries(),
        lambda repository: repository.objects().read(blob),
        lambda repository: hunks(repository, blob, empty_tree(repository)),
    ):
        with pytest.raises(GkError, match="missing"):
            attempt(open_repository())
    assert not (tmp_path / "canary").exists()


def test_a_mere_reading_of_a_clean_repository_writes_nothing(repo: GitRepo, carrier: str) -> None:
    repo.commit(a_py="1\n")
    repo.write("a.py", "1\n")  # the same bytes with another time: git itself would refresh the index
    before = repo.listing()
    assert git_state(str(repo.path)).dirty is False
    assert staged_changes(open_repository()).touched() == {}
    assert repo.listing() == before
