"""What came of linking files is remembered one by one, and no report can tell, whatever was edited in between."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from git_repo import GitRepo
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gk_hooks.model.records import replace
from gk_hooks.model.report import Report
from gk_hooks.pipeline import analysis, linking
from gk_hooks.pipeline.analysis import analyze_snapshot
from gk_hooks.pipeline.modules import Modules
from gk_hooks.pipeline.remembered import Whole
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, since_job
from gk_hooks.source.directory import snapshot_of

EVIL, OTHER = "URL = 'https://evil.example'\n", "URL = 'https://other.example'\n"
PLACES = (
    *("settings.py", "conf.py", "a.py", "b.py", "app/__init__.py", "app/settings.py", "app/conf.py", "app/a.py"),
    *("app/sub/__init__.py", "app/sub/settings.py", "app/sub/a.py", "src/settings.py", "lib/app/conf.py"),
    *("settings/__init__.py", "far/away/settings.py"),
)
MODULES = ("settings", "conf", "app", "app.conf", ".settings", ".conf", "..settings", ".")
DEFINED = "def URL(): ...\n"
GET = "import requests\nfrom {} import URL\nrequests.get(URL)\n"
TEXTS = (
    EVIL,
    OTHER,
    DEFINED,
    "class URL:\n    URL = 'https://member.example'\n",
    "URL = (\n",
    *(f"from {module} import *\n" for module in MODULES),
    *(f"from {module} import URL\n" for module in MODULES),
    *(f"from {module} import URL\nURL += '/path'\n" for module in MODULES),
)
USERS = (
    *map(GET.format, MODULES),
    *(f"import requests\nfrom {module} import *\nrequests.get(URL)\n" for module in MODULES),
    *(f"import requests, {module}\nrequests.get({module}.URL.URL)\n" for module in MODULES if module[0] != "."),
    "import requests\nfrom . import settings as s\nfrom .. import conf as c\nrequests.get(s.URL + c.URL)\n",
)

FILES = st.dictionaries(st.sampled_from(PLACES), st.sampled_from((*TEXTS, *USERS)), min_size=4)
EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PLACES), st.sampled_from((*TEXTS, *USERS))),
    st.tuples(st.just("remove"), st.sampled_from(PLACES), st.just("")),
    st.tuples(st.just("move"), st.sampled_from(PLACES), st.sampled_from(PLACES)),
)


@pytest.fixture(autouse=True)
def cache(empty_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache for trees of any size, which remembers files and links, and no tree as a whole."""
    monkeypatch.setattr(analysis, "recall", lambda *question: None)


def whole(folder: Path, cached: bool = True, target: str = "") -> Whole:
    """What a scan of *target* in *folder* finds."""
    snapshot = replace(snapshot_of([str(folder)]), targets=(target,))
    files, *rest = analyze_snapshot(snapshot, lambda total: lambda done: None, cached)
    return Whole([replace(file, wanted=()) for file in files], *rest)


