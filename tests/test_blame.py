"""--blame: the commit that brought each finding, on real histories, and in a repository that tries to interfere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repo import GitRepo
from test_git_hostile import trap

from gk_hooks.cli import main
from gk_hooks.model.kinds import Kind
from gk_hooks.pipeline.blame import blamed
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, commit_job, since_job
from gk_hooks.source.git.lines import git_lines

__all__ = ["trap"]  # the fixture

GET = "import requests\n"
EVIL = 'requests.get("http://evil.example/")\n'
OTHER = 'requests.get("http://other.example/")\n'


def brought(revision: str = "HEAD") -> list[tuple[str, int, str]]:
    """File, line and the subject of the commit that brought each finding."""
    report = scan(blamed(commit_job(revision, Options()), revision))
    return [
        (result.finding.file, result.finding.site.line, result.introduced.commit if result.introduced else "")
        for result in report.results
    ]


def test_the_commit_of_the_line(repo: GitRepo) -> None:
    first = repo.commit("first", a_py=GET + EVIL)
    second = repo.commit("second", a_py=GET + OTHER + EVIL)
    repo.commit("third", a_py="# a line above\n" + GET + OTHER + EVIL, b_py="x = 1\n")
    assert brought() == [("a.py", 3, second), ("a.py", 4, first)]


def test_a_renamed_file_keeps_its_history(repo: GitRepo) -> None:
    first = repo.commit(a_py=GET + EVIL + "".join(f"x{number} = {number}\n" for number in range(20)))
    repo.git("mv", "a.py", "c.py")
    repo.commit("move")
    assert brought() == [("c.py", 2, first)]


def test_what_the_trail_passes_counts_too(repo: GitRepo) -> None:
    repo.commit(a_py='import requests\nhost = "127.0.0.1"\n\nrequests.get(f"http://{host}/")\n')
    second = repo.commit(a_py='import requests\nhost = "evil.example"\n\nrequests.get(f"http://{host}/")\n')
    assert brought() == [("a.py", 4, second)]


def test_a_constant_of_another_file_counts_too(repo: GitRepo) -> None:
    repo.commit(
        settings_py='HOST = "127.0.0.1"\n', a_py='import settings, requests\nrequests.get("http://" + settings.HOST)\n'
    )
    second = repo.commit(settings_py='HOST = "evil.example"\n')
    repo.commit(settings_py='HOST = "evil.example"\nX = 1\n')
    assert brought() == [("a.py", 2, second)]


def test_an_expression_of_several_lines(repo: GitRepo) -> None:
    repo.commit(a_py='import requests\nrequests.get(\n    "http://evil.example/",\n    timeout=3,\n)\n')
    second = repo.commit(a_py='import requests\nrequests.get(\n    "http://evil.example/",\n    timeout=4,\n)\n')
    assert brought() == [("a.py", 2, second)]


def test_a_file_as_a_whole(repo: GitRepo) -> None:
    repo.stage("a.py", b"\0" * 300 + b"\n")
    repo.commit()
    repo.stage("a.py", b"\0" * 300 + b"\ny = 1\n")
    second = repo.commit()
    assert brought() == [("a.py", 0, second)]


def test_lines_that_git_counts_otherwise(repo: GitRepo) -> None:
    first = repo.commit(a_py="# x\ry = 1\rimport requests\r" + EVIL + OTHER)
    assert brought() == [("a.py", 4, first), ("a.py", 5, first)]
    second = repo.commit(a_py="# x\ry = 1\rimport requests\r" + EVIL + OTHER.replace("other", "new"))
    assert brought() == [("a.py", 4, first), ("a.py", 5, second)]


@pytest.mark.parametrize(
    ("data", "places", "expected"),
    (
        pytest.param(b"a\nb\nc", [(1, 1), (2, 3)], [(1, 1), (2, 3)], id="as git counts"),
        pytest.param(b"a\rb\nc\n", [(1, 1), (2, 2), (3, 3), (1, 3)], [(1, 1), (1, 1), (2, 2), (1, 2)], id="a lone CR"),
        pytest.param(b"a\r\nb\r\n", [(1, 1), (2, 2)], [(1, 1), (2, 2)], id="CRLF"),
        pytest.param("a\nb\n".encode("utf-16"), [(1, 1), (2, 2)], [(1, 1), (2, 2)], id="UTF-16"),
        pytest.param(b"a\n", [(1, 9)], [(1, 1)], id="behind the end"),
        pytest.param(b"# coding: utf-7\n#+AAo-eval(a)\na\n", [(1, 1)], None, id="a newline hidden by UTF-7"),
    ),
)
def test_lines_as_git_counts_them(data: bytes, places: list[tuple[int, int]], expected: object) -> None:
    assert git_lines(data, Kind.POWERSHELL if data[:2] == b"\xff\xfe" else Kind.PYTHON, places) == expected


def test_a_change_tells_who_brought_what_is_new(repo: GitRepo) -> None:
    base = repo.commit(a_py=GET + EVIL)
    middle = repo.commit(b_py=GET + EVIL)
    repo.commit(c_py="x = 1\n")
    report = scan(blamed(since_job(base, "HEAD", Options()), "HEAD"))
    assert [result.introduced.commit for result in report.results if result.introduced] == [middle]


def test_a_link_has_no_history_of_its_own(repo: GitRepo) -> None:
    if sys.platform == "win32":
        pytest.skip("needs symbolic links")
    (repo.path / "l.py").symlink_to("data.txt")
    repo.stage("data.txt", GET + EVIL)
    repo.git("add", "l.py")
    repo.commit()
    assert brought() == [("l.py", 2, "")]


def test_where_a_shallow_clone_ends_it_may_be_older(
    repo: GitRepo, new_repo: Callable[..., GitRepo], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(a_py=GET + EVIL)
    end = repo.commit(b_py="x = 1\n")
    clone = new_repo("clone")
    clone.git("fetch", "-q", "--depth=1", f"file://{repo.path}", "main:shallow")
    monkeypatch.chdir(clone.path)
    report = scan(blamed(commit_job("shallow", Options()), "shallow"))
    by = report.results[0].introduced
    assert by is not None
    assert (by.commit, by.boundary) == (end, True)


@pytest.mark.parametrize("bare", (False, True), ids=("a work tree", "bare"))
def test_author_and_date_are_those_of_the_commit(
    repo: GitRepo, new_repo: Callable[..., GitRepo], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bare: bool
) -> None:
    repo.stage("a.py", GET + EVIL)
    repo.stage(".mailmap", "Somebody Else <else@example.com> <evil@example.com>\n")
    author = {"GIT_AUTHOR_NAME": "E\x1b[31mvil | *x*", "GIT_AUTHOR_EMAIL": "evil@example.com"}
    repo.git("commit", "-q", "-m", "x", GIT_AUTHOR_DATE="2024-05-06T07:08:09+0530", **author)
    if bare:
        repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
        monkeypatch.chdir(tmp_path / "bare")
    out = tmp_path / "out"
    assert main(["audit", "HEAD", "--blame", "--output-dir", str(out)]) == 1
    introduced = json.loads((out / "report.json").read_text())["findings"][0]["introduced"]
    assert introduced == {
        "commit": repo.id("HEAD"),
        "author": "E\x1b[31mvil | *x* <evil@example.com>",
        "date": "2024-05-06T07:08:09+05:30",
        "boundary": False,
    }
    shown = f"{repo.id('HEAD')[:12]}, E\\x1b[31mvil | *x* <evil@example.com>, 2024-05-06"
    assert f"Introduced by: `{shown}`" in (out / "report.md").read_text()
    assert main(["verify", str(out)]) == 2, "unsigned, but made again with the same introductions"


def test_the_terminal_tells_it(repo: GitRepo, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    commit = repo.commit(a_py=GET + EVIL)
    assert main(["scan", "--at", "HEAD", "--blame", "--output-dir", str(tmp_path / "out")]) == 1
    assert f"= since: {commit[:12]}, Test <test@example.com>, 2023-11-14\n" in capsys.readouterr().out


def test_what_is_not_committed_was_brought_by_nobody(repo: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repo.commit(a_py="x = 1\n")
    for arguments in (["scan", "."], ["scan", "--staged"]):
        assert main([*arguments, "--blame"]) == 3
        assert "--blame goes with --at or --since" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="plants shell scripts and a pipe")
def test_nothing_of_the_repository_runs_or_bends_it(trap: GitRepo, tmp_path: Path, carrier: str) -> None:
    import os

    commit = trap.git("commit-tree", trap.id("HEAD^{tree}"), "-p", "HEAD", "-m", "x")
    evil = trap.git("hash-object", "-w", "--stdin", stdin=(GET + EVIL).encode())
    tree = trap.git("mktree", stdin=f"100644 blob {evil}\ta.py\n".encode())
    commit = trap.git("commit-tree", tree, "-p", commit, "-m", "evil")
    (tmp_path / "canary").unlink(missing_ok=True)
    trap.write("ignored-revisions", commit + "\n")
    trap.git("config", "blame.ignoreRevsFile", "ignored-revisions")
    trap.git("config", "blame.markIgnoredLines", "true")
    (trap.path / ".mailmap").unlink(missing_ok=True)
    os.mkfifo(trap.path / ".mailmap")
    before = sorted(path.name for path in trap.path.iterdir())
    (tmp_path / "canary").unlink(missing_ok=True)
    assert brought(commit) == [("a.py", 2, commit)]
    assert not (tmp_path / "canary").exists()
    assert sorted(path.name for path in trap.path.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="the file system does not take these names")
@pytest.mark.parametrize("name", (b"-L1,1.py", b":(top)a.py", b"caf\xe9.py", b"a\nb.py", b"*.py", b"--.py"))
def test_any_name_is_a_name(repo: GitRepo, name: bytes) -> None:
    repo.stage(name, GET + EVIL)
    commit = repo.commit()
    assert [commit for _, _, commit in brought()] == [commit]
