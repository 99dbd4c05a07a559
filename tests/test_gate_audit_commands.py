"""``gk mcp verify`` and ``gk mcp prove``, as a reviewer uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gk_hooks.cli import main
from gk_hooks.evidence.keys import parse_signing_key, write_key_pair
from gk_hooks.evidence.merkle import leaf_hash
from gk_hooks.gate.audit import AuditLog
from gk_hooks.gate.audit.records import encode

KEY = parse_signing_key("11" * 32, "example.com/agents")
NOT_FULLY = (
    "NOT FULLY VERIFIED: nothing is wrong, but not every record is vouched for by a key that you trust (exit code 2)"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """A folder with a signed log of four records and the keys."""
    monkeypatch.chdir(tmp_path)
    write_key_pair(KEY, tmp_path / "audit.key", tmp_path / "audit.key.pub")
    write_key_pair(parse_signing_key("22" * 32, "example.com/x"), tmp_path / "x.key", tmp_path / "x.key.pub")
    with AuditLog.open(tmp_path / "audit.jsonl", digest_key=bytes(32), key=KEY) as audit:
        audit.outcome(audit.intent({"tool": "echo"}), {"result": "ok"})
    return tmp_path


def told(capsys, *words: str) -> tuple[int, list[str]]:
    code = main(["mcp", *words])
    return code, capsys.readouterr().out.splitlines()


def test_verify_says_how_far_a_log_is_vouched_for(folder: Path, capsys) -> None:
    code, lines = told(capsys, "verify", "--audit", "audit.jsonl", "--pubkey-file", "audit.key.pub")
    assert (code, lines[:2], lines[3:]) == (
        0,
        [
            "4 records hold together; 4 of them are under a checkpoint that fits",
            "authentic: a key that you trust has signed all of them",
        ],
        ["", "VERIFIED: a key that you trust vouches for every record (exit code 0)"],
    )


def test_verify_does_not_vouch_for_what_came_after_the_last_checkpoint(folder: Path, capsys) -> None:
    last = json.loads((folder / "audit.jsonl").read_bytes().splitlines()[-1])
    leaf = leaf_hash((folder / "audit.jsonl").read_bytes().splitlines()[-1])
    with (folder / "audit.jsonl").open("ab") as log:
        log.write(encode(last["seq"] + 1, "event", {"tool": "echo"}, leaf) + b"\n")
    code, lines = told(capsys, "verify", "--audit", "audit.jsonl", "--pubkey-file", "audit.key.pub")
    assert (code, lines[:2], lines[-1]) == (
        2,
        [
            "5 records hold together; 4 of them are under a checkpoint that fits",
            "authentic: a key that you trust has signed the first 4, and not the rest",
        ],
        NOT_FULLY,
    )


def test_verify_without_a_key_says_what_that_leaves_open(folder: Path, capsys) -> None:
    code, lines = told(capsys, "verify", "--audit", "audit.jsonl")
    assert (code, lines[1], lines[-1]) == (
        2,
        "not authenticated: without --pubkey-file, a log rewritten together with its checkpoints looks the same",
        NOT_FULLY,
    )


@pytest.mark.parametrize(
    ("words", "damage", "first"),
    (
        pytest.param(
            ("--pubkey-file", "audit.key.pub"),
            lambda path: path.write_bytes(path.read_bytes().replace(b"echo", b"evil")),
            "FAILED: line 2: its checksum does not fit: it was edited or damaged",
            id="an edited log",
        ),
        pytest.param(
            ("--pubkey-file", "x.key.pub"),
            lambda path: None,
            "FAILED: the checkpoint over 1 records in audit.jsonl.checkpoints: signed by example.com/agents+",
            id="somebody else's log",
        ),
        pytest.param((), lambda path: path.unlink(), "FAILED: the log audit.jsonl is missing", id="no log any more"),
    ),
)
def test_verify_fails_in_one_line(folder: Path, capsys, words, damage, first: str) -> None:
    damage(folder / "audit.jsonl")
    code, lines = told(capsys, "verify", "--audit", "audit.jsonl", *words)
    assert code == 1 and lines[0].startswith(first)
    assert lines[1:][-1] == "NOT VERIFIED: something is wrong (exit code 1)"
    assert not any("hold together" in line for line in lines)


def test_verify_of_nothing_is_an_error(tmp_path: Path, capsys) -> None:
    assert main(["mcp", "verify", "--audit", str(tmp_path / "none.jsonl")]) == 3
    assert "there is no audit log at" in capsys.readouterr().err


def test_a_proof_is_written_and_checked(folder: Path, capsys) -> None:
    code, lines = told(capsys, "prove", "1", "--audit", "audit.jsonl", "--out", "one.tlog-proof")
    assert (code, lines) == (0, ["wrote the proof of record 1 to one.tlog-proof"])
    code, lines = told(capsys, "prove", "--check", "one.tlog-proof", "--pubkey-file", "audit.key.pub")
    assert (code, lines[0]) == (0, "OK: record 1 of 4 in the log example.com/agents")
    assert json.loads(lines[1])["tool"] == "echo"


def test_a_proof_of_a_stranger_or_a_changed_one_fails(folder: Path, capsys) -> None:
    proof = folder / "one.tlog-proof"
    told(capsys, "prove", "1", "--audit", "audit.jsonl", "--out", str(proof))
    code, lines = told(capsys, "prove", "--check", str(proof), "--pubkey-file", "x.key.pub")
    assert code == 1 and lines[0].startswith("FAILED: signed by example.com/agents+")
    proof.write_text(proof.read_text(encoding="utf-8").replace("index 1", "index 2"), encoding="utf-8", newline="\n")
    code, lines = told(capsys, "prove", "--check", str(proof), "--pubkey-file", "audit.key.pub")
    assert (code, lines[0]) == (1, "FAILED: the record does not stand at index 2 of the log example.com/agents")


@pytest.mark.parametrize(
    ("words", "message"),
    (
        pytest.param(("prove",), "say which record of which log", id="no record"),
        pytest.param(("prove", "--check", "x"), "say whom you trust", id="no key"),
        pytest.param(("prove", "9", "--audit", "audit.jsonl"), "there is no record 9", id="beyond the end"),
        pytest.param(("verify", "--audit", "audit.jsonl", "--pubkey-file", "audit.key"), "private key", id="wrong key"),
    ),
)
def test_what_cannot_be_done_is_one_line(folder: Path, capsys, words, message: str) -> None:
    assert main(["mcp", *words]) == 3
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
