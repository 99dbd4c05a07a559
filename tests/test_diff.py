"""What is new in a change, what was there before, what is gone, and why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest
from git_repo import GitRepo

from gk_hooks.model.report import Report
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, staged_job

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="needs links")

NO_PYTHON = f"no valid Python 3.{sys.version_info.minor}"

GET = "import requests\n"
EVIL = 'requests.get("http://evil.example/")\n'
CALM = "".join(f"line_{number} = {number}\n" for number in range(20))


def staged(**options: object) -> Report:
    """The report of gk scan --staged."""
    return scan(staged_job(Options(**options), state=False))  # type: ignore[arg-type]


def told(report: Report) -> list[str]:
    """``new NET001 a.py:2 (the file is new)`` for each result."""
    lines = []
    for result in report.results:
        finding = result.finding
        why = f" ({result.why_new})" if result.why_new else ""
        lines.append(f"{result.state} {finding.rule_id} {finding.file}:{finding.site.line}{why}")
    return lines


EDITS = (
    pytest.param("", GET + EVIL, ["new NET001 a.py:2 (line 2 was added or changed)"], id="an added line"),
    pytest.param(GET + EVIL, GET + CALM + EVIL, ["unchanged NET001 a.py:22"], id="lines added above"),
    pytest.param(GET + EVIL, GET + EVIL + CALM, ["unchanged NET001 a.py:2"], id="lines added below"),
    pytest.param(GET + CALM + EVIL, GET + EVIL, ["unchanged NET001 a.py:2"], id="lines taken out above"),
    pytest.param(
        GET + EVIL + CALM, GET + CALM + "requests.get(url)\n",
        ["absent NET001 a.py:2", "new NET002 a.py:22 (line 22 was added or changed)"], id="one gone, another new"),
    pytest.param(
        GET + EVIL + "requests.get('http://127.0.0.1/')\n", GET + "requests.get('http://127.0.0.1/')\n",
        ["absent NET001 a.py:2"], id="fixed"),
    pytest.param(
        GET + EVIL, GET + EVIL.replace("\n", "  # why\n"),
        ["new NET001 a.py:2 (line 2 was added or changed)", "absent NET001 a.py:2"], id="its own line changed"),
    pytest.param(
        'import requests\nHOST = "http://127.0.0.1"\n' + CALM + "requests.get(HOST)\n",
        'import requests\nHOST = "http://evil.example"\n' + CALM + "requests.get(HOST)\n",
        ["new NET001 a.py:23 (line 23 is unchanged, but what it depends on changed: line 2)"],
        id="a constant changed far from the call"),
    pytest.param(
        'import requests\nHOST = "http://evil.example"\n' + CALM + "requests.get(HOST)\n",
        'import requests\nHOST = "http://bad.example"\n' + CALM + "requests.get(HOST)\n",
        ["new NET001 a.py:23 (line 23 is unchanged, but what it depends on changed: line 2)",
         "absent NET001 a.py:23"],
        id="from one bad host to another"),
    pytest.param(
        "from mine import get\n" + CALM + EVIL.replace("requests.get", "get"),
        "from requests import get\n" + CALM + EVIL.replace("requests.get", "get"),
        ["new NET001 a.py:22 (line 22 is unchanged, but what it depends on changed in this file)"],
        id="another import for the same name"),
    pytest.param(
        'import requests\nurl = "http://evil.example/"\nurl = "http://127.0.0.1/"\nrequests.get(url)\n',
        'import requests\nurl = "http://evil.example/"\nrequests.get(url)\n',
        ["new NET001 a.py:3 (line 3 is unchanged, but what it depends on changed in this file)"],
        id="a line that was only taken out"),
    pytest.param(
        GET + EVIL, GET + EVIL + EVIL,
        ["unchanged NET001 a.py:2", "new NET001 a.py:3 (line 3 was added or changed)"], id="a second copy of it"),
    pytest.param(
        GET + EVIL + CALM + EVIL, GET + CALM + EVIL,
        ["absent NET001 a.py:2", "unchanged NET001 a.py:22"], id="one of two copies taken out"),
    pytest.param(
        GET + EVIL + CALM, GET + CALM + EVIL,
        ["absent NET001 a.py:2", "new NET001 a.py:22 (line 22 was added or changed)"], id="moved within the file"),
    pytest.param(
        "code = input()\nexec(\n    code\n)\n", "code = input()\nexec(\n    code + code\n)\n",
        ["new DEX001 a.py:2 (line 3 was added or changed)", "absent DEX001 a.py:2"],
        id="a later line of the call changed"),
    pytest.param(
        "code = input()\nexec(\n    code\n    +\n    code\n)\n", "code = input()\nexec(\n    code\n)\n",
        ["new DEX001 a.py:2 (lines between 2 and 4 were taken out)", "absent DEX001 a.py:2"],
        id="lines taken out of the middle of the call"),
    pytest.param(
        GET + EVIL, "# x\reval(a)\n" + GET + EVIL,
        ["new DEX001 a.py:2 (line 2 was added or changed)", "unchanged NET001 a.py:4"], id="a lone carriage return"),
    pytest.param(GET + EVIL, (GET + EVIL).replace("\n", "\r\n"),
        ["new NET001 a.py:2 (line 2 was added or changed)", "absent NET001 a.py:2"], id="other line ends"),
    pytest.param(GET + EVIL, (CALM + GET + EVIL).replace("\n", "\r\n"),
        ["absent NET001 a.py:2", "new NET001 a.py:22 (line 22 was added or changed)"], id="CRLF and more lines"),
    pytest.param("def (:\n", GET + EVIL,
        ["absent SCAN001 a.py:1",
         f"new NET001 a.py:2 (the base version could not be read: {NO_PYTHON}: invalid syntax (line 1))"],
        id="the base could not be parsed"),
    pytest.param(GET + EVIL, "def (:\n",
        ["new SCAN001 a.py:1 (the file changed)", "absent NET001 a.py:2"], id="the change cannot be parsed"),
    pytest.param("def (:\n", "def (:\n" + EVIL,
        ["new SCAN001 a.py:1 (the file changed)", "absent SCAN001 a.py:1"], id="neither can be parsed"),
)  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), EDITS)
def test_an_edited_file(repo: GitRepo, before: str | bytes, after: str | bytes, expected: list[str]) -> None:
    repo.stage("a.py", before)
    repo.commit()
    repo.stage("a.py", after)
    assert told(staged()) == expected


@pytest.mark.parametrize("encoding", ("utf-8-sig", "utf-16", "cp1252"))
def test_other_encodings(repo: GitRepo, encoding: str) -> None:
    line = 'CreateObject("WScript.Shell").Run "curl http://evil.example/caf\xe9"\r\n'
    repo.stage("a.vbs", ("Dim x\r\n" + line).encode(encoding))
    repo.commit()
    repo.stage("a.vbs", ("Dim x\r\n" + line * 2).encode(encoding))
    assert [one for one in told(staged()) if "NET001" in one] == [
        "unchanged NET001 a.vbs:2", "new NET001 a.vbs:3 (line 3 was added or changed)"
    ]  # fmt: skip


def _link(repo: GitRepo, target: str, name: str) -> None:
    (repo.path / name).unlink(missing_ok=True)
    os.symlink(target, repo.path / name)
    repo.git("add", name)


def _rename(repo: GitRepo, old: str, new: str, text: str = "") -> None:
    (repo.path / new).parent.mkdir(parents=True, exist_ok=True)
    repo.git("mv", old, new)
    if text:
        repo.stage(new, text)


FILES = (
    pytest.param(lambda r: r.stage("b.py", GET + EVIL), ["new NET001 b.py:2 (the file is new)"], id="a new file"),
    pytest.param(lambda r: r.git("rm", "-q", "a.py"), ["absent NET001 a.py:22"], id="a deleted file"),
    pytest.param(lambda r: _rename(r, "a.py", "b.py"), ["unchanged NET001 b.py:22"], id="renamed"),
    pytest.param(
        lambda r: _rename(r, "a.py", "b.py", GET + "x = 1\n" + CALM + EVIL + "x = 2\n" + EVIL),
        ["unchanged NET001 b.py:23", "new NET001 b.py:25 (line 25 was added or changed)"], id="renamed and changed"),
    pytest.param(
        lambda r: (r.stage("a.py", GET + CALM + EVIL + "x = 1\n"), r.stage("b.py", GET + CALM + EVIL)),
        ["unchanged NET001 a.py:22", "new NET001 b.py:22 (the file is a copy of a.py)"], id="copied"),
    pytest.param(
        lambda r: _rename(r, "a.txt", "b.py"),
        ["new NET001 b.py:22 (the file was renamed into scope from a.txt)"], id="renamed from a text"),
    pytest.param(
        lambda r: _rename(r, "build/a.py", "b.py"),
        ["new NET001 b.py:22 (the file was renamed into scope from build/a.py)"],
        id="renamed out of an excluded folder"),
    pytest.param(lambda r: _rename(r, "a.py", "b.txt"), ["absent NET001 a.py:22"], id="renamed into a text"),
    pytest.param(lambda r: _rename(r, "a.py", "dist/a.py"), ["absent NET001 a.py:22"], id="renamed out of scope"),
    pytest.param(
        lambda r: _rename(r, "a.py", "a.sh"),
        ["absent NET001 a.py:22"], id="renamed into another language"),
    pytest.param(
        lambda r: r.git("update-index", "--chmod=+x", "a.py"), ["unchanged NET001 a.py:22"], id="another mode"),
    pytest.param(lambda r: r.stage("build/a.py", EVIL), [], id="a file out of scope"),
    pytest.param(lambda r: (r.write("b.py", EVIL), r.git("add", "-N", "b.py")), [], id="intent to add"),
    pytest.param(lambda r: r.write("a.py", EVIL), [], id="not staged"),
    pytest.param(
        lambda r: (r.stage("a.py", GET + CALM + EVIL + EVIL), r.write("a.py", "")),
        ["unchanged NET001 a.py:22", "new NET001 a.py:23 (line 23 was added or changed)"],
        id="staged and taken back in the work tree"),
    pytest.param(
        lambda r: (r.stage("b.py", GET + EVIL), (r.path / "b.py").unlink()), ["new NET001 b.py:2 (the file is new)"],
        id="staged and then deleted"),
    pytest.param(
        lambda r: (r.write(".gitignore", "*"), r.stage("b.py", GET + EVIL)), ["new NET001 b.py:2 (the file is new)"],
        id="ignored and added all the same"),
    pytest.param(
        lambda r: r.stage("a.py", f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1\n"),
        ["new SCAN002 a.py (the file changed)", "absent NET001 a.py:22"], id="an LFS pointer"),
    pytest.param(
        lambda r: r.stage("a.py", "x = 1\0"),
        ["new SCAN002 a.py (the file changed)", "absent NET001 a.py:22"], id="a binary file now"),
    pytest.param(
        lambda r: (r.stage("a.txt", GET + CALM + EVIL), _link(r, "a.txt", "a.py")), ["unchanged NET001 a.py:22"],
        id="a link to the same text now", marks=needs_links),
    pytest.param(lambda r: _link(r, "/etc/passwd", "b.py"), ["new SCAN002 b.py (the file is new)"],
        id="a link out of the tree", marks=needs_links),
    pytest.param(lambda r: _link(r, "a.py", "b.py"), [], id="a link to a file that is scanned", marks=needs_links),
    pytest.param(
        lambda r: ((r.path / "link.py").unlink(), r.stage("link.py", GET + EVIL)),
        ["new NET001 link.py:2 (line 2 was added or changed)"], id="a file instead of a link", marks=needs_links),
    pytest.param(
        lambda r: r.stage("linked.txt", GET + EVIL),
        ["new NET001 link.py:2 (line 2 was added or changed)"], id="what a link leads to changed", marks=needs_links),
)  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), FILES)
def test_changed_files(repo: GitRepo, change: Callable[[GitRepo], object], expected: list[str]) -> None:
    text = GET + CALM + EVIL
    for name in ("a.py", "a.txt", "build/a.py"):
        repo.stage(name, text + f"# {name}\n" * (name != "a.py"))
    repo.stage("linked.txt", CALM)
    if hasattr(os, "symlink") and os.name != "nt":
        _link(repo, "linked.txt", "link.py")
    repo.commit()
    change(repo)
    before = repo.listing()
    assert [one.replace(".py:0", ".py") for one in told(staged())] == expected
    assert repo.listing() == before
