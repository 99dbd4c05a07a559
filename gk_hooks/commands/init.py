"""``gk init``: writes a pre-commit entry, settings and CI snippets, and says what it wrote. Nothing is overwritten."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from gk_hooks.errors import GkError
from gk_hooks.model.text import printable
from gk_hooks.reports.write import replace_file
from gk_hooks.source.git.repository import open_repository

PRE_COMMIT_FILE = ".pre-commit-config.yaml"

HOOK = """\
  - repo: local
    hooks:
      - id: gk
        name: gk (blocks on FAIL)
        entry: gk hook
        language: system  # gk must be installed; offline machines need nothing else
        stages: [pre-commit, pre-merge-commit, pre-push, manual]
        pass_filenames: false
        require_serial: true
        always_run: true
        verbose: true
"""

PRE_COMMIT = f"""\
minimum_pre_commit_version: 3.2.0
default_install_hook_types: [pre-commit, pre-merge-commit, pre-push]
repos:
{HOOK}"""

SETTINGS = """\
# Settings of gk; the command line comes on top. Every report says what they leave out.
profile = "mcen_practical"  # or "mcen_strict"
# exclude = ["tests/fixtures/**"]
# allowlist = "gk-allowlist.json"
"""

GITHUB = """\
name: gk
on:
  pull_request:
  push:
    branches: [main]  # what pull requests are compared with under Security
    tags: ["v*"]
permissions: {}
jobs:
  gk:
    runs-on: ubuntu-latest
    permissions:
      actions: read  # upload-sarif asks for it in a private repository
      contents: read
      security-events: write  # to publish the findings under Security
    env:
      # Where gk comes from is yours to choose: a wheel in this repository, a server of yours, an index that you trust.
      GK_PACKAGE: ""
    steps:  # pin the actions to commits if your policy asks for it
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0  # the merge base has to be there
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install "${GK_PACKAGE:?say in this workflow where gk comes from}"
      - if: github.event_name == 'pull_request'
        run: gk scan --since "origin/$GITHUB_BASE_REF" --format github --format sarif=gk.sarif --format html=mcen_audit/
      - if: github.ref_type == 'branch' && github.event_name == 'push'
        run: gk scan --at "$GITHUB_SHA" --format sarif=gk.sarif --format html=mcen_audit/
      - if: github.ref_type == 'tag'
        run: gk audit "$GITHUB_REF_NAME" --format sarif=gk.sarif
      - if: always()
        uses: github/codeql-action/upload-sarif@v3
        with:
          sarif_file: gk.sarif
          category: gk
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: mcen_audit
          path: mcen_audit
          include-hidden-files: false
"""

GITLAB = """\
gk:
  image: python:3.12
  variables:
    GIT_DEPTH: "0"  # the merge base has to be there
    # Where gk comes from is yours to choose: a wheel in this repository, a server of yours, an index that you trust.
    GK_PACKAGE: ""
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH  # what merge requests are compared with
  script:
    - python -m pip install "${GK_PACKAGE:?say in this file where gk comes from}"
    - |
      reports="--format gitlab=gl-code-quality-report.json --format junit=gk.junit.xml"
      if [ -n "$CI_COMMIT_TAG" ]; then
        gk audit "$CI_COMMIT_TAG" $reports
      elif [ -n "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ]; then
        gk scan --since "$CI_MERGE_REQUEST_DIFF_BASE_SHA" $reports --format html=mcen_audit/
      else
        gk scan --at "$CI_COMMIT_SHA" $reports --format html=mcen_audit/
      fi
  artifacts:
    when: always
    expose_as: gk report
    paths: [mcen_audit/]
    reports:
      codequality: gl-code-quality-report.json
      junit: gk.junit.xml
"""

FILES = {
    PRE_COMMIT_FILE: PRE_COMMIT,
    "gk.toml": SETTINGS,
    ".github/workflows/gk.yml": GITHUB,
    ".gitlab/gk.gitlab-ci.yml": GITLAB,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def run(options: argparse.Namespace) -> int:
    """Writes what is missing at the top of the repository."""
    repository = open_repository()
    if not repository.worktree:
        raise GkError("gk init needs a work tree, and this repository is bare")
    lines = [_write(Path(repository.worktree), name, text) for name, text in FILES.items()]
    lines.append("next: pre-commit install (or, without the framework: gk hook install), then commit these files")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _write(root: Path, name: str, text: str) -> str:
    path = root / name
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
        return f"wrote    {name}"
    if name == PRE_COMMIT_FILE:
        return _extend(path)
    return f"kept     {name}: it is there already"


def _extend(path: Path) -> str:
    """Adds our entry at the end of the list of repositories, where the file's form leaves no doubt where that is."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GkError(f"{printable(str(path))}: cannot be read: {error}") from None
    if re.search(r"^\s*(?:- )?id: gk\b", text, re.M):
        return f"kept     {PRE_COMMIT_FILE}: it runs gk already"
    last_key = [match[1] for match in re.finditer(r"^([A-Za-z_]+):", text, re.M)][-1:]
    item = re.search(r"^( *)- repo:", text, re.M)
    if last_key != ["repos"] or item is None:
        return f"kept     {PRE_COMMIT_FILE}: add this under repos:\n{HOOK.rstrip()}"
    indent = item[1]
    hook = "".join(indent + line[2:] + "\n" for line in HOOK.splitlines())
    replace_file(path, text.rstrip("\n") + "\n" + hook)
    return f"extended {PRE_COMMIT_FILE}: added gk at the end of repos"
