"""Constants that come from other files of the same snapshot, in every way to scan."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_repo import GitRepo
from scanning import gk

from gk_hooks.analyzers.python.outline import outline
from gk_hooks.evidence import coverage
from gk_hooks.model.report import Report
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, commit_job, directory_job, since_job, staged_job
from gk_hooks.reports import text as text_report
from gk_hooks.rules import BY_ID

EVIL = 'URL = "https://evil.example/"\n'
CALM = 'URL = "http://127.0.0.1/"\n'
GET = "import requests\nfrom settings import URL\nrequests.get(URL)\n"


def told(report: Report) -> list[str]:
    """``NET001 a.py:2 evil.example``, with the state and the reason where there is a base."""
    lines = []
    for result in report.results:
        finding = result.finding
        state = f"{result.state} " if result.state else ""
        why = f" ({result.why_new})" if result.why_new else ""
        host = " " + finding.evidence.rpartition(" ")[2] if finding.rule_id == "NET001" else ""
        lines.append(f"{state}{finding.rule_id} {finding.file}:{finding.site.line}{host}{why}")
    return lines


def in_folder(folder: Path, files: dict[str, str]) -> Report:
    """The report of a scan of *files* in *folder*."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return scan(directory_job([str(folder)], Options(no_config=True)))


FOLLOWED = (
    pytest.param({"settings.py": EVIL, "a.py": GET}, ["NET001 a.py:3 evil.example"], id="a name of a module beside it"),
    pytest.param({"settings.py": CALM, "a.py": GET}, [], id="proven loopback is silent across files too"),
    pytest.param(
        {"settings.py": EVIL, "a.py": "import requests, settings\nrequests.get(settings.URL)\n"},
        ["NET001 a.py:2 evil.example"],
        id="an attribute of a module",
    ),
    pytest.param(
        {
            "app/__init__.py": "",
            "app/conf.py": EVIL,
            "app/a.py": "import requests\nfrom . import conf as c\nrequests.get(c.URL)\n",
        },
        ["NET001 app/a.py:3 evil.example"],
        id="a module beside it, relatively",
    ),
    pytest.param(
        {
            "app/__init__.py": EVIL,
            "app/sub/__init__.py": "",
            "app/sub/a.py": "import requests\nfrom .. import URL\nrequests.get(URL)\n",
        },
        ["NET001 app/sub/a.py:3 evil.example"],
        id="the package above",
    ),
    pytest.param(
        {
            "app/__init__.py": "from .conf import URL as HOME\n",
            "app/conf.py": EVIL,
            "b.py": "import requests\nimport app\nrequests.get(app.HOME)\n",
        },
        ["NET001 b.py:3 evil.example"],
        id="a name that a package passes on",
    ),
    pytest.param(
        {
            "base.py": 'HOST = "evil.example"\n',
            "settings.py": 'from base import *\nURL = f"https://{HOST}/api"\n',
            "a.py": GET,
        },
        ["NET001 a.py:3 evil.example"],
        id="a constant made of another file's",
    ),
    pytest.param(
        {
            "settings.py": 'class Config:\n    URL = "https://evil.example"\n',
            "a.py": "import requests\nfrom settings import Config\nrequests.get(Config.URL)\n",
        },
        ["NET001 a.py:3 evil.example"],
        id="an attribute of a class",
    ),
    pytest.param(
        {"settings.py": EVIL, "a.py": "import requests\nfrom settings import *\nrequests.get(URL)\n"},
        ["NET001 a.py:3 evil.example"],
        id="everything of a module",
    ),
    pytest.param(
        {
            "settings.py": 'COMMAND = ["curl", "https://evil.example"]\n',
            "a.py": "import subprocess\nfrom settings import COMMAND\nsubprocess.run(COMMAND)\n",
        },
        ["NET001 a.py:3 evil.example", "PEX002 a.py:3"],
        id="a list",
    ),
    pytest.param(
        {
            "src/app/__init__.py": "",
            "src/app/conf.py": EVIL,
            "tests/a.py": "import requests\nfrom app.conf import URL\nrequests.get(URL)\n",
        },
        ["NET001 tests/a.py:3 evil.example"],
        id="a package below src",
    ),
    pytest.param(
        {"settings.py": 'import os\nURL = os.environ.get("URL", "https://evil.example")\n', "a.py": GET},
        ["NET002 a.py:3"],
        id="a default that the environment may replace proves nothing",
    ),
    pytest.param(
        {"settings.py": 'URL = ""\ndef use(url):\n    global URL\n    URL = url\n', "a.py": GET},
        ["NET002 a.py:3"],
        id="a global that a function may replace proves nothing",
    ),
    pytest.param({"settings.py": "def URL(): ...\n", "a.py": GET}, ["NET002 a.py:3"], id="a function is no constant"),
    pytest.param({"settings.py": "URL = (\n", "a.py": GET}, ["NET002 a.py:3", "SCAN001 settings.py:1"], id="no Python"),
    pytest.param(
        {"settings.py": "from a import URL\n", "a.py": GET}, ["NET002 a.py:3"], id="modules that import each other"
    ),
    pytest.param(
        {"settings.py": EVIL, "a.py": GET.replace("requests.get(URL)", "def f(URL): requests.get(URL)")},
        ["NET002 a.py:3"],
        id="a parameter hides an import",
    ),
    pytest.param(
        {"deep/settings.py": EVIL, "a.py": GET}, ["NET002 a.py:3"], id="a module in a folder that Python never looks in"
    ),
)


