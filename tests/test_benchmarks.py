"""The benchmarks measure what they say, and say in one line what they cannot."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="the benchmarks need a POSIX system")

from benchmarks import inputs, phases
from benchmarks.programs import OWN_RULES
from benchmarks.timing import Aim, Missing, Program, Report
from git_repo import GitRepo
from scanning import ROOT

from gk_hooks.rules import RULES


def run(*words: str | Path, path: str = "") -> subprocess.CompletedProcess[str]:
    """``python -m benchmarks`` with *words*."""
    env = {"PATH": path} if path else None
    command = [sys.executable, "-m", "benchmarks", *map(str, words)]
    return subprocess.run(command, cwd=ROOT / "tests", env=env, capture_output=True, encoding="utf-8", check=False)


def test_the_same_input_makes_the_same_history(tmp_path: Path) -> None:
    one, other = (inputs.deep(10, 15, tmp_path / name) for name in ("one", "other"))
    assert inputs.resolve(one, "HEAD") == inputs.resolve(other, "HEAD")
    assert inputs.git(one, "rev-list", "--count", "HEAD").strip() == "15"
    assert not inputs.git(one, "status", "--porcelain")


def test_a_branch_changes_as_many_files_as_its_name_says(tmp_path: Path) -> None:
    made = inputs.changed(30, (1, 7), tmp_path)
    for size in (1, 7):
        assert len(inputs.git(made, "diff", "--name-only", "main", f"change-{size}").splitlines()) == size


def test_staging_leaves_the_index_of_the_repository_alone(tmp_path: Path) -> None:
    made = inputs.generated(5, tmp_path)
    path = inputs.module_path(3)
    env = inputs.stage(made, path, b"x = 1\n")
    assert inputs.git(made, "diff", "--cached", "--name-only", env=env).split() == [path]
    assert not inputs.git(made, "status", "--porcelain")


def test_a_repository_is_only_read(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit(a_py="x = 1\n")
    before = repo.listing()
    made = inputs.clone(repo.path, tmp_path / "inputs")
    assert inputs.resolve(made, "HEAD") == repo.id("HEAD")
    assert repo.listing() == before


def test_a_table_has_ratios_within_groups_and_leaves_failures_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    python = [sys.executable, "-S", "-c"]
    programs = [Program(name, [*python, "pass"], tmp_path, group=group) for group in "xy" for name in ("gk", "git")]
    programs.append(Program("broken", [*python, "raise SystemExit('no rules')"], tmp_path))
    programs.append(Program("absent", [str(tmp_path / "absent")], tmp_path))
    report = Report(2)
    report.table("Title", programs, ["git", "absent"], [Aim("aim", "x: gk", "x: git", "times its time", 1000)])
    report.close()
    said = capsys.readouterr().out
    assert "### Title\n\n| 2 rounds |" in said
    assert re.search(r"^\| x: gk \|( [\d.]+ / [\d.]+ s \|){2} [\d.]+ \([\d.]+–[\d.]+\) \|$", said, re.M)
    assert re.search(r"^\| y: git \|( [\d.]+ / [\d.]+ s \|){2} 1 \|$", said, re.M)
    assert re.search(r"^\| aim \| at most 1000 times its time \| .* \| yes \|$", said, re.M)
    assert "- Title: broken: exit code 1: no rules\n- Title: absent: [Errno 2]" in said


def test_every_phase_is_timed(tmp_path: Path) -> None:
    for module, path, _ in phases.PHASES:
        phases.owner_of(module, path)
    (tmp_path / "a.py").write_bytes(inputs.module(0, 1))
    done = run("profile", "--", "scan", tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^\| parsing \(as the limit\) \| [\d.]+ \| \d+% \| 1 \|$", done.stdout, re.M)


def test_semgrep_gets_a_rule_for_each_of_ours() -> None:
    names = re.findall(r"^ *- id: (\w+)-", OWN_RULES.read_text(encoding="utf-8"), re.M)
    assert sorted(names) == sorted(rule.id.lower() for rule in RULES if not rule.id.startswith("SCAN"))


def test_what_is_missing_is_one_line_and_the_rest_runs(tmp_path: Path) -> None:
    done = run(
        "start", "since", "--rounds", "1", "--peers", tmp_path, "--repo", tmp_path / "none", "--inputs", tmp_path
    )
    assert done.returncode == 1
    assert "\n| gk --version |" in done.stdout
    lines = done.stderr.splitlines()
    assert [line.partition(" is")[0] for line in lines[:3]] == [
        f"left out: {one}" for one in ("ruff", "bandit", "semgrep")
    ]
    assert len(lines) == 4
    assert lines[3].startswith("left out: table since: ")


@pytest.mark.parametrize(
    ("words", "line"),
    (
        pytest.param(["nothing"], "no table 'nothing': choose from start, ", id="a table that there is not"),
        pytest.param(["--rounds", "0"], "--rounds: at least 1", id="no round"),
        pytest.param(["--semgrep-rules", "none"], "no rules for semgrep: none: ", id="rules that are not there"),
    ),
)
def test_bad_words_are_one_line(words: list[str], line: str) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("call", "reason"),
    (
        pytest.param(lambda at: inputs.resolve(at, "HEAD~20"), "has no commit HEAD~20", id="a history too short"),
        pytest.param(lambda at: inputs.clone(at / "none", at), "cannot be cloned: ", id="no repository"),
        pytest.param(lambda at: inputs.git(at, "log"), "git log failed", id="git fails"),
    ),
)
def test_reasons(repo: GitRepo, call, reason: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Missing) as raised:
        call(repo.path)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)
