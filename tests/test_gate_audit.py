"""The tool gate's audit log: what it writes, what it survives, and what verifying it finds."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scanning import ROOT

from gk_hooks.evidence.keys import generate, parse_signing_key
from gk_hooks.gate.audit import AuditError, AuditLog, load_digest_key, log, read_records
from gk_hooks.gate.audit.prove import check, prove
from gk_hooks.gate.audit.records import decode, encode
from gk_hooks.gate.audit.verify import Verification, verify_log

KEY = parse_signing_key("11" * 32, "example.com/agents")
OTHER = parse_signing_key("22" * 32, "example.com/agents")
SECRET = bytes(32)


def opened(path: Path, **options) -> AuditLog:
    return AuditLog.open(path, digest_key=SECRET, **{"key": KEY, **options})


def write_calls(path: Path, count: int, **options) -> None:
    with opened(path, **options) as audit:
        for number in range(count):
            audit.outcome(audit.intent({"tool": "echo", "n": number}), {"result": "ok"})


def problems(path: Path, **options) -> list[str]:
    return verify_log(path, **{"keys": [KEY.verifier], **options}).problems


def kinds(path: Path) -> list[str]:
    return [record["kind"] for record in read_records(path)]


@pytest.fixture
def audit_path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_records_say_what_happened_and_the_log_verifies(audit_path: Path) -> None:
    write_calls(audit_path, 2, about={"policy": "sha256:abc"})
    first, *rest = read_records(audit_path)
    assert (first["origin"], first["policy"], first["vkey"]) == ("example.com/agents", "sha256:abc", KEY.verifier.text)
    assert [(each["seq"], each["kind"], each.get("of")) for each in rest] == [
        (1, "intent", None),
        (2, "outcome", 1),
        (3, "intent", None),
        (4, "outcome", 3),
        (5, "stop", None),
    ]
    found = verify_log(audit_path, keys=[KEY.verifier])
    assert found == Verification(records=6, root=found.root, covered=6, authenticated=6)


def test_every_line_is_json_for_other_tools(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    lines = audit_path.read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [0, 1, 2, 3]


def test_a_log_goes_on_where_it_ended(audit_path: Path) -> None:
    for _ in range(3):
        write_calls(audit_path, 1)
    assert kinds(audit_path) == ["start", "intent", "outcome", "stop"] * 3
    assert problems(audit_path) == []


def test_a_start_reads_no_record_that_a_checkpoint_covers(audit_path: Path, monkeypatch) -> None:
    write_calls(audit_path, 50)
    lines: list[bytes] = []
    monkeypatch.setattr("gk_hooks.gate.audit.files.decode", lambda line: lines.append(line) or decode(line))
    with opened(audit_path) as audit:
        assert lines == []
        assert audit.intent({}) == 103
    assert problems(audit_path) == []


@pytest.mark.parametrize(
    "state",
    (
        pytest.param(None, id="none"),
        pytest.param("", id="an empty one"),
        pytest.param('{"size":3,"end":9,"last_start":1,"peaks":["AAAA"]}', id="one that does not fit"),
        pytest.param('{"size":-1,"end":9,"last_start":1,"peaks":[]}', id="a negative size"),
        pytest.param("[" * 100_000, id="deep nesting"),
    ),
)
def test_a_log_is_taken_up_again_with_any_state_file(audit_path: Path, state: str | None) -> None:
    write_calls(audit_path, 3)
    place = audit_path.with_name("audit.jsonl.state")
    place.unlink()
    if state is not None:
        place.write_text(state)
    write_calls(audit_path, 1)
    assert problems(audit_path) == []


def changed(lines: list[bytes], how: str) -> list[bytes]:
    match how:
        case "edit":
            return [*lines[:2], lines[2].replace(b"ok", b"no"), *lines[3:]]
        case "swap":
            return [*lines[:2], lines[3], lines[2], *lines[4:]]
        case "remove":
            return [*lines[:2], *lines[3:]]
        case "repeat":
            return [*lines[:3], lines[2], *lines[3:]]
        case "cut":
            return lines[:-2]
        case "skilful edit":
            return relinked([*lines[:2], lines[2].replace(b"ok", b"no"), *lines[3:]])
        case "skilful removal":
            return relinked([*lines[:2], *lines[3:]])
        case "everything":
            return relinked([line.replace(b"echo", b"evil") for line in lines])
    raise AssertionError(how)


def relinked(lines: list[bytes]) -> list[bytes]:
    """Numbers, links and checksums made anew, as somebody would who knows the format and not the key."""
    from gk_hooks.evidence.merkle import EMPTY_ROOT, leaf_hash

    done, leaf = [], EMPTY_ROOT
    for number, line in enumerate(lines):
        fields = json.loads(line)
        rest = {name: value for name, value in fields.items() if name not in ("seq", "time", "kind", "prev", "crc")}
        done.append(encode(number, fields["kind"], rest, leaf) + b"\n")
        leaf = leaf_hash(done[-1][:-1])
    return done


@pytest.mark.parametrize(
    ("how", "message"),
    (
        pytest.param("edit", "line 3: its checksum does not fit", id="an edit"),
        pytest.param("swap", "line 3 holds record 3 where record 2 belongs", id="two records swapped"),
        pytest.param("remove", "line 3 holds record 3 where record 2 belongs", id="a record removed"),
        pytest.param("repeat", "line 4 holds record 2 where record 3 belongs", id="a record repeated"),
        pytest.param("cut", "it was cut short or rolled back", id="the end cut off"),
        pytest.param(
            "skilful edit", "does not fit the log: records before it were changed", id="an edit with all links"
        ),
        pytest.param("skilful removal", "it was cut short or rolled back", id="a removal with all links"),
        pytest.param(
            "everything", "does not fit the log: records before it were changed", id="the whole log rewritten"
        ),
    ),
)
@pytest.mark.parametrize("key", (pytest.param(KEY, id="signed"), pytest.param(None, id="unsigned")))
def test_tampering_is_found_and_named(audit_path: Path, how: str, message: str, key) -> None:
    write_calls(audit_path, 3, key=key)
    audit_path.write_bytes(b"".join(changed(audit_path.read_bytes().splitlines(keepends=True), how)))
    keys = [KEY.verifier] if key else []
    assert any(message in problem for problem in problems(audit_path, keys=keys))


def test_a_log_rewritten_together_with_its_checkpoints_is_found_by_the_key_alone(audit_path: Path) -> None:
    write_calls(audit_path, 3)
    forged = audit_path.with_name("forged.jsonl")
    write_calls(forged, 3, key=OTHER)
    shutil.copy(forged, audit_path)
    shutil.copy(f"{forged}.checkpoints", f"{audit_path}.checkpoints")
    assert "by no key that is trusted here" in problems(audit_path)[0]
    assert verify_log(audit_path).problems == []
    assert verify_log(audit_path).authenticated == 0


def test_a_rolled_back_log_is_found_by_a_checkpoint_kept_elsewhere(audit_path: Path, tmp_path: Path) -> None:
    write_calls(audit_path, 1)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    write_calls(audit_path, 1)
    kept = tmp_path / "kept.note"
    kept.write_bytes(audit_path.with_name("audit.jsonl.checkpoints").read_bytes())
    for path, content in before.items():
        path.write_bytes(content)
    assert problems(audit_path) == []
    assert problems(audit_path, older=[kept])[-1] == (
        "the log holds 4 records, but the checkpoint over 8 records in kept.note vouches for more: it was cut short or"
        " rolled back"
    )


@pytest.mark.parametrize(
    ("remove", "message"),
    (
        pytest.param("audit.jsonl", "is missing, and there are checkpoints of it", id="the log"),
        pytest.param("audit.jsonl.checkpoints", "there is no checkpoint", id="the checkpoints"),
    ),
)
def test_a_missing_file_is_no_empty_one(audit_path: Path, remove: str, message: str) -> None:
    write_calls(audit_path, 1)
    audit_path.with_name(remove).unlink()
    assert any(message in problem for problem in problems(audit_path))


def test_an_emptied_log_is_found(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    audit_path.write_bytes(b"")
    assert "cut short or rolled back" in problems(audit_path)[0]


@pytest.mark.parametrize(
    "content", (pytest.param(None, id="no log"), pytest.param(b"", id="an empty log without a checkpoint"))
)
def test_nothing_is_never_verified(audit_path: Path, content: bytes | None) -> None:
    if content is not None:
        audit_path.write_bytes(content)
    with pytest.raises(AuditError, match=r"there is no audit log|holds no record"):
        verify_log(audit_path)


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "audit.jsonl"
    write_calls(path, 4)
    return path


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_and_any_other_order_is_found(sample: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(sample.read_bytes())
    if data.draw(st.booleans()):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        lines = bytes(content).splitlines(keepends=True)
        order = data.draw(st.permutations(range(len(lines))).filter(lambda order: order != sorted(order)))
        content = bytearray(b"".join(lines[place] for place in order))
    changed_log = tmp_path / "changed.jsonl"
    changed_log.write_bytes(content)
    assert problems(changed_log, checkpoints=sample.with_name("audit.jsonl.checkpoints"))


@pytest.mark.parametrize("part", (pytest.param(1, id="one byte"), pytest.param(40, id="the middle of a record")))
def test_a_torn_tail_is_set_aside_and_noted(audit_path: Path, part: int) -> None:
    write_calls(audit_path, 1)
    torn = encode(4, "intent", {"tool": "echo"}, bytes(32))[:part]
    with audit_path.open("ab") as stream:
        stream.write(torn)
    assert verify_log(audit_path, keys=[KEY.verifier]).remarks == [
        f"the log ends in {part} bytes of a record that was never finished; it was passed over"
    ]
    with opened(audit_path) as audit:
        assert f"an interrupted write was found before record 4 (it is cut off); its {part} bytes" in audit.notices[0]
    assert audit_path.with_name("audit.jsonl.torn").read_bytes().endswith(torn)
    assert kinds(audit_path) == ["start", "intent", "outcome", "stop", "repair", "start", "stop"]
    assert problems(audit_path) == []


def test_a_block_of_zeros_behind_the_end_is_set_aside(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    with audit_path.open("ab") as stream:
        stream.write(bytes(512) + b"\n" + bytes(100))
    write_calls(audit_path, 1)
    assert problems(audit_path) == []
    assert "repair" in kinds(audit_path)


def test_a_record_torn_by_another_writer_is_set_aside_while_we_run(audit_path: Path) -> None:
    with opened(audit_path) as audit:
        with audit_path.open("ab") as stream:
            stream.write(b'{"seq":1,"ti')
        assert audit.intent({}) == 2
    assert kinds(audit_path) == ["start", "repair", "intent", "stop"]
    assert problems(audit_path) == []


@pytest.mark.parametrize(
    ("damage", "message"),
    (
        pytest.param(lambda path: path.write_bytes(b""), "it was cut short or replaced", id="emptied"),
        pytest.param(lambda path: path.unlink(), "it was cut short or replaced", id="deleted"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:-10]), "it was cut short or replaced", id="cut in a record"
        ),
        pytest.param(
            lambda path: path.write_bytes(b"".join(relinked(path.read_bytes().splitlines()))),
            "it was rewritten",
            id="rewritten",
        ),
    ),
)
def test_a_log_that_its_checkpoint_disowns_is_never_continued(audit_path: Path, damage, message: str) -> None:
    write_calls(audit_path, 2)
    damage(audit_path)
    with pytest.raises(AuditError, match=message):
        opened(audit_path)


def test_a_log_whose_checkpoints_are_gone_is_never_continued(audit_path: Path) -> None:
    write_calls(audit_path, 2)
    audit_path.with_name("audit.jsonl.checkpoints").unlink()
    with pytest.raises(AuditError, match=r"there are no checkpoints at .*; put them back"):
        opened(audit_path)


@pytest.mark.parametrize(
    ("act", "message"),
    (
        pytest.param(lambda path: os.truncate(path, 30), "was cut short while it was in use", id="cut short"),
        pytest.param(lambda path: path.unlink(), "was moved, deleted or replaced", id="deleted"),
        pytest.param(lambda path: path.rename(path.with_name("old")), "was moved, deleted", id="rotated away"),
    ),
)
@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody touch a file that is open")
def test_a_log_taken_away_while_in_use_is_an_error(audit_path: Path, act, message: str) -> None:
    audit = opened(audit_path)
    act(audit_path)
    with pytest.raises(AuditError, match=message):
        audit.intent({})
    with pytest.raises(AuditError):
        audit.close()


def test_a_signed_log_is_never_continued_unsigned_or_by_a_stranger(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    with pytest.raises(AuditError, match=r"is signed by example.com/agents.*; give that key"):
        opened(audit_path, key=None)
    with pytest.raises(AuditError, match="to change keys give the old one as the retiring key"):
        opened(audit_path, key=OTHER)


def test_a_new_key_is_vouched_for_by_the_one_it_replaces(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    write_calls(audit_path, 1, key=OTHER, retiring=KEY)
    write_calls(audit_path, 1, key=OTHER, retiring=KEY)
    assert kinds(audit_path)[4:9] == ["start", "key", "intent", "outcome", "stop"]
    assert kinds(audit_path).count("key") == 1
    assert verify_log(audit_path, keys=[KEY.verifier]).authenticated == len(kinds(audit_path))
    assert "by no key that is trusted here" in problems(audit_path, keys=[generate("example.com/x").verifier])[0]


def test_an_unsigned_log_says_so_and_still_shows_changes(audit_path: Path) -> None:
    with opened(audit_path, key=None) as audit:
        audit.intent({})
        assert "the audit log is not signed" in audit.notices[0]
    found = verify_log(audit_path)
    assert (found.problems, found.covered, found.authenticated) == ([], 3, 0)
    assert problems(audit_path) == ["no trusted key has signed the checkpoints over 1 records and later"]


def test_a_signature_of_ours_that_does_not_fit_stops_the_start(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    place = audit_path.with_name("audit.jsonl.checkpoints")
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("\n4\n", "\n3\n"), encoding="utf-8", newline="\n")
    with pytest.raises(AuditError, match=r"the signature of example.com/agents does not fit"):
        opened(audit_path)


WRITER = """
import sys
from pathlib import Path
from gk_hooks.gate.audit import AuditLog
with AuditLog.open(Path(sys.argv[1]), digest_key=bytes(32)) as audit:
    for number in range(int(sys.argv[2])):
        audit.outcome(audit.intent({"writer": sys.argv[3], "n": number}), {})