def put(folder: Path, files: dict[str, str]) -> None:
    """Makes *folder* hold these files and no other but those of git."""
    for item in folder.iterdir():
        if item.is_dir() and item.name != ".git":
            shutil.rmtree(item)
        elif item.is_file():
            item.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def edit(files: dict[str, str], how: str, path: str, what: str) -> None:
    """Changes *files* in one of the EDITS."""
    if how == "write":
        files[path] = what
    elif path in files:
        text = files.pop(path)
        if how == "move":
            files[what] = text


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(FILES, st.lists(st.tuples(EDITS, st.sampled_from(("", "", "", "app"))), min_size=1, max_size=6))
@example({"settings.py": DEFINED, "a.py": GET.format("settings")}, [(("write", "settings.py", EVIL), "")])
@example(
    {
        "far/away/settings.py": EVIL,
        "conf.py": "from settings import *\n",
        **dict.fromkeys(("a.py", "b.py"), GET.format("conf")),
    },
    [(("remove", "a.py", ""), "")],
)
def test_no_scan_differs_from_an_uncached_one(
    tmp_path: Path, files: dict[str, str], steps: list[tuple[tuple[str, str, str], str]]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir(exist_ok=True)
    (tree / "app").mkdir(exist_ok=True)
    put(tree, {"app/x": "", **files})
    whole(tree)
    for change, target in steps:
        edit(files, *change)
        put(tree, {"app/x": "", **files})
        assert whole(tree, target=target) == whole(tree, cached=False, target=target)


@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(FILES, st.lists(EDITS, min_size=1, max_size=3))
def test_no_comparison_differs_from_an_uncached_one(
    repo: GitRepo, files: dict[str, str], steps: list[tuple[str, str, str]]
) -> None:
    def commit() -> None:
        put(repo.path, files)
        repo.git("add", "-Af", ".")
        repo.commit()

    def since(back: int, cached: bool) -> Report:
        report = scan(since_job(f"HEAD~{back}", "HEAD", Options(cache=cached), state=False))
        return replace(report, run=None)  # type: ignore[arg-type]

    commit()
    for done, change in enumerate(steps):
        edit(files, *change)
        commit()
        for back in {1, done + 1}:
            expected = since(back, cached=False)
            assert since(back, cached=True) == expected
            assert since(back, cached=True) == expected


def linked_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that a scan of *folder* asks other files for."""
    seen: list[str] = []
    constants_of = linking.constants_of

    def spy(path: str, wanted: Sequence[str], modules: Modules) -> linking.Constants:
        seen.append(path)
        return constants_of(path, wanted, modules)

    expected = whole(folder, cached=False)
    monkeypatch.setattr(linking, "constants_of", spy)
    assert whole(folder) == expected
    monkeypatch.setattr(linking, "constants_of", constants_of)
    return seen


TREE = {
    "app/__init__.py": "from .conf import URL\n",
    "app/conf.py": EVIL,
    "app/a.py": GET.format("app"),
    "app/b.py": GET.format("app.conf"),
    "settings.py": OTHER,
    "c.py": GET.format("settings"),
    "far/settings.py": EVIL,
    "far/d.py": GET.format("settings"),
}


@pytest.mark.parametrize(
    ("change", "expected"),
    (
        pytest.param(("write", "README.md", "x"), [], id="no module"),
        pytest.param(("write", "more.py", EVIL), [], id="a module that nobody asks for"),
        pytest.param(("write", "settings.py", EVIL), ["c.py", "far/d.py"], id="a constant"),
        pytest.param(("write", "app/conf.py", OTHER), ["app/a.py", "app/b.py"], id="a constant through a package"),
        pytest.param(("write", "app/__init__.py", EVIL), ["app/a.py"], id="a package"),
        pytest.param(("remove", "app/__init__.py", ""), ["app/a.py"], id="a folder that is no package"),
        pytest.param(("write", "src/settings.py", EVIL), ["c.py", "far/d.py"], id="a module that may be meant too"),
        pytest.param(("write", "app/settings.py", EVIL), [], id="a module that may not be meant"),
        pytest.param(("move", "far/settings.py", "far/other.py"), ["far/d.py"], id="a module under another name"),
        pytest.param(("move", "c.py", "app/c.py"), ["app/c.py"], id="a file at another place"),
        pytest.param(("write", "c.py", "\n" + TREE["c.py"]), ["c.py"], id="the file itself"),
    ),
)
def test_a_change_has_those_files_linked_anew_that_it_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str, str], expected: list[str]
) -> None:
    files = dict(TREE)
    put(tmp_path, files)
    whole(tmp_path)
    edit(files, *change)
    put(tmp_path, files)
    assert linked_anew(tmp_path, monkeypatch) == expected
    assert linked_anew(tmp_path, monkeypatch) == []
    put(tmp_path, TREE)
    assert linked_anew(tmp_path, monkeypatch) == []
