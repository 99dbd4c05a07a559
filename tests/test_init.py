"""gk init: what it writes works, and nothing that was there before is lost."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.cli import main
from gk_hooks.commands.init import FILES, HOOK, PRE_COMMIT_FILE
from gk_hooks.commands.output import parse_formats
from gk_hooks.commands.parser import command_parser

ROOT = Path(__file__).resolve().parent.parent

needs_pre_commit = pytest.mark.skipif(find_spec("pre_commit") is None, reason="needs pre-commit")


@pytest.fixture
def init(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, list[str]]]:
    """Runs gk init; the exit code and the lines it printed."""

    def run() -> tuple[int, list[str]]:
        code = main(["init"])
        printed = capsys.readouterr()
        return code, (printed.out + printed.err).splitlines()

    return run


def test_a_fresh_repository_gets_every_file(repo: GitRepo, init, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo.path / "sub").mkdir()
    monkeypatch.chdir(repo.path / "sub")
    code, lines = init()
    assert (code, lines[:-1]) == (0, [f"wrote    {name}" for name in FILES])
    assert lines[-1].startswith("next: pre-commit install")
    assert {name: (repo.path / name).read_text(encoding="utf-8") for name in FILES} == FILES
    tomllib.loads(FILES["gk.toml"])


def test_what_is_there_is_kept(repo: GitRepo, init) -> None:
    init()
    before = repo.listing()
    code, lines = init()
    assert code == 0
    assert lines[0] == f"kept     {PRE_COMMIT_FILE}: it runs gk already"
    assert lines[1:-1] == [f"kept     {name}: it is there already" for name in FILES if name != PRE_COMMIT_FILE]
    assert repo.listing() == before


OTHER = "- repo: https://example.com/x\n  rev: v1\n  hooks:\n  - id: x\n"

CONFIGS = (
    pytest.param("repos:\n" + OTHER, True, id="a list that is not indented"),
    pytest.param("repos:\n" + "".join(f"    {line}\n" for line in OTHER.splitlines()), True, id="one that is"),
    pytest.param("# ours\nfail_fast: true\nrepos:\n" + OTHER + "# the end", True, id="comments and no last newline"),
    pytest.param("repos:\n" + OTHER + "fail_fast: true\n", False, id="another key after the list"),
    pytest.param("repos: []\n", False, id="an empty list"),
    pytest.param("{repos: []}\n", False, id="another style"),
    pytest.param("", False, id="an empty file"),
)  # fmt: skip


@needs_pre_commit
@pytest.mark.parametrize(("before", "extended"), CONFIGS)
def test_an_entry_is_added_only_where_it_certainly_belongs(repo: GitRepo, init, before: str, extended: bool) -> None:
    path = repo.write(PRE_COMMIT_FILE, before)
    _, lines = init()
    after = path.read_text(encoding="utf-8")
    if not extended:
        assert after == before
        assert lines[0] == f"kept     {PRE_COMMIT_FILE}: add this under repos:"
        assert "\n".join(lines).startswith(lines[0] + "\n" + HOOK.rstrip())
        return
    assert after.startswith(before.rstrip("\n") + "\n")
    assert lines[0] == f"extended {PRE_COMMIT_FILE}: added gk at the end of repos"
    from pre_commit.clientlib import load_config

    local = load_config(str(path))["repos"][-1]
    assert (local["repo"], [hook["id"] for hook in local["hooks"]]) == ("local", ["gk"])


def test_the_entry_is_that_of_our_own_hooks(repo: GitRepo) -> None:
    """The local hook says what .pre-commit-hooks.yaml says."""
    published = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8").split("- &gk-review")[0]
    for line in HOOK.splitlines()[3:]:
        key = line.strip().partition("  #")[0]
        assert key in published or key == "language: system", key


@needs_pre_commit
@pytest.mark.skipif(sys.platform == "win32", reason="writes a shell script")
def test_the_entry_blocks(repo: GitRepo, init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "bin" / "gk"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gk_hooks "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "store"))
    init()
    repo.git("add", "-A")
    repo.commit("set up gk")
    repo.stage("a.py", 'import requests\nrequests.get("http://evil.example/")\n')
    done = subprocess.run([sys.executable, "-m", "pre_commit", "run"], capture_output=True, text=True, check=False)
    assert (done.returncode, "gk: blocked, FAIL: 1 to fix in 1 changed file" in done.stdout) == (1, True), done.stdout


def test_a_bare_repository_is_refused(new_repo, init, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = new_repo("bare", "--bare")
    monkeypatch.chdir(bare.path)
    before = bare.listing()
    assert init() == (3, ["gk: gk init needs a work tree, and this repository is bare"])
    assert bare.listing() == before


CI = [name for name in FILES if name.endswith(("gk.yml", "gitlab-ci.yml"))]


@pytest.mark.parametrize("name", CI)
def test_the_ci_snippets_install_nothing_by_a_name_that_anybody_could_register(name: str) -> None:
    installs = [line for line in FILES[name].splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert installs[0].endswith(
        f'pip install "${{GK_PACKAGE:?say in this {"workflow" if "github" in name else "file"} where gk comes from}}"'
    )
    assert 'GK_PACKAGE: ""' in FILES[name]


@pytest.mark.parametrize("name", CI)
def test_the_ci_snippets_run_commands_that_there_are(name: str) -> None:
    lines = [
        line.strip().removeprefix("run: ")
        for line in FILES[name].splitlines()
        if re.search(r"\bgk (scan|audit) ", line)
    ]
    assert len(lines) == 3
    for line in lines:
        words = line.replace("$reports", "--format gitlab=x --format junit=y").split()
        command = importlib.import_module(f"gk_hooks.commands.{words[1]}")
        parser = command_parser(words[1], "x")
        command.add_arguments(parser)
        parse_formats(parser.parse_args(words[2:]).format)


def test_what_is_published_is_what_the_platforms_read() -> None:
    github, gitlab = (FILES[name] for name in CI)
    assert "sarif_file: gk.sarif" in github
    assert github.count("--format sarif=gk.sarif") == 3
    assert "codequality: gl-code-quality-report.json" in gitlab
    assert "junit: gk.junit.xml" in gitlab
