"""gk audit's packet and gk verify: what is made again, what is found, and what cannot be checked."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from git_repo import GitRepo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_toto_attestation.v1.statement_pb2 import Statement
from securesystemslib.dsse import Envelope

from gk_hooks.cli import main
from gk_hooks.errors import GkError
from gk_hooks.evidence import dsse
from gk_hooks.evidence.keys import VerifierKey, generate, read_verifier_keys
from gk_hooks.gate.audit import read_records
from gk_hooks.gate.audit.verify import verify_log
from gk_hooks.pipeline import packet as packets
from gk_hooks.verify import verify
from gk_hooks.verify.checks import Check, Outcome, exit_code

EVIL = 'import requests\nrequests.get("http://evil.example/")\n'
RISKY = "import requests\nrequests.get(url)\n"

NAMES = {
    ".gitignore",
    "configuration.json",
    "coverage.csv",
    "manifest.json",
    "report.json",
    "report.md",
    "statement.json",
}
SIGNED = {"statement.dsse.json", "statement.pub"}


@pytest.fixture
def release(repo: GitRepo) -> GitRepo:
    """A repository with a release of a few files."""
    repo.stage("src/agent.py", EVIL)
    repo.stage("src/calm.py", "x = 1\n")
    repo.stage("run.sh", "ls\n")
    repo.stage("=2+2.py", "x = 1\n")
    repo.commit("one")
    repo.git("tag", "v1.0")
    return repo


@pytest.fixture
def audit(release: GitRepo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Path]:
    """Audits the release, with more arguments if need be, and returns the packet's folder."""

    def run(*arguments: str, tag: str = "v1.0", folder: str = "packet") -> Path:
        code = main(["audit", tag, "--output-dir", str(tmp_path / folder), "-q", *arguments])
        assert code in (0, 1, 2), capsys.readouterr().err
        return tmp_path / folder

    return run


