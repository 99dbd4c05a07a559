"""What the documents say is what the program does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from git_repo import GitRepo
from scanning import ROOT, gk

from gk_hooks import rules
from gk_hooks.commands.explain import rules_page
from gk_hooks.policy import allowlist, config

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def block(marker: str) -> str:
    """The code block that follows the comment ``<!-- marker -->`` in the README."""
    found = re.search(rf"<!-- {marker}.*?-->\n```\w*\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no block marked {marker!r}"
    return found[1]


def test_the_page_of_the_rules_is_current() -> None:
    page = "\n".join(rules_page(rules.RULES)) + "\n"
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == page, (
        "docs/rules.md is stale: python3 -m gk_hooks explain --markdown > docs/rules.md"
    )


def test_the_output_in_the_readme_is_real(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(block("sample"), encoding="utf-8")
    done = gk("scan", "agent.py", cwd=tmp_path, env={"COLUMNS": "100"})
    assert done.returncode == 1
    assert done.stdout == block("output"), "the README's sample is stale: paste this output"


def test_the_readme_starts_with_its_two_lines() -> None:
    first, second = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)[:2]
    assert first == "python3 -m gk_hooks scan ."
    assert second == block("test line").strip()
    assert "\n" not in second


def test_the_allowlist_example_is_one() -> None:
    path = ROOT / "docs" / "allowlist.example.json"
    assert len(allowlist.load(str(path)).entries) == len(json.loads(path.read_text(encoding="utf-8"))["entries"])


def test_every_setting_is_named_in_the_readme() -> None:
    assert all(f"`{name}`" in README for name in config.READERS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_unittest_needs_nothing_installed() -> None:
    words = [sys.executable, "-S", "-m", "unittest", "-q", "tests.test_examples"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(words, cwd=ROOT, env=clean, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


DEVELOPER = (ROOT / "docs" / "developer.md").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="runs a shell session")
def test_the_developers_five_minutes_are_real(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plays the page in a fresh repository: its files are written, its commands run, its output compared."""
    script = tmp_path / "bin" / "gk"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m gk_hooks "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")
    repo.write("README", "x")
    repo.git("add", "-A")
    repo.commit("start")
    blocks = re.findall(r"(?:<!-- file (\S+) -->\n)?```(\w+)\n(.*?)```", DEVELOPER, re.DOTALL)
    played = 0
    for name, language, text in blocks:
        if name:
            repo.write(name, text)
        if language == "console":
            for command, told in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                done = subprocess.run(["sh", "-c", f"{command} 2>&1"], cwd=repo.path, capture_output=True, text=True)
                assert done.stdout.replace(f"{repo.path}/", "") == told, f"docs/developer.md: {command}"
                played += 1
    assert played == 7
