"""Importers of changed constants, and both versions of a file read in one go: as if each had been scanned alone."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Hashable, Mapping
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.analyzers.python.sameness import same_program
from gk_hooks.model.report import Report
from gk_hooks.pipeline import importers, processes
from gk_hooks.pipeline.cache import codec
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, commit_job, since_job, staged_job
from gk_hooks.pipeline.versions import compare_versions
from gk_hooks.pipeline.workers import analyze_all
from gk_hooks.source.git import changed
from gk_hooks.source.git.changed import BlobSnapshot, start_mentioning

EVIL = 'URL = "https://evil.example/"\n'
CALM = 'URL = "http://127.0.0.1/"\n'
ANY = "def __getattr__(name):\n    return name\n"
GET = "import requests\nfrom settings import URL\nrequests.get(URL)\n"


def new_in(report: Report) -> list[str]:
    """``a.py:3`` for each new finding."""
    return [f"{one.finding.file}:{one.finding.site.line}" for one in report.results if one.state == "new"]


def since(base: str) -> Report:
    """The report of gk scan --since."""
    return scan(since_job(base, "HEAD", Options(), state=False))


def commit_all(repo: GitRepo, files: Mapping[str, str | None]) -> str:
    """A commit of *files*, by path; None takes one away."""
    for path, text in files.items():
        if text is None:
            (repo.path / path).unlink(missing_ok=True)
        else:
            repo.write(path, text)
    repo.git("add", "-A")
    return repo.commit()


# --- who is found


CHANGED = (
    pytest.param({"settings.py": CALM, "a.py": GET}, {"settings.py": EVIL}, ["a.py:3"], id="a constant"),
    pytest.param(
        {"settings.py": CALM, "a.py": "import settings as s, requests\nrequests.get(s . URL)\n"},
        {"settings.py": EVIL},
        ["a.py:2"],
        id="an attribute of a module under another name",
    ),
    pytest.param(
        {
            "settings.py": CALM,
            "a.py": "import requests\nfrom settings import (  # where to\n    URL,\n)\nrequests.get(URL)\n",
        },
        {"settings.py": EVIL},
        ["a.py:5"],
        id="an import over several lines",
    ),
    pytest.param(
        {
            "settings.py": CALM,
            "a.py": "import importlib, requests\nrequests.get(importlib.import_module('settings').URL)\n",
        },
        {"settings.py": EVIL},
        ["a.py:2"],
        id="a module that a call imports",
    ),
    pytest.param(
        {"settings.py": CALM, "a.py": "import requests, settings\nrequests.get(getattr(settings, 'URL'))\n"},
        {"settings.py": EVIL},
        ["a.py:2"],
        id="an attribute that a text names",
    ),
    pytest.param(
        {
            "settings.py": "class Config:\n    " + CALM,
            "mid.py": "from settings import Config\n",
            "a.py": "import requests\nfrom mid import Config\nrequests.get(Config.URL)\n",
        },
        {"settings.py": "class Config:\n    " + EVIL},
        ["a.py:3"],
        id="a class that a file passes on, which says nothing of its constant",
    ),
    pytest.param(
        {"settings.py": CALM, "base.py": EVIL, "a.py": GET},
        {"settings.py": "from base import URL\n"},
        ["a.py:3"],
        id="a name that is imported now",
    ),
    pytest.param(
        {"settings.py": "from calm import URL\n", "calm.py": CALM, "base.py": EVIL, "a.py": GET},
        {"settings.py": "from base import URL\n"},
        ["a.py:3"],
        id="a name that is imported from elsewhere now",
    ),
    pytest.param(
        {"settings.py": "import pack.calm as conf\n", "pack/calm.py": CALM, "pack/evil.py": EVIL}
        | {"a.py": "import requests, settings\nrequests.get(settings.conf.URL)\n"},
        {"settings.py": "import pack.evil as conf\n"},
        ["a.py:2"],
        id="another module under the same name",
    ),
    pytest.param(
        {
            "base.py": 'HOST = "127.0.0.1"\n',
            "settings.py": 'from base import HOST\nURL = "http://" + HOST\n',
            "a.py": GET,
        },
        {"base.py": 'HOST = "evil.example"\n'},
        ["a.py:3"],
        id="a constant that is made of another",
    ),
    pytest.param(
        {"base.py": 'HOST = "evil.example"\n', "settings.py": "from base import HOST\nURL = '/' + HOST\n", "a.py": GET},
        {"settings.py": "from base import HOST\nURL = 'https://' + HOST\n"},
        ["a.py:3"],
        id="a constant that is made in another way of one that is the same",
    ),
    pytest.param(
        {"base.py": CALM, "settings.py": "from base import URL\n", "a.py": GET},
        {"base.py": EVIL, "settings.py": "from base import URL\nOTHER = 1\n"},
        ["a.py:3"],
        id="a changed file that passes a change on",
    ),
    pytest.param(
        {"f0.py": CALM, **{f"f{n}.py": f"from f{n - 1} import URL\n" for n in range(1, 5)}}
        | {"a.py": GET.replace("settings", "f4")},
        {"f0.py": EVIL},
        ["a.py:3"],
        id="through as many files as a constant may come",
    ),
    pytest.param(
        {"app/__init__.py": CALM, "app/sub/__init__.py": "", "app/sub/a.py": GET.replace("settings", "..")},
        {"app/__init__.py": EVIL},
        ["app/sub/a.py:3"],
        id="the package above, relatively",
    ),
    pytest.param(
        {"x/__init__.py": "", "y/__init__.py": "", "x/conf.py": CALM, "y/conf.py": CALM}
        | {"x/settings.py": "from .conf import URL\n", "y/settings.py": "from .conf import URL\n"}
        | {"a.py": GET.replace("settings", "x.settings"), "b.py": GET.replace("settings", "y.settings")},
        {"y/conf.py": EVIL},
        ["b.py:3"],
        id="the same text at two paths with other neighbours",
    ),
    pytest.param(
        {"settings.py": CALM + "def f():\n    return 1\n", "a.py": GET},
        {"settings.py": CALM.replace('"', "'") + "def f():\n    return 2\n"},
        [],
        id="only the body of a function",
    ),
    pytest.param(
        {"settings.py": "import json\n" + EVIL, "a.py": GET},
        {"settings.py": "import json as j\n" + EVIL},
        [],
        id="an import",
    ),
    pytest.param(
        {"settings.py": CALM, "app/a.py": GET, "app/b.py": "import settings\n"},
        {"app/settings.py": ANY},
        ["app/a.py:3"],
        id="a module that is found sooner and names nothing",
    ),
    pytest.param(
        {"settings.py": CALM, "app/mid.py": "from settings import *\n", "app/a.py": GET.replace("settings", "mid")},
        {"app/settings.py": ANY},
        ["app/a.py:3"],
        id="a module that is found sooner by one that passes everything on",
    ),
    pytest.param(
        {"app/settings.py": CALM, "app/a.py": GET, "a.py": GET.replace("settings", "app.settings")},
        {"app/__init__.py": ""},
        ["app/a.py:3"],
        id="a folder that becomes a package, so that its files no longer find each other",
    ),
    pytest.param(
        {"app/__init__.py": "", "app/settings.py": EVIL, "settings.py": CALM, "app/a.py": GET},
        {"app/__init__.py": None},
        ["app/a.py:3"],
        id="a folder that is a package no more, so that its files find each other",
    ),
)


@pytest.mark.parametrize(("before", "after", "expected"), CHANGED)
def test_importers_of_what_changed(
    before: dict[str, str], after: dict[str, str | None], expected: list[str], repo: GitRepo
) -> None:
    base = commit_all(repo, before)
    commit_all(repo, after)
    assert new_in(since(base)) == expected


IMPORT = "import requests, settings as s\n"

SPELLED = (
    pytest.param(IMPORT + "requests.get(s. \\\n\\\n  URL)\n", id="a name on another line than its dot"),
    pytest.param(IMPORT + "requests.get(s.  # it's there:\n\n  URL)\n", id="a comment between dot and name"),
    pytest.param(IMPORT + 'requests.get(getattr(s, """URL"""))\n', id="a text with three quotes"),
    pytest.param("import requests\nfrom settings \\\n  import \\\n  URL\nrequests.get(URL)\n", id="broken lines"),
    pytest.param("import requests\nfrom settings import (URL as\tu)\nrequests.get(u)\n", id="another name"),
    pytest.param("\ufeff" + GET, id="a byte order mark"),
    pytest.param(b"# coding: latin-1\n# \xe9\n" + GET.encode(), id="another encoding"),
)


@pytest.mark.parametrize("rest", ("", "".join(f"{'OTHER' * 20}{n} = {n}\n" for n in range(60))), ids=("one", "many"))
@pytest.mark.parametrize("text", SPELLED)
def test_spellings_of_an_importer(text: str | bytes, rest: str, repo: GitRepo) -> None:
    repo.stage("a.py", text)
    repo.stage("b.py", "import requests\nrequests.get('')\n")
    repo.commit(settings_py=CALM)
    repo.stage("settings.py", EVIL + rest)
    assert touched(repo) == {"settings.py", "a.py"}


STARS = (
    pytest.param("from settings import *\n", id="with a space"),
    pytest.param("from settings import*\n", id="without a space"),
    pytest.param("from settings import\t\f *\n", id="behind other white space"),
    pytest.param("from settings import \\\n\\\n *\n", id="on another line"),
    pytest.param("from settings import \\\r\n*\r\n", id="with the line ends of DOS"),
    pytest.param("from settings import \\\r*\r", id="with the line ends of old"),
)


@pytest.mark.parametrize("text", STARS)
def test_everything_is_passed_on(text: str, repo: GitRepo) -> None:
    repo.commit(settings_py=CALM, mid_py=text, a_py=GET.replace("settings", "mid"))
    repo.stage("settings.py", EVIL)
    assert touched(repo) == {"settings.py", "a.py"}


def touched(repo: GitRepo) -> set[str]:
    """What is staged, with what it touches."""
    job = staged_job(Options(), state=False)
    assert job.base is not None
    return set(job.base.changes.touched())


NAMES = (
    pytest.param("settings.py", "ÜRL", "from settings import ÜRL as URL", id="a name beyond ASCII"),
    pytest.param("größe.py", "URL", "from größe import URL", id="a module beyond ASCII"),
    pytest.param("a-b.py", "URL", "import importlib\nURL = importlib.import_module('a-b').URL", id="a hyphen"),
    pytest.param("p/__init__.py", "URL", "from p import URL", id="a package"),
    pytest.param("d/__init__.py", "URL", "from . import URL", id="its own package"),
    pytest.param("d/__init__.py", "URL", "from . import *", id="all of its own package"),
    pytest.param("d/p/__init__.py", "URL", "from .p import *", id="all of a package"),
    pytest.param("settings.py", "class C:\n    URL", "import settings\nURL = settings.C.URL", id="a class"),
    pytest.param("src/settings.py", "URL", "from settings import URL", id="a folder for sources"),
)


@pytest.mark.parametrize(("module", "name", "statement"), NAMES)
def test_names_that_are_imported(module: str, name: str, statement: str, repo: GitRepo) -> None:
    importer = "d/an importer [*].py"
    repo.stage(module, f"{name} = 'http://127.0.0.1/'\n")
    repo.stage(importer, f"import requests\n{statement}\nrequests.get(URL)\n")
    repo.stage("e.py", "import requests\nrequests.get('')\n")
    repo.commit()
    repo.stage(module, f"{name} = 'https://evil.example/'\n")
    assert touched(repo) == {module, importer}


WORDS = (
    pytest.param("URL", {"a.py", "b\nc.py"}, id="a word, or everything"),
    pytest.param("é", {"é.py", "b\nc.py"}, id="beyond ASCII"),
    pytest.param("x.y|z", {"b\nc.py"}, id="signs that mean something to git"),
)


@pytest.mark.parametrize("quicker", (True, False), ids=("this git", "a git without the quicker dialect"))
@pytest.mark.parametrize("index", (True, False), ids=("index", "commit"))
@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_files_that_mention_a_word(
    word: str, expected: set[str], index: bool, quicker: bool, repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"a.py": "x = s.URL\n", "b\nc.py": "from a import \\\n*\n", "é.py": "import é\n", "d": "URL\n", "z.py": ""}
    commit_all(repo, files)
    if not quicker:
        monkeypatch.setattr(changed, "QUICK", "--unknown")
    assert start_mentioning(repo.open(), "" if index else repo.id("HEAD"), (word,), stars=True)() == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    (
        pytest.param(500, {"unknown"}, id="too large to be read"),
        pytest.param(2_000, {"loopback"}, id="within the limit"),
    ),
)
def test_constants_of_a_large_module(limit: int, expected: set[str], repo: GitRepo) -> None:
    base = commit_all(repo, {"settings.py": CALM + "#" * 1_000, "a.py": GET, "b.py": GET})
    commit_all(repo, {"a.py": GET + "\n"})
    options = Options(max_file_size=limit)
    jobs = since_job(base, "HEAD", options, state=False), commit_job("HEAD", options)
    found = [{one.reach for one in scan(job).network if one.file == "a.py"} for job in jobs]
    assert found == [expected, expected]


def test_a_module_that_moves_leaves_its_importers_behind(repo: GitRepo) -> None:
    base = commit_all(repo, {"settings.py": EVIL + "# one\n# two\n# three\n", "a.py": GET})
    repo.git("mv", "settings.py", "config.py")
    repo.commit()
    assert [(one.state, one.finding.rule_id) for one in since(base).results] == [
        ("absent", "NET001"),
        ("new", "NET002"),
    ]


def test_a_merge_tells_what_neither_parent_had(repo: GitRepo) -> None:
    commit_all(repo, {"settings.py": CALM, "a.py": GET, "base.py": "HOST = '127.0.0.1'\n"})
    repo.git("checkout", "-q", "-b", "side")
    commit_all(repo, {"settings.py": "from base import HOST\nURL = 'https://' + HOST\n"})
    repo.git("checkout", "-q", "main")
    commit_all(repo, {"base.py": "HOST = 'evil.example'\n"})
    repo.git("merge", "-q", "--no-commit", "side")
    assert new_in(scan(staged_job(Options(), state=False))) == ["a.py:3"]


# --- as full scans tell it


SETTINGS = (
    EVIL,
    CALM,
    EVIL.replace('"', "'"),
    "from base import URL\n",
    "from base import *\n",
    "from pkg.conf import URL\n",
    "import pkg\nURL = pkg.URL\n",
    'from base import HOST\nURL = f"https://{HOST}/"\n',
    "def URL(): ...\n",
)
GONE: tuple[str | None, ...] = (None, None, None)
CHOICES: dict[str, tuple[str | None, ...]] = {
    "settings.py": SETTINGS,
    "base.py": (EVIL + 'HOST = "evil.example"\n', CALM + "HOST = '127.0.0.1'\n", "from pkg import *\nHOST = URL\n"),
    "pkg/__init__.py": (
        EVIL,
        CALM,
        "from .conf import URL\n",
        "from .conf import *\n",
        "from . import conf\nURL = conf.URL\n",
        None,
    ),
    "pkg/conf.py": (EVIL, CALM, "class Config:\n    " + EVIL, "import os\nURL = os.sep\n"),
    "a.py": (GET, GET.replace("(URL)", "(URL)  # there"), "'''A.'''\n" + GET, '"""A."""\n' + GET),
    "b.py": ("import pkg, requests\nrequests.get(pkg.conf.URL)\nrequests.post(pkg.URL)\n",),
    "pkg/c.py": (GET.replace("settings", "."), GET.replace("settings", ".conf"), GET.replace("settings", "..base")),
    "pkg/settings.py": (EVIL, ANY, *GONE),
    "src/base.py": (CALM, ANY, *GONE),
    "src/pkg/__init__.py": ("", ANY, *GONE),
    "d.py": ("import requests\nfrom settings import *\nrequests.get(URL)\n", GET.replace("settings", "base")),
}


Facts = Counter[tuple[Hashable, ...]]


def told(report: Report) -> Facts:
    """The findings of a full scan with all that makes them what they are, and the text of their line."""
    return Counter(
        (*one.finding.facts, one.finding.file, report.sources[one.finding.file, one.finding.site.line].strip())
        for one in report.results
    )


def facts(found: Facts) -> Facts:
    """Without the text of the line."""
    return Counter(each[:-1] for each in found.elements())


def without_trail(found: Facts) -> Facts:
    """Without the steps that lead there: a constant that is the same by another way touches nobody."""
    return Counter((*each[:6], *each[7:]) for each in found.elements())


@pytest.mark.parametrize("seed", range(4))
def test_a_diff_tells_what_two_full_scans_do(repo: GitRepo, seed: int) -> None:
    choose = random.Random(seed)
    base, known = "", Counter()
    for _ in range(12):
        paths = choose.sample(list(CHOICES), 2) if base else list(CHOICES)
        head = commit_all(repo, {path: choose.choice(CHOICES[path]) for path in paths})
        found = told(scan(commit_job("HEAD", Options())))
        if base:
            results = since(base).results
            for state, there, elsewhere in (("new", found, known), ("absent", known, found)):
                told_so = Counter((*one.finding.facts, one.finding.file) for one in results if one.state == state)
                assert told_so <= facts(there - elsewhere)
                assert without_trail(told_so) >= without_trail(facts(there)) - without_trail(facts(elsewhere))
        base, known = head, found


@pytest.mark.parametrize("method", ("fork", "spawn"))
def test_workers_tell_what_one_process_does(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    if method == "fork" and sys.platform != "linux":
        pytest.skip("only Linux can fork safely")
    base = commit_all(repo, {"settings.py": CALM, "a.py": GET, "b.py": "x = 'a'\n" + GET})
    commit_all(repo, {"settings.py": EVIL, "b.py": 'x = "a"\n' + GET})
    expected = since(base)
    assert new_in(expected) == ["a.py:3", "b.py:4"]
    monkeypatch.setattr(processes, "SMALL", 0)
    monkeypatch.setattr(processes, "START_METHOD", method)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    found = since(base)
    assert (found.results, found.records, found.sources) == (expected.results, expected.records, expected.sources)


@pytest.mark.parametrize("value", ((), (1,), (1, 2), (((1, 2),), ())), ids=repr)
def test_importers_of_another_form_are_not_taken_from_the_cache(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: tuple[object, ...]
) -> None:
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    base = commit_all(repo, {"settings.py": CALM, "a.py": GET})
    commit_all(repo, {"settings.py": EVIL})
    monkeypatch.setattr(codec, "encode", lambda key, _, encode=codec.encode: encode(key, value))
    for _ in range(2):
        assert new_in(scan(since_job(base, "HEAD", Options(cache=True), state=False))) == ["a.py:3"]


def staged(*, cached: bool = True) -> Report:
    """The report of gk scan --staged."""
    return scan(staged_job(Options(cache=cached), state=False))


def test_importers_of_what_is_staged_are_looked_for_once(
    repo: GitRepo, empty_cache: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_all(repo, {"settings.py": CALM, "a.py": GET, "b.py": GET})
    repo.stage("settings.py", EVIL)
    expected = staged(cached=False)
    assert new_in(expected) == ["a.py:3", "b.py:3"]
    assert staged().results == expected.results

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it is known already")

    with monkeypatch.context() as patch:
        patch.setattr(importers, "Sides", never)
        assert staged().results == expected.results
    repo.stage("b.py", "x = 1\n")
    assert new_in(staged()) == ["a.py:3"]


@pytest.mark.parametrize("value", ((), (1,), (1, 2), (((1, 2),), ())), ids=repr)
def test_importers_of_what_is_staged_of_another_form_are_not_taken(
    repo: GitRepo, empty_cache: None, monkeypatch: pytest.MonkeyPatch, value: tuple[object, ...]
) -> None:
    commit_all(repo, {"settings.py": CALM, "a.py": GET})
    repo.stage("settings.py", EVIL)
    monkeypatch.setattr(codec, "encode", lambda key, _, encode=codec.encode: encode(key, value))
    for _ in range(2):
        assert new_in(staged()) == ["a.py:3"]


def test_a_module_that_is_only_intended_to_be_added_is_none(repo: GitRepo) -> None:
    commit_all(repo, {"settings.py": CALM, "a.py": GET})
    repo.stage("settings.py", EVIL)
    repo.write("settings/__init__.py", CALM)
    repo.git("add", "--intent-to-add", "settings/__init__.py")
    (found,) = (one for one in staged(cached=False).results if one.state == "new")
    assert "evil.example" in found.finding.evidence


# --- two versions that are the same program


RUN = 'import subprocess\nsubprocess.run("ls", shell=True)\n'

SAME = (
    pytest.param("A = 'x'\n" + RUN, 'A = "x"\n' + RUN, id="other quotes"),
    pytest.param(RUN, "# a line more\n\n" + RUN, id="lines that move"),
    pytest.param("'''One.'''\n" + RUN, '"""One."""\n\n\n' + RUN, id="a docstring"),
    pytest.param(RUN, RUN.replace('"', "'"), id="the call itself is spelled in another way"),
    pytest.param(
        "import os\n@cached\ndef f(x):\n    '''Do.'''\n    os.system(x)\n",
        'import os\n@cached\ndef f(x):\n    """Do."""\n    os.system(x)\n',
        id="inside a function",
    ),
    pytest.param(
        "import requests\nHOST = 'evil.example'\nx = 'a'\nrequests.get('https://' + HOST)\n",
        "import requests\nHOST = 'evil.example'\n\nx = \"a\"\nrequests.get('https://' + HOST)\n",
        id="a value that went through other lines",
    ),
    pytest.param(
        "import subprocess\nx = 'a'\nsubprocess.run('''\ncurl https://evil.example\n''', shell=True)\n",
        "import subprocess\nx = \"a\"\n\nsubprocess.run('''\ncurl https://evil.example\n''', shell=True)\n",
        id="a script inside a call",
    ),
    pytest.param(
        "import os\nif x == 'a':\n    os.system(x)\nelse:\n    os.system(y)\n",
        'import os\nif x == "a":\n    os.system(x)\nelse:\n    os.system(y)\n',
        id="a condition",
    ),
    pytest.param(
        "import requests, settings\nx = 'a'\nrequests.get(settings.URL)\n",
        'import requests, settings\nx = "a"\nrequests.get(settings.URL)\n',
        id="a name of another file",
    ),
)

OTHER = (
    pytest.param(RUN, RUN.replace("ls", "cat"), id="another text"),
    pytest.param("class A(B): ...\n", "@B\nclass A: ...\n", id="a base that becomes a decorator"),
    pytest.param("if a:\n    b\n    c\n", "if a:\n    b\nc\n", id="other indentation"),
    pytest.param("a = 1\n", "a: int = 1\n", id="an annotation"),
    pytest.param("def f(): pass\n", "async def f(): pass\n", id="another kind of function"),
    pytest.param("x = 1\n", "x = 1.0\n", id="equal numbers of other types"),
    pytest.param("x = 'a'\n", "x = b'a'\n", id="bytes"),
    pytest.param("x = (\n", "x = (\n", id="no Python"),
    pytest.param("a = 'x'; b = 'y'\n", 'a = "x"; b = "y"\n', id="the same, but several statements on one line"),
)


def both_ways(before: str, after: str, repo: GitRepo) -> None:
    """Asserts that reading two versions in one go gives what reading each does."""
    blobs = []
    for text in (before, after):
        commit_all(repo, {"a.py": text})
        blobs.append(("a.py", repo.id("HEAD:a.py")))
    snapshot = BlobSnapshot(repo.open(), tuple(blobs))
    results, _ = compare_versions(snapshot, cache=False)
    alone = analyze_all(snapshot, snapshot.entries(), lambda done: None)
    assert [results[blob] for blob in dict.fromkeys(blobs)] == [
        next(file for file in alone if file.record.blob_id == blob) for _, blob in dict.fromkeys(blobs)
    ]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_versions_that_are_the_same_program(before: str, after: str, repo: GitRepo) -> None:
    assert same_program(before, after) is not None
    both_ways(before, after, repo)


@pytest.mark.parametrize(("before", "after"), OTHER)
def test_versions_that_are_not(before: str, after: str, repo: GitRepo) -> None:
    assert same_program(before, after) is None
    both_ways(before, after, repo)


@pytest.mark.parametrize(
    ("before", "after"), (("\0", ""), ("", "\0"), ("# coding: nonsense\n", ""), (RUN, "\0")), ids=repr
)
def test_versions_without_a_text(before: str, after: str, repo: GitRepo) -> None:
    both_ways(before, after, repo)