@pytest.fixture
def keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A private key; its public half lies beside it as release.pub."""
    assert main(["keygen", "example.com/release", "--output", str(tmp_path / "release.key")]) == 0
    capsys.readouterr()
    return tmp_path / "release.key"


def public(key: Path) -> tuple[VerifierKey, ...]:
    return read_verifier_keys(key.with_suffix(".pub"))


def lines(checks: Sequence[Check]) -> list[str]:
    """All that is not right, one line each."""
    return [f"{check.outcome.value}: {check.subject}: {check.text}" for check in checks if check.outcome.value != "ok"]


def told(folder: Path, keys: Sequence[VerifierKey] = (), repository: str | None = None) -> list[str]:
    return lines(list(verify(folder, keys=keys, repository=repository)))


def finds_it(folder: Path, keys: Sequence[VerifierKey]) -> bool:
    """Whether anything is wrong; stops there, since scanning again takes its time."""
    return any(check.outcome is Outcome.WRONG for check in verify(folder, keys=keys))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- what is in a packet


def test_a_packet_holds_its_files(audit: Callable[..., Path], keys: Path) -> None:
    assert names(audit()) - {"report.html", "report.sarif", "report.hdf.json"} == NAMES
    signed = audit("--key", str(keys))
    assert names(signed) - {"report.html", "report.sarif", "report.hdf.json"} == NAMES | SIGNED
    assert names(audit()) - {"report.html", "report.sarif", "report.hdf.json"} == NAMES, "what is stale goes"


def test_the_key_may_come_from_the_environment(
    audit: Callable[..., Path], keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GK_SIGNING_KEY", keys.read_text())
    assert told(audit(), public(keys)) == []


def test_the_statement_is_one_for_in_toto(audit: Callable[..., Path], release: GitRepo) -> None:
    document = json.loads((audit() / "statement.json").read_text())
    statement = Statement()
    from google.protobuf.json_format import ParseDict

    ParseDict(document, statement)
    assert statement.type == "https://in-toto.io/Statement/v1"
    assert statement.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
    subjects = {each.name: dict(each.digest) for each in statement.subject}
    assert subjects["commit"] == {"gitCommit": release.id("v1.0")}
    assert subjects["tree"] == {"gitTree": release.id("v1.0^{tree}")}
    assert {"report.json", "report.md", "manifest.json", "coverage.csv"} <= subjects.keys()
    assert all(each.uri or each.digest or each.content for each in statement.subject)


@pytest.mark.parametrize(
    ("text", "result", "failed", "warned"),
    (
        pytest.param(EVIL, "FAILED", ["NET001"], [], id="a blocker fails"),
        pytest.param(RISKY, "WARNED", [], ["NET002"], id="a review item warns"),
        pytest.param("x = 1\n", "PASSED", [], [], id="nothing passes"),
    ),
)
def test_the_three_decisions_are_the_three_results(
    audit: Callable[..., Path], release: GitRepo, text: str, result: str, failed: list[str], warned: list[str]
) -> None:
    release.stage("src/agent.py", text)
    release.commit("two")
    predicate = json.loads((audit(tag="HEAD") / "statement.json").read_text())["predicate"]
    assert (predicate["result"], predicate["failedTests"], predicate["warnedTests"]) == (result, failed, warned)
    assert not {*failed, *warned} & set(predicate["passedTests"])


def test_another_library_verifies_the_envelope(audit: Callable[..., Path], keys: Path) -> None:
    from securesystemslib.signer import SSlibKey

    text = (audit("--key", str(keys)) / "statement.dsse.json").read_text()
    key = public(keys)[0]
    theirs = SSlibKey(dsse.key_id(key), "ed25519", "ed25519", {"public": key.public.hex()})
    envelope = Envelope.from_dict(json.loads(text))
    assert envelope.verify([theirs], 1)
    assert envelope.pae() == dsse.pre_authentication(envelope.payload_type, envelope.payload)


@pytest.mark.parametrize(
    ("kind", "payload"), (("", b""), ("a b", b"c d"), ("é", "é".encode()), ("t", b"\0\n 1 2"), (dsse.IN_TOTO, b"{}"))
)
def test_the_encoding_that_is_signed(kind: str, payload: bytes) -> None:
    assert Envelope(payload, kind, {}).pae() == dsse.pre_authentication(kind, payload)


def test_the_ledger_is_a_table_without_formulas(audit: Callable[..., Path]) -> None:
    with (audit() / "coverage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == ["./=2+2.py", "./run.sh", "./src/agent.py", "./src/calm.py"]
    assert {row["status"] for row in rows} == {"analyzed"}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]


# --- what is verified


def test_a_signed_packet_verifies(audit: Callable[..., Path], keys: Path) -> None:
    checks = list(verify(audit("--key", str(keys)), keys=public(keys)))
    assert lines(checks) == []
    assert exit_code(checks) == 0
    assert [check.subject for check in checks] == [
        *("files", "statement", "signature"),
        *("commit", "tag", "settings", "rule pack", "contents", "findings", "reports"),
    ]


def test_an_unsigned_packet_is_never_fully_verified(audit: Callable[..., Path]) -> None:
    checks = list(verify(audit()))
    assert lines(checks) == [
        "not checked: signature: the packet is not signed: nothing vouches for when and where it was made"
    ]
    assert exit_code(checks) == 2


def test_without_a_key_a_signature_counts_for_nothing(audit: Callable[..., Path], keys: Path) -> None:
    (line,) = told(audit("--key", str(keys)))
    assert line.startswith("not checked: signature: it fits the statement, but example.com/release+")
    assert line.endswith("is the packet's own word (statement.pub); say with --key which key you trust")


@pytest.mark.parametrize(
    "arguments",
    (
        pytest.param(["--profile", "mcen_strict"], id="another profile"),
        pytest.param(["--exclude", "src/**"], id="what is left out"),
        pytest.param(["--include", "*.py", "--max-file-size", "20"], id="what is let in, and how large"),
        pytest.param(["--no-config"], id="no settings file"),
    ),
)
def test_settings_of_the_command_line_are_known_again(
    audit: Callable[..., Path], keys: Path, arguments: list[str]
) -> None:
    assert told(audit("--key", str(keys), *arguments), public(keys)) == []


def test_an_allowlist_from_elsewhere_travels_with_the_packet(
    audit: Callable[..., Path], keys: Path, release: GitRepo, tmp_path: Path
) -> None:
    entry = {"exact": "ls -l", "path_glob": "*.py", "justification": "listing", "approved_by": "me"}
    allowlist = tmp_path / "allow.json"
    allowlist.write_text(json.dumps({"entries": [entry]}))
    release.commit("two", b_py='import os\nos.system("ls -l")\n')
    folder = audit("--key", str(keys), "--allowlist", str(allowlist), tag="HEAD")
    allowlist.unlink()
    assert told(folder, public(keys)) == []
    (folder / "allowlist.used.json").write_text("{}")
    assert told(folder, public(keys))[0].startswith("WRONG: files: allowlist.used.json was altered")


def test_a_baseline_that_expired_since_is_judged_by_the_day_of_the_audit(
    audit: Callable[..., Path], keys: Path, release: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date(2999, 12, 31)

    words = ["--reason", "known", "--by", "me", "--expires", "2999-01-01"]
    assert main(["baseline", "create", *words]) == 0
    release.git("add", "-A")
    release.commit("accept")
    folder = audit("--key", str(keys), tag="HEAD")
    monkeypatch.setattr("gk_hooks.pipeline.targets.date", Later)
    assert len(json.loads((folder / "report.json").read_text())["baseline"]["honoured"]) == 1
    assert told(folder, public(keys)) == []


def test_a_bare_clone_and_another_folder_will_do(
    audit: Callable[..., Path], keys: Path, release: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = audit("--key", str(keys))
    release.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path)
    assert told(folder, public(keys), str(tmp_path / "bare")) == []
    (line,) = told(folder, public(keys))
    assert line.startswith("not checked: repository: ")


def test_our_own_tracked_output_is_left_out_again(audit: Callable[..., Path], keys: Path, release: GitRepo) -> None:
    release.stage("mcen_audit/old.py", EVIL)
    release.commit("two")
    folder = release.path / "mcen_audit"
    assert main(["audit", "HEAD", "-q", "--key", str(keys)]) == 1
    (folder / "old.py").unlink()
    assert told(folder, public(keys)) == []


def test_packets_stand_in_one_log(audit: Callable[..., Path], keys: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    first = audit("--key", str(keys), "--log", str(log), folder="first")
    second = audit("--key", str(keys), "--log", str(log), folder="second")
    for folder, number in ((first, 1), (second, 4)):
        checks = list(verify(folder, keys=public(keys)))
        assert lines(checks) == []
        told = next(check.text for check in checks if check.subject == "log")
        assert told.startswith(f"record {number} of {number + 1} in the log example.com/release is this envelope")
    assert verify_log(log, keys=public(keys)).problems == []
    kinds = [record["kind"] for record in read_records(log)]
    assert kinds == ["start", "event", "stop"] * 2


def test_without_a_key_a_proof_counts_for_nothing(audit: Callable[..., Path], keys: Path, tmp_path: Path) -> None:
    checks = list(verify(audit("--key", str(keys), "--log", str(tmp_path / "log.jsonl"))))
    assert [check.subject for check in checks if check.outcome.value == "not checked"] == ["signature", "log"]


def test_a_log_needs_a_key(audit: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "v1.0", "--log", str(tmp_path / "log.jsonl")]) == 3
    assert capsys.readouterr().err == "gk: --log needs a key that signs: --key FILE, or $GK_SIGNING_KEY\n"


# --- what is found


def test_the_proof_of_another_packet_is_told(audit: Callable[..., Path], keys: Path, tmp_path: Path) -> None:
    log = ("--log", str(tmp_path / "log.jsonl"))
    first = audit("--key", str(keys), *log, folder="first")
    second = audit("--key", str(keys), *log, "--profile", "mcen_strict", folder="second")
    shutil.copy(first / "statement.tlog-proof", second)
    expected = "WRONG: log: record 1 of example.com/release is of another packet"
    assert told(second, public(keys)) == [expected]
    (second / "statement.tlog-proof").unlink()
    assert told(second, public(keys))[0] == "WRONG: files: statement.tlog-proof is missing"


def test_any_altered_byte_of_any_file_is_found(audit: Callable[..., Path], keys: Path, tmp_path: Path) -> None:
    folder = audit("--key", str(keys), "--log", str(tmp_path / "log.jsonl"))
    trusted = public(keys)
    contents = {path: path.read_bytes() for path in sorted(folder.iterdir())}

    @settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(contents)), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
    def altered(path: Path, where: float, mask: int) -> None:
        data = bytearray(contents[path])
        data[int(where * len(data))] ^= mask
        path.write_bytes(data)
        try:
            assert finds_it(folder, trusted), (path.name, int(where * len(data)), mask)
        except GkError as error:
            assert "version" in str(error)
        finally:
            path.write_bytes(contents[path])

    altered()
    assert told(folder, trusted) == []


@pytest.mark.parametrize("change", (lambda data: data[:-1], lambda data: data + b"\n", lambda data: b""))
def test_a_shortened_or_lengthened_file_is_found(
    audit: Callable[..., Path], keys: Path, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    folder = audit("--key", str(keys), "--log", str(tmp_path / "log.jsonl"))
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        path.write_bytes(change(before))
        assert finds_it(folder, public(keys)), path.name
        path.write_bytes(before)


def test_missing_extra_and_altered_files_are_told_apart(audit: Callable[..., Path], keys: Path) -> None:
    folder = audit("--key", str(keys))
    (folder / "report.md").write_text("all is well")
    (folder / "coverage.csv").unlink()
    (folder / "statement.dsse.json").unlink()
    (folder / "notes\x1b[2J.txt").write_text("hello")
    (folder / "sub").mkdir()
    assert told(folder, public(keys))[:5] == [
        "WRONG: files: coverage.csv is missing",
        "WRONG: files: statement.dsse.json is missing",
        "WRONG: files: notes\\x1b[2J.txt does not belong to the packet",
        "WRONG: files: sub does not belong to the packet",
        "WRONG: files: report.md was altered: its SHA-256 is not the one in statement.json",
    ]


def forge(folder: Path, name: str, old: str, new: str) -> None:
    """Alters a file and makes the statement fit again, as somebody without the key could."""
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    left_out = {packets.STATEMENT, packets.ENVELOPE, ".gitignore"}
    files = {each.name: each.read_bytes() for each in folder.iterdir() if each.name not in left_out}
    signer = json.loads((folder / packets.STATEMENT).read_text())["predicate"]["urn:gk:packet:1"]["signer"]
    (folder / packets.STATEMENT).write_bytes(packets.state(files, signer=signer))


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    (
        pytest.param(
            "report.json",
            '"severity": "blocker"',
            '"severity": "low"',
            "findings: scanned again, 1 of the report are not found and 1 others are, first src/agent.py:2 NET001",
            id="a finding made harmless",
        ),
        pytest.param(
            "report.json",
            '"decision": "FAIL"',
            '"decision": "PASS"',
            "findings: scanned again, the decision is FAIL",
            id="a decision turned",
        ),
        pytest.param("report.md", "FAIL", "PASS", "reports: made again, these differ: report.md", id="the page alone"),
        pytest.param(
            "manifest.json",
            '"path": "src/calm.py"',
            '"path": "src/other.py"',
            "contents: src/other.py is not in scope of the commit",
            id="a file under another name",
        ),
        pytest.param(
            "configuration.json",
            '"exclude":[]',
            '"exclude":["src"]',
            "settings: configuration.json is not what the report's config_hash says",
            id="other settings",
        ),
        pytest.param(
            "coverage.csv", "analyzed", "skipped", "reports: made again, these differ: coverage.csv", id="the ledger"
        ),
    ),
)
def test_a_forged_packet_does_not_follow_from_the_commit(
    audit: Callable[..., Path], name: str, old: str, new: str, complaint: str
) -> None:
    folder = audit()
    forge(folder, name, old, new)
    assert f"WRONG: {complaint}" in told(folder)


def test_a_report_that_is_none_is_told(audit: Callable[..., Path]) -> None:
    folder = audit()
    statement = json.loads((folder / packets.STATEMENT).read_text())
    (folder / packets.REPORT).write_text("[]")
    for subject in statement["subject"]:
        if subject["name"] == packets.REPORT:
            subject["digest"]["sha256"] = packets.sha256(b"[]")
    (folder / packets.STATEMENT).write_text(json.dumps(statement))
    expected = "WRONG: statement: is not what report.json and the digests lead to: one of them was altered"
    assert told(folder)[0] == expected


def test_a_forged_statement_does_not_fit_the_signature(audit: Callable[..., Path], keys: Path) -> None:
    folder = audit("--key", str(keys))
    forge(folder, "report.json", '"hostname": "', '"hostname": "not-')
    expected = "WRONG: signature: statement.dsse.json holds another statement than statement.json"
    assert expected in told(folder, public(keys))


def test_a_signature_taken_away_with_its_trace_is_missed_where_a_key_is_given(
    audit: Callable[..., Path], keys: Path
) -> None:
    assert told(audit(), public(keys)) == ["WRONG: signature: a key was given, but the packet is not signed"]


def test_an_unknown_key_is_told(audit: Callable[..., Path], keys: Path) -> None:
    stranger = generate("example.com/other").verifier
    (line,) = told(audit("--key", str(keys)), [stranger])
    signer, trusted = (dsse.key_id(key) for key in (*public(keys), stranger))
    assert line == f"WRONG: signature: signed by {signer}, an unknown key: trusted is {trusted}"


def test_a_key_of_the_same_name_is_another_key(audit: Callable[..., Path], keys: Path) -> None:
    assert "an unknown key" in told(audit("--key", str(keys)), [generate("example.com/release").verifier])[0]


def test_the_wrong_repository_is_told(audit: Callable[..., Path], new_repo: Callable[..., GitRepo]) -> None:
    folder = audit()
    other = new_repo("other")
    other.commit("x", a_py="x = 1\n")
    lines = told(folder, repository=str(other.path))
    assert lines[-1].startswith("WRONG: commit: ")
    assert lines[-1].endswith("is it the repository that was audited?")


def test_a_moved_tag_is_told(audit: Callable[..., Path], release: GitRepo) -> None:
    folder = audit()
    release.git("tag", "-f", "v1.0", release.commit("two"))
    (line,) = told(folder)[1:]
    assert line == f"WRONG: tag: v1.0 names {release.id('HEAD')} here, not the commit that was audited"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    (
        pytest.param("statement.json", "urn:gk:packet:1", "urn:gk:packet:2", "has version 2", id="of the packet"),
        pytest.param("report.json", '"schema_version": 1', '"schema_version": 9', "newer than 1", id="of the report"),
    ),
)
def test_a_newer_version_is_told(
    audit: Callable[..., Path], name: str, old: str, new: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = audit()
    if name == "report.json":
        forge(folder, name, old, new)
    else:
        (folder / name).write_text((folder / name).read_text().replace(old, new))
    capsys.readouterr()
    assert main(["verify", str(folder)]) == 3
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_another_rule_pack_is_not_called_wrong(audit: Callable[..., Path]) -> None:
    folder = audit()
    tool = json.loads((folder / "report.json").read_text())["tool"]
    for name in ("report.json", "manifest.json"):
        forge(folder, name, tool["rulepack_hash"], "0" * 64)
    assert [line.split(":")[:2] for line in told(folder)] == [
        ["not checked", " signature"],
        ["not checked", " rule pack"],
        ["not checked", " reports"],
    ]


@pytest.mark.parametrize(
    ("prepare", "message"),
    (
        pytest.param(lambda folder: shutil.rmtree(folder), "cannot be read", id="no folder"),
        pytest.param(lambda folder: (folder / "statement.json").unlink(), "holds no statement.json", id="no statement"),
    ),
)
def test_what_is_no_packet_is_one_line(
    audit: Callable[..., Path], capsys: pytest.CaptureFixture[str], prepare: Callable[[Path], None], message: str
) -> None:
    folder = audit()
    prepare(folder)
    capsys.readouterr()
    assert main(["verify", str(folder)]) == 3
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_command_prints_each_check_and_the_verdict(
    audit: Callable[..., Path], keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = audit("--key", str(keys))
    capsys.readouterr()
    assert main(["verify", str(folder), "--key", str(keys.with_suffix(".pub"))]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "VERIFIED: everything was checked (10 of 10 checks, exit code 0)"
    assert all(line.startswith("ok ") for line in printed[:-2])