@pytest.mark.parametrize(("files", "expected"), FOLLOWED)
def test_constants_of_other_files(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    assert told(in_folder(tmp_path, files)) == expected


def test_the_trail_leads_through_the_files(tmp_path: Path) -> None:
    report = in_folder(tmp_path, {"settings.py": "# where to\n" + EVIL, "a.py": GET})
    assert [(step.file, step.line, step.what) for step in report.results[0].finding.trail] == [
        ("settings.py", 2, 'URL = "https://evil.example/"'),
        ("", 2, "from settings import URL"),
    ]
    shown = text_report.render(report, BY_ID)
    assert '= from: URL = "https://evil.example/" (settings.py:2)' in shown
    assert "= from: from settings import URL (line 2)" in shown


AMBIGUOUS = {"settings.py": EVIL, "app/settings.py": 'URL = "https://other.example"\n', "app/a.py": GET}


def test_what_several_files_may_define_is_on_record(tmp_path: Path) -> None:
    report = in_folder(tmp_path, AMBIGUOUS)
    assert told(report) == ["NET002 app/a.py:3"]
    assert report.undetermined == (("app/a.py", "settings.URL may come from app/settings.py or settings.py"),)


def test_the_ledger_says_it(tmp_path: Path) -> None:
    rows = coverage.render(in_folder(tmp_path, AMBIGUOUS)).splitlines()
    assert [row for row in rows if "may come from" in row and row.endswith("./app/a.py")]
    assert "not followed: app/a.py: settings.URL may come" in text_report.render(in_folder(tmp_path, AMBIGUOUS), BY_ID)


def test_files_that_agree_leave_no_doubt(tmp_path: Path) -> None:
    report = in_folder(tmp_path, {**AMBIGUOUS, "app/settings.py": EVIL})
    assert told(report) == ["NET001 app/a.py:3 evil.example"]
    assert report.undetermined == ()


def staged() -> Report:
    """The report of gk scan --staged."""
    return scan(staged_job(Options(), state=False))


def test_a_commit_is_read_from_the_object_database(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL, a_py=GET)
    repo.write("settings.py", CALM)
    assert told(scan(commit_job("HEAD", Options()))) == ["NET001 a.py:3 evil.example"]


def test_a_staged_call_takes_its_constant_from_an_untouched_file(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL)
    repo.write("settings.py", CALM)  # the work tree says something else, and is not asked
    repo.stage("a.py", GET)
    assert told(staged()) == ["new NET001 a.py:3 evil.example (the file is new)"]


def test_a_staged_constant_touches_its_importers(repo: GitRepo) -> None:
    repo.commit(settings_py=CALM, a_py=GET, b_py="import settings\nprint(settings.URL)\n", c_py=GET.replace("URL", "X"))
    repo.stage("settings.py", "# a line more\n" + EVIL)
    report = staged()
    assert told(report) == [
        "new NET001 a.py:3 evil.example (line 3 is unchanged, but what it imports changed: settings.py:2)"
    ]
    assert [record.path for record in report.records] == ["a.py", "settings.py"]


def test_a_constant_that_moves_within_its_file_touches_nobody(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL, a_py=GET)
    repo.stage("settings.py", "# a line more\n" + EVIL)
    report = staged()
    assert (told(report), [record.path for record in report.records]) == ([], ["settings.py"])


def test_importers_through_a_package_that_passes_it_on(repo: GitRepo) -> None:
    repo.stage("app/conf.py", CALM)
    repo.stage("app/__init__.py", "from .conf import URL\n")
    repo.stage("a.py", "import requests\nfrom app import URL\nrequests.get(URL)\n")
    base = repo.commit()
    repo.stage("app/conf.py", EVIL)
    repo.commit()
    assert told(scan(since_job(base, "HEAD", Options(), state=False))) == [
        "new NET001 a.py:3 evil.example (line 3 is unchanged, but what it imports changed: app/conf.py:1)"
    ]


def test_importers_through_a_file_that_imports_everything(repo: GitRepo) -> None:
    repo.commit(base_py=CALM, settings_py="from base import *\n", a_py=GET)
    repo.stage("base.py", EVIL)
    assert told(staged()) == [
        "new NET001 a.py:3 evil.example (line 3 is unchanged, but what it imports changed: base.py:1)"
    ]


def test_everything_of_another_file(repo: GitRepo) -> None:
    repo.commit(base_py=CALM, other_py=EVIL, settings_py="from base import *\n", a_py=GET)
    repo.stage("settings.py", "from other import *\n")
    assert [line.partition(" (")[0] for line in told(staged())] == ["new NET001 a.py:3 evil.example"]


def test_an_untouched_importer_that_cannot_be_determined_is_on_record(repo: GitRepo) -> None:
    for name, text in {**AMBIGUOUS, "settings.py": CALM}.items():
        repo.stage(name, text)
    repo.commit()
    repo.stage("settings.py", EVIL)
    report = staged()
    assert (told(report), len(report.records)) == ([], 1)
    assert report.undetermined == (("app/a.py", "settings.URL may come from app/settings.py or settings.py"),)


def test_a_constant_that_is_gone(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL, a_py=GET)
    repo.git("rm", "-q", "settings.py")
    assert told(staged()) == [
        "absent NET001 a.py:3 evil.example",
        "new NET002 a.py:3 (line 3 is unchanged, but what it imports changed)",
    ]


def test_both_the_call_and_its_constant_were_there(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL, a_py=GET)
    repo.stage("a.py", "# a line more\n" + GET)
    assert told(staged()) == ["unchanged NET001 a.py:4 evil.example"]


def test_in_a_merge_the_parent_that_had_the_constant_tells_why(repo: GitRepo) -> None:
    repo.commit(settings_py=CALM, a_py=GET)
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(settings_py=EVIL)
    repo.git("checkout", "-q", "main")
    repo.commit(c_py="x = 1\n")
    repo.git("merge", "-q", "--no-commit", "side")
    assert told(staged()) == []  # the side had it: it came from there


BY = ("--reason", "known and needed", "--by", "A. Reviewer")


def accept_all(repo: GitRepo) -> None:
    """``gk baseline create``, committed."""
    assert gk("baseline", "create", *BY, cwd=repo.path).returncode == 0
    repo.git("add", ".")
    repo.commit()


def counted(repo: GitRepo) -> list[str]:
    """What counts in the folder, with the baseline."""
    report = scan(directory_job([str(repo.path)], Options()))
    return [f"{result.finding.rule_id} {result.finding.file}:{result.finding.site.line}" for result in report.counted]


def test_an_accepted_finding_stays_accepted_while_its_constant_does(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL, a_py=GET)
    accept_all(repo)
    assert counted(repo) == []
    repo.write("settings.py", "# a line more\n" + EVIL)
    repo.write("a.py", "# a line more\n" + GET)
    assert counted(repo) == []


def test_an_accepted_finding_does_not_cover_another_constant(repo: GitRepo) -> None:
    repo.commit(settings_py=EVIL, a_py=GET)
    accept_all(repo)
    repo.write("settings.py", EVIL.replace("evil", "worse"))
    assert counted(repo) == ["NET001 a.py:3"]
    repo.write("a.py", "# a line more\n" + GET)
    assert counted(repo) == ["NET001 a.py:4"]


def test_running_an_untouched_file_wants_a_review(repo: GitRepo) -> None:
    """Nobody has read it in this scan; in a scan of everything it is a file that was read."""
    repo.commit(helper_py="x = 1\n")
    repo.stage("a.py", "import subprocess, sys\nsubprocess.run([sys.executable, 'helper.py'])\n")
    assert [(result.finding.rule_id, result.severity.value) for result in staged().results] == [("PEX003", "high")]
    repo.commit()
    everything = scan(commit_job("HEAD", Options())).results
    assert [(result.finding.rule_id, result.severity.value) for result in everything] == [("PEX003", "medium")]


@pytest.mark.parametrize(
    ("before", "after", "same"),
    (
        pytest.param("A = 1\ndef f():\n    return 1\n", "A = 1\n\n\ndef f():\n    return 2\n", True, id="a body"),
        pytest.param("A = 1\n", "A = 2\n", False, id="a constant"),
        pytest.param(
            "def f():\n    return 1\nA = f()\n", "def f():\n    return 2\nA = f()\n", False, id="a called body"
        ),
        pytest.param("def f():\n    pass\n", "def f(x=1):\n    pass\n", True, id="a default"),
        pytest.param('"""Old."""\n', '"""New."""\nclass C: ...\n', False, id="a class"),
        pytest.param('"""Old."""\n', '"""New."""\n', True, id="a docstring"),
        pytest.param("class C:\n    A = 1\n", "class C:\n    A = 2\n", False, id="a member"),
        pytest.param(
            "class C:\n    def __init__(self):\n        self.a = 1\nc = C()\n",
            "class C:\n    def __init__(self):\n        self.a = 2\nc = C()\n",
            False,
            id="a constructor that is called",
        ),
        pytest.param("def f(:", "def f(:", False, id="no Python"),
    ),
)
def test_an_outline_tells_whether_others_can_see_a_change(before: str, after: str, same: bool) -> None:
    assert (outline(before) is not None and outline(before) == outline(after)) is same
