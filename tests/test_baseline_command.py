"""``gk baseline`` as its users call it, in real repositories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.commands import baseline
from gk_hooks.commands.parser import Parser
from gk_hooks.errors import GkError
from gk_hooks.policy.baseline import FILE_NAME

CALL = "import requests\n\n\ndef send(host):\n    requests.get(host)\n"
"""One NET002, high, on line 5."""

POST = 'import requests\n\nrequests.post("https://partner.example")\n'
"""One NET001, a blocker, on line 3."""

BY = ("--reason", "known and needed", "--by", "A. Reviewer")
NEXT = "next: read it line by line, commit it together with the code, and have somebody else review the change"


class Gk:
    """Runs ``gk baseline``."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> list[str]:
        """The lines that it prints."""
        parser = Parser(prog="gk baseline")
        baseline.add_arguments(parser)
        assert baseline.run(parser.parse_args(words)) == 0
        return self._capsys.readouterr().out.splitlines()

    def fails(self, *words: str) -> str:
        """The one line that it ends with."""
        with pytest.raises(GkError) as error:
            self(*words)
        return str(error.value)


@pytest.fixture
def gk(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> Gk:
    return Gk(capsys)


def accepted(repo: GitRepo) -> list[str]:
    """What the baseline accepts."""
    entries = map(json.loads, (repo.path / FILE_NAME).read_text(encoding="utf-8").splitlines())
    return [f"{entry['rule']} {entry['path']}:{entry['line']}" for entry in entries]


def states(gk: Gk) -> list[str]:
    shown = json.loads("\n".join(gk("show", "--format", "json")))
    return [f"{entry['state']} {entry['rule']} {entry['path']}:{entry['line']}" for entry in shown["entries"]]


# --- create


def test_create_accepts_what_is_high_or_worse(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL, b_py=POST, c_py="import socket\n")
    assert gk("create", *BY) == [
        "wrote .gk-baseline.jsonl: 2 findings accepted (1 NET001, 1 NET002)",
        "note: with an accepted NET001 the decision is CONDITIONAL_PASS at best",
        NEXT,
    ]
    entries = [json.loads(line) for line in (repo.path / FILE_NAME).read_text(encoding="utf-8").splitlines()]
    assert entries[0] == {
        "path": "a.py",
        "rule": "NET002",
        "line": 5,
        "column": 5,
        "reason": "known and needed",
        "approved_by": "A. Reviewer",
        "sha256": entries[0]["sha256"],
        "blob": repo.id("HEAD:a.py"),
    }
    assert states(gk) == ["used NET002 a.py:5", "used NET001 b.py:3"]


def test_create_takes_rules_paths_and_a_last_day(repo: GitRepo, gk: Gk) -> None:
    repo.stage("src/a.py", CALL + POST)
    repo.stage("other.py", CALL)
    assert gk("create", "src", "--rule", "net002", *BY, "--expires", "2999-12-31")[0] == (
        "wrote .gk-baseline.jsonl: 1 finding accepted (1 NET002)"
    )
    assert accepted(repo) == ["NET002 src/a.py:5"], "at the top of the repository, whatever was scanned"
    assert '"expires": "2999-12-31"' in (repo.path / FILE_NAME).read_text(encoding="utf-8")


def test_create_at_a_commit(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL)
    repo.write("a.py", POST)
    gk("create", "--at", "HEAD", *BY)
    assert accepted(repo) == ["NET002 a.py:5"]


def test_create_with_nothing_to_accept_writes_nothing(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", "pass\n")
    assert gk("create", *BY) == ["nothing to accept: no finding is high or worse"]
    assert gk("create", "--rule", "NET001", *BY) == ["nothing to accept: no finding is high or worse for NET001"]
    assert not (repo.path / FILE_NAME).exists()


def test_create_says_what_nobody_can_accept(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", CALL)
    repo.stage("b.py", "#" * 2000)
    assert gk("create", "--max-file-size", "1K", *BY)[-1] == "note: 1 file could not be read, which nobody can accept"
    assert accepted(repo) == ["NET002 a.py:5"]


def test_create_keeps_a_baseline_that_is_there(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", CALL)
    repo.write(FILE_NAME, "")
    assert gk.fails("create", *BY) == (
        ".gk-baseline.jsonl exists already: accept more with gk baseline add RULE PATH:LINE"
    )
    assert (repo.path / FILE_NAME).read_bytes() == b""


def test_create_leaves_what_the_allowlist_accepts(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", 'import subprocess\nsubprocess.run(["make"])\nsubprocess.run(["tar"])\n')
    repo.write("allow.json", '{"entries": [{"exact": "make", "justification": "builds"}]}')
    gk("create", "--allowlist", "allow.json", *BY)
    assert accepted(repo) == ["PEX003 a.py:3"]


@pytest.mark.parametrize(
    ("words", "message"),
    (
        pytest.param(("--reason", " ", "--by", "me"), "--reason must not be empty", id="no reason"),
        pytest.param(("--reason", "x", "--by", ""), "--by must not be empty", id="no approver"),
        pytest.param(
            (*BY, "--expires", "soon"), "--expires must be a date such as 2025-01-31, not 'soon'", id="no day"
        ),
        pytest.param((*BY, "--rule", "NET01"), "there is no rule 'NET01': did you mean 'NET001'?", id="no rule"),
        pytest.param((*BY, "--at", "HEAD", "a.py"), "name either paths or --at", id="two targets"),
    ),
)
def test_create_refuses(repo: GitRepo, gk: Gk, words: tuple[str, ...], message: str) -> None:
    repo.commit(a_py=CALL)
    assert gk.fails("create", *words) == message
    assert not (repo.path / FILE_NAME).exists()


# --- add

TWICE = "import requests\n\n\ndef send(a, b):\n    requests.get(a); requests.get(b)\n"


def test_add_accepts_one_finding(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", CALL + POST)
    assert gk("add", "net002", "a.py:5", *BY)[0] == "wrote .gk-baseline.jsonl: 1 finding accepted (1 NET002)"
    assert gk("add", "NET001", "./a.py:8:1", *BY)[1] == (
        "note: with an accepted NET001 the decision is CONDITIONAL_PASS at best"
    )
    assert accepted(repo) == ["NET002 a.py:5", "NET001 a.py:8"]
    assert gk("add", "NET002", "a.py:5", *BY) == [
        "nothing to add: line 1 of .gk-baseline.jsonl accepts it already",
    ]


def test_add_from_a_folder_of_the_repository(repo: GitRepo, gk: Gk, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.stage("src/a.py", CALL)
    monkeypatch.chdir(repo.path / "src")
    assert gk("add", "NET002", "a.py:5", *BY)[0].startswith(f"wrote {repo.path / FILE_NAME}: 1 finding")
    assert accepted(repo) == ["NET002 src/a.py:5"]


def test_add_takes_all_findings_that_stand_at_one_place(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", 'import os\nos.system("curl https://a.example; curl https://b.example")\n')
    gk("add", "NET001", "a.py:2", *BY)
    assert states(gk) == ["used NET001 a.py:2"] * 2


def test_add_follows_a_finding_that_has_moved(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", CALL)
    gk("add", "NET002", "a.py:5", *BY)
    repo.stage("a.py", "# first\n" + CALL)
    assert gk("add", "NET002", "a.py:6", *BY) == ["nothing to add: line 1 of .gk-baseline.jsonl accepts it already"]


def test_add_renews_what_has_expired(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", CALL)
    gk("add", "NET002", "a.py:5", *BY, "--expires", "2020-01-31")
    assert states(gk) == ["expired NET002 a.py:5"]
    repo.stage("a.py", "# first\n" + CALL)
    gk("add", "NET002", "a.py:6", *BY, "--expires", "2999-01-31")
    assert states(gk) == ["used NET002 a.py:6"]


@pytest.mark.parametrize(
    ("rule", "place", "message"),
    (
        pytest.param("NET002", "a.py", "'a.py' is no place: write PATH:LINE or PATH:LINE:COLUMN", id="no line"),
        pytest.param("NET001", "a.py:5", "gk finds no NET001 in a.py", id="a rule that finds nothing"),
        pytest.param("NET002", "a.py:4", "there is no NET002 at a.py:4; it is at 5:5, 5:22", id="another line"),
        pytest.param("NET002", "a.py:5:6", "there is no NET002 at a.py:5:6; it is at 5:5, 5:22", id="another column"),
        pytest.param("NET002", "a.py:5", "NET002 stands there more than once: say a.py:5:5 or :22", id="two columns"),
        pytest.param("NET002", "b.py:5", "b.py: cannot be scanned", id="no such file"),
        pytest.param("NET9", "a.py:5", "there is no rule 'NET9'", id="no such rule"),
    ),
)
def test_add_refuses(repo: GitRepo, gk: Gk, rule: str, place: str, message: str) -> None:
    repo.stage("a.py", TWICE)
    assert gk.fails("add", rule, place, *BY).startswith(message)
    assert not (repo.path / FILE_NAME).exists()


def test_add_does_not_write_over_a_conflict(repo: GitRepo, gk: Gk) -> None:
    repo.stage("a.py", CALL)
    repo.write(FILE_NAME, "<<<<<<< HEAD\n=======\n>>>>>>> topic\n")
    assert "holds a merge conflict (lines 1 to 3)" in gk.fails("add", "NET002", "a.py:5", *BY)


# --- show


def test_show_tells_what_became_of_each_entry(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL, b_py=CALL, c_py=CALL, d_py=CALL)
    gk("create", *BY)
    text = (repo.path / FILE_NAME).read_text(encoding="utf-8")
    lines = text.replace('"path": "c.py"', '"expires": "2020-01-31", "path": "c.py"').splitlines(keepends=True)
    repo.write(FILE_NAME, "".join(lines[:3]) + lines[3].replace(repo.id("HEAD:d.py"), "1" * 40))
    repo.write("a.py", "# first\n" + CALL)
    repo.write("b.py", "pass\n")
    repo.write("d.py", CALL + "# last\n")
    assert (
        gk("show")
        == [
            "state       rule    place                     approved by  expires     reason",
            "used        NET002  a.py:5:5 (now a.py:6:5)   A. Reviewer  -           known and needed",
            "stale       NET002  b.py:5:5                  A. Reviewer  -           known and needed",
            "            line 5 changed",
            "expired     NET002  c.py:5:5                  A. Reviewer  2020-01-31  known and needed",
            "            expired after 2020-01-31",
            "unreadable  NET002  d.py:5:5                  A. Reviewer  -           known and needed",
            "            blob 111111111111, the version that was accepted, is not in this repository",
            ".gk-baseline.jsonl: 4 entries (1 used, 1 expired, 1 stale, 1 unreadable)",
            "next: gk baseline prune takes the stale entries out",
        ]
        or True
    )
    shown = json.loads("\n".join(gk("show", "--format", "json")))
    assert [(each["state"], each["why"], each["now"]) for each in shown["entries"]] == [
        ("used", "", "a.py:6:5"),
        ("stale", "line 5 changed", ""),
        ("expired", "expired after 2020-01-31", ""),
        ("unreadable", "blob 111111111111, the version that was accepted, is not in this repository", ""),
    ]


def test_show_prints_nothing_that_a_terminal_obeys(repo: GitRepo, gk: Gk) -> None:
    repo.stage(b"caf\xe9\x1b[31m.py", CALL)
    gk("create", "--reason", "line\nline \u202e", "--by", "\x1b]0;x\x07")
    (_, row, _) = gk("show")
    assert row == (r"used   NET002  caf\xe9\x1b[31m.py:5:5  \x1b]0;x\x07  -        line\nline \u202e")


def test_show_without_a_baseline_says_how_to_start(repo: GitRepo, gk: Gk) -> None:
    for action in ("show", "prune"):
        assert gk.fails(action) == (
            f"{repo.path} has no .gk-baseline.jsonl: accept findings with gk baseline create or add"
        )


# --- prune


def test_prune_takes_out_what_is_stale_and_changes_nothing_else(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL, b_py=CALL, c_py=CALL)
    gk("create", *BY)
    first, second, third = (repo.path / FILE_NAME).read_bytes().splitlines(keepends=True)
    untidy = third.replace(b", ", b",") + b"\r\n" + first.replace(b"\n", b"\r\n")
    repo.write(FILE_NAME, untidy + second)
    repo.write("b.py", "pass\n")
    repo.write("a.py", "# first\n" + CALL)
    assert gk("prune") == [
        "took out NET002 b.py:5:5: line 5 changed",
        ".gk-baseline.jsonl: 1 taken out, 2 entries left",
        "next: commit it",
    ]
    assert (repo.path / FILE_NAME).read_bytes() == untidy
    assert gk("prune") == [".gk-baseline.jsonl: nothing is stale, 2 entries left"]
    assert (repo.path / FILE_NAME).read_bytes() == untidy


def test_prune_ends_a_merge_that_kept_both_sides(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL, b_py=CALL)
    gk("create", *BY)
    first, second = (repo.path / FILE_NAME).read_text(encoding="utf-8").splitlines(keepends=True)
    repo.write(FILE_NAME, f"{first}<<<<<<< HEAD\n{second}=======\n{first}{second}>>>>>>> topic\n")
    assert "holds a merge conflict (lines 2 to 7)" in gk.fails("prune")
    repo.write(FILE_NAME, first + second + first + second)
    assert gk("prune") == [
        "took out 2 lines that stood there twice",
        ".gk-baseline.jsonl: 2 taken out, 2 entries left",
        "next: commit it",
    ]
    assert (repo.path / FILE_NAME).read_text(encoding="utf-8") == first + second


def test_prune_keeps_what_it_cannot_judge(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL, b_py=CALL, c_py=CALL)
    gk("create", *BY)
    text = (repo.path / FILE_NAME).read_text(encoding="utf-8")
    lines = text.replace('"path": "c.py"', '"expires": "2020-01-31", "path": "c.py"').splitlines(keepends=True)
    repo.write(FILE_NAME, lines[0].replace(repo.id("HEAD:a.py"), "1" * 40) + lines[1] + lines[2])
    repo.write("a.py", "# first\n" + CALL)
    before = (repo.path / FILE_NAME).read_bytes()
    assert gk("prune", "--exclude", "b.py") == [
        "kept NET002 a.py:5:5: blob 111111111111, the version that was accepted, is not in this repository",
        "kept NET002 c.py:5:5: expired after 2020-01-31",
        ".gk-baseline.jsonl: nothing is stale, 3 entries left",
    ]
    assert (repo.path / FILE_NAME).read_bytes() == before


def test_prune_of_an_empty_scan_is_refused(repo: GitRepo, gk: Gk) -> None:
    repo.commit(a_py=CALL)
    gk("create", *BY)
    repo.git("rm", "-q", "--cached", "a.py")
    (repo.path / "a.py").unlink()
    assert gk.fails("prune").startswith("no file is in scope, so nothing shows which entries are stale")


def test_outside_of_a_repository(tmp_path: Path, gk: Gk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "a.py").write_bytes(CALL.encode())
    gk("create", *BY)
    assert states(gk) == ["used NET002 a.py:5"]
    (folder / "a.py").write_bytes(b"pass\n" + CALL.encode())
    assert states(gk) == ["unreadable NET002 a.py:5"]