"""


def test_several_processes_write_one_exact_log(audit_path: Path) -> None:
    words = [sys.executable, "-c", WRITER, str(audit_path), "25"]
    writers = [subprocess.Popen([*words, name], cwd=ROOT, stderr=subprocess.PIPE) for name in "abc"]
    assert [writer.communicate()[1] for writer in writers] == [b""] * 3
    records = [record for record in read_records(audit_path) if record["kind"] == "intent"]
    assert {name: [r["n"] for r in records if r["writer"] == name] for name in "abc"} == {
        name: list(range(25)) for name in "abc"
    }
    assert verify_log(audit_path).problems == []


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_loses_no_intent_that_was_acknowledged(audit_path: Path) -> None:
    program = WRITER.replace("{})", "{}); print(number, flush=True)")
    words = [sys.executable, "-c", program, str(audit_path), "100000", "a"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        acknowledged = [int(next(writer.stdout)) for _ in range(20)][-1]
        writer.kill()
    assert max(record.get("n", -1) for record in read_records(audit_path)) >= acknowledged
    write_calls(audit_path, 1, key=None)
    assert verify_log(audit_path).problems == []


def test_threads_share_one_fsync(audit_path: Path, monkeypatch) -> None:
    with opened(audit_path) as audit:
        calls, inside, go = [], threading.Event(), threading.Event()
        real = os.fsync

        def slow(descriptor: int) -> None:
            calls.append(descriptor)
            inside.set()
            go.wait(10)
            real(descriptor)

        monkeypatch.setattr(log.os, "fsync", slow)
        seqs: list[int] = []
        threads = [threading.Thread(target=lambda: seqs.append(audit.intent({}))) for _ in range(9)]
        threads[0].start()
        inside.wait(10)
        for thread in threads[1:]:
            thread.start()
        while len(audit._queue) < 8:
            pass
        go.set()
        for thread in threads:
            thread.join()
        assert sorted(seqs) == list(range(1, 10))
        assert len(calls) == 2
    assert problems(audit_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists() or os.name == "nt", reason="needs a small file system or limits")
def test_a_full_disk_is_an_error_that_passes(audit_path: Path, monkeypatch) -> None:
    with opened(audit_path) as audit:
        real = os.write
        monkeypatch.setattr(os, "write", lambda fd, data: _half_then_full(real, fd, data))
        with pytest.raises(AuditError, match=r"cannot write the audit log .*audit\.jsonl: No space left on device"):
            audit.intent({"tool": "echo"})
        monkeypatch.undo()
        assert audit.intent({"tool": "echo"}) == 1
    assert problems(audit_path) == []
    assert kinds(audit_path) == ["start", "intent", "stop"]


def _half_then_full(real, descriptor: int, data) -> int:
    if len(data) > 60:
        return real(descriptor, bytes(data[:50]))
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_after_a_failed_fsync_the_log_is_not_trusted_any_more(audit_path: Path, monkeypatch) -> None:
    audit = opened(audit_path)

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(AuditError, match="Input/output error"):
        audit.intent({})
    monkeypatch.undo()
    with pytest.raises(AuditError, match="cannot be used any more: the disk did not take a record"):
        audit.intent({})
    audit.close()
    write_calls(audit_path, 1)
    assert problems(audit_path) == []


@pytest.mark.parametrize(
    ("path", "message"),
    (
        pytest.param("no/such\0name", "cannot open", id="an impossible name"),
        pytest.param(".", "cannot open the audit log", id="a folder"),
    ),
)
def test_a_bad_path_is_one_line(tmp_path: Path, path: str, message: str) -> None:
    with pytest.raises(AuditError, match=message):
        opened(tmp_path / path)


@pytest.mark.parametrize(
    ("fields", "message"),
    (
        pytest.param({"seq": 1}, "the audit log gives seq itself", id="a name of ours"),
        pytest.param({"x": float("nan")}, "cannot record this event", id="not a number"),
        pytest.param({"x": object()}, "cannot record this event", id="no JSON"),
    ),
)
def test_an_event_that_is_no_record_leaves_the_log_alone(audit_path: Path, fields, message: str) -> None:
    with opened(audit_path) as audit:
        with pytest.raises(AuditError, match=message):
            audit.intent(fields)
        assert audit.intent({"x": "\ud800 \u2028 \x1b[2J"}) == 1
    assert b"\x1b" not in audit_path.read_bytes()
    assert problems(audit_path) == []


def test_a_huge_event_is_cut_and_says_so(audit_path: Path) -> None:
    with opened(audit_path) as audit:
        audit.intent({"tool": "x" * 1_000_000, "rule": "r"})
    record = list(read_records(audit_path))[1]
    assert record["tool"].endswith("… (1000000 characters)") and len(record["tool"]) < 300
    assert record["rule"] == "r"


def test_checkpoints_come_with_the_records(audit_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(log, "RECORDS_BETWEEN_CHECKPOINTS", 10)
    with opened(audit_path) as audit:
        for _ in range(25):
            audit.intent({})
        place = audit_path.with_name("audit.jsonl.checkpoints")
        assert [line for line in place.read_text().splitlines() if line.isdigit()] == ["1", "11", "21"]


def test_checkpoints_come_with_time(audit_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(log, "SECONDS_BETWEEN_CHECKPOINTS", 0.01)
    with opened(audit_path) as audit:
        audit.intent({})
        place = audit_path.with_name("audit.jsonl.checkpoints")
        while "\n2\n" not in place.read_text(encoding="utf-8"):
            pass
        assert verify_log(audit_path, keys=[KEY.verifier]).authenticated == 2


def test_a_checkpoint_that_was_never_finished_is_replaced(audit_path: Path) -> None:
    write_calls(audit_path, 1)
    place = audit_path.with_name("audit.jsonl.checkpoints")
    with place.open("a", newline="\n") as stream:
        stream.write("example.com/agents\n12")
    assert verify_log(audit_path, keys=[KEY.verifier]).remarks == [
        "audit.jsonl.checkpoints ends in a checkpoint that was never finished; it was passed over"
    ]
    write_calls(audit_path, 1)
    assert verify_log(audit_path, keys=[KEY.verifier]).remarks == []
    assert problems(audit_path) == []


def test_a_proof_travels_alone(audit_path: Path) -> None:
    write_calls(audit_path, 5)
    for seq in range(12):
        record, checkpoint = check(prove(audit_path, seq), [KEY.verifier])
        assert (record.seq, checkpoint.size) == (seq, 12)


def test_a_proof_shows_one_record_and_no_other(audit_path: Path) -> None:
    write_calls(audit_path, 5)
    text, stranger = prove(audit_path, 3), prove(audit_path, 4)
    swapped = text.replace(text.splitlines()[1], stranger.splitlines()[1])
    with pytest.raises(AuditError, match="does not stand at index 3"):
        check(swapped, [KEY.verifier])
    with pytest.raises(AuditError, match="no key that is trusted"):
        check(text, [OTHER.verifier])


@pytest.mark.parametrize(
    ("seq", "key", "message"),
    (
        pytest.param(4, KEY, "there is no record 4 below", id="beyond the end"),
        pytest.param(-1, KEY, "there is no record -1 below", id="before the beginning"),
        pytest.param(0, None, "no signed checkpoint, so a proof would show nothing", id="an unsigned log"),
    ),
)
def test_what_cannot_be_proven_is_told(audit_path: Path, seq: int, key, message: str) -> None:
    write_calls(audit_path, 1, key=key)
    with pytest.raises(AuditError, match=message):
        prove(audit_path, seq)


def test_a_changed_log_proves_nothing(audit_path: Path) -> None:
    write_calls(audit_path, 2)
    audit_path.write_bytes(audit_path.read_bytes().replace(b"echo", b"evil"))
    with pytest.raises(AuditError, match="is not the one that its checkpoint describes"):
        prove(audit_path, 1)


def test_digests_of_arguments_need_the_key(tmp_path: Path) -> None:
    place = tmp_path / "digest.key"
    key = load_digest_key(place)
    assert load_digest_key(place) == key
    with AuditLog.open(tmp_path / "a", digest_key=key) as one, AuditLog.open(tmp_path / "b", digest_key=SECRET) as two:
        assert one.digest(b"1234") == one.digest(b"1234") != two.digest(b"1234")
    if os.name != "nt":
        assert place.stat().st_mode & 0o777 == 0o600


def test_without_the_package_for_signatures_the_log_works_and_a_key_is_refused_in_one_line(audit_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['cryptography'] = None\n"
        "from pathlib import Path\n"
        "from gk_hooks.gate.audit import AuditLog\n"
        "from gk_hooks.gate.audit.verify import verify_log\n"
        "from gk_hooks.evidence.keys import KeyTextError, generate\n"
        "path = Path(sys.argv[1])\n"
        "with AuditLog.open(path, digest_key=bytes(32)) as audit:\n"
        "    audit.intent({'tool': 'echo'})\n"
        "print(verify_log(path).problems)\n"
        "try:\n"
        "    generate('example.com/x')\n"
        "except KeyTextError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(audit_path)], cwd=ROOT, capture_output=True, text=True)
    assert (done.stderr, done.stdout.splitlines()[0]) == ("", "[]")
    assert "cryptography" in done.stdout.splitlines()[1] and "pip install" in done.stdout.splitlines()[1]
