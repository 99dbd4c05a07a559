"""The parts of the run gate that need no kernel: the filter as data, addresses, names, the log, masking, joining."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import sys
from pathlib import Path

import pytest

from gk_hooks.egress import decode, redact
from gk_hooks.egress.decode import Reach
from gk_hooks.egress.events import BLOCKED, GENESIS, LOOPBACK, MOST_EVENTS, MOST_KEYS, Log
from gk_hooks.egress.hook import gk_egress_enforce as enforce
from gk_hooks.egress.levels import AUDIT, LEVELS, NETNS, SECCOMP, STRICT, candidates
from gk_hooks.egress.outcome import Outcome
from gk_hooks.egress.summary import verdict
from gk_hooks.egress.syscalls import AARCH64, ARCHES, X86_64, Arch

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel levels are Linux")


def run_filter(arch: Arch, shape: tuple[bool, ...], audit: int, number: int, *arguments: int) -> str:
    """What the assembled filter says: a small interpreter of classic BPF."""
    from gk_hooks.egress.seccomp import ALLOW, ASK, Shape, assemble, steps

    code = assemble(list(steps(arch, Shape(*shape))))
    data = struct.pack("=iIQ6Q", number, audit, 0, *(word & (1 << 64) - 1 for word in (*arguments, *[0] * 6)[:6]))
    place, value = 0, 0
    for _ in range(len(code)):
        operation, yes, no, operand = struct.unpack_from("=HBBI", code, place * 8)
        place += 1
        if operation == 0x20:
            value = struct.unpack_from("=I", data, operand)[0]
        elif operation == 0x54:
            value &= operand
        elif operation == 0x06:
            return {ALLOW: "allow", ASK: "ask"}[operand]
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[operation]
            place += yes if holds else no
    raise AssertionError("the filter does not end")


NAMESPACE, SHARED, STRICTLY = (True, True, True), (False, True), (False, False)
ROOTS = (True, True)


@linux
@pytest.mark.parametrize("arch", [X86_64, AARCH64], ids=lambda arch: arch.name)
@pytest.mark.parametrize(
    ("shape", "call", "arguments", "answer"),
    [
        pytest.param(NAMESPACE, "connect", (3, 1, 16), "ask", id="connect"),
        pytest.param(NAMESPACE, "sendto", (3, 1, 9, 0, 0, 0), "allow", id="send without an address"),
        pytest.param(NAMESPACE, "sendto", (3, 1, 9, 0, 1 << 40, 16), "ask", id="an address in the high half"),
        pytest.param(NAMESPACE, "sendto", (3, 1, 9, 0x20000000, 0, 0), "ask", id="fast open"),
        pytest.param(NAMESPACE, "socket", (2, 1, 0), "allow", id="TCP"),
        pytest.param(NAMESPACE, "socket", (2, 1 | 0x80000, 6), "allow", id="TCP, closed on exec"),
        pytest.param(NAMESPACE, "socket", (10, 2, 17), "allow", id="UDP over IPv6"),
        pytest.param(NAMESPACE, "socket", (2, 1, 262), "allow", id="MPTCP, judged when it connects"),
        pytest.param(NAMESPACE, "socket", (2, 3, 1), "ask", id="raw"),
        pytest.param(NAMESPACE, "socket", (2, 2, 1), "ask", id="ping"),
        pytest.param(NAMESPACE, "socket", (17, 3, 0), "ask", id="packet"),
        pytest.param(NAMESPACE, "socket", (40, 1, 0), "ask", id="VSOCK"),
        pytest.param(NAMESPACE, "socket", (1, 2, 0), "allow", id="UNIX"),
        pytest.param(NAMESPACE, "socket", (16, 3, 16), "allow", id="netlink"),
        pytest.param(SHARED, "socket", (16, 3, 16), "ask", id="generic netlink of the host"),
        pytest.param(SHARED, "socket", (16, 3, 0), "allow", id="routes"),
        pytest.param(SHARED, "socket", (2, 2, 0), "allow", id="datagrams"),
        pytest.param(STRICTLY, "socket", (2, 2, 0), "ask", id="datagrams, strictly"),
        pytest.param(STRICTLY, "socket", (1, 2, 0), "ask", id="local datagrams, strictly"),
        pytest.param(STRICTLY, "socketpair", (1, 2, 0), "ask", id="a pair for datagrams, strictly"),
        pytest.param(STRICTLY, "socketpair", (1, 1, 0), "allow", id="a pair of streams"),
        pytest.param(SHARED, "setsockopt", (3, 1, 25), "ask", id="a device of its own choice"),
        pytest.param(SHARED, "setsockopt", (3, 0, 4), "ask", id="a source route"),
        pytest.param(SHARED, "setsockopt", (3, 1, 2), "allow", id="reuse of addresses"),
        pytest.param(NAMESPACE, "setsockopt", (3, 1, 25), "allow", id="a device in a namespace"),
        pytest.param(NAMESPACE, "ptrace", (16, 1), "allow", id="tracing in a namespace"),
        pytest.param(SHARED, "ptrace", (16, 1), "ask", id="tracing where processes are shared"),
        pytest.param(ROOTS, "ptrace", (16, 1), "ask", id="tracing in a namespace of root's"),
        pytest.param(NAMESPACE, "ioctl", (0, 0x5412, 1), "ask", id="typing into the terminal"),
        pytest.param(
            NAMESPACE, "ioctl", (0, 0x7FFFFFFF00005412, 1), "ask", id="typing, with a high half that is ignored"
        ),
        pytest.param(NAMESPACE, "ioctl", (0, 0x5413, 1), "allow", id="the size of the terminal"),
        pytest.param(NAMESPACE, "request_key", (1, 1, 0, 0), "allow", id="a key that is there"),
        pytest.param(NAMESPACE, "request_key", (1, 1, 1, 0), "ask", id="a key that the host would look up"),
        pytest.param(NAMESPACE, "io_uring_setup", (8, 1), "ask", id="io_uring"),
        pytest.param(NAMESPACE, "setns", (3, 0), "ask", id="setns"),
        pytest.param(NAMESPACE, "clone", (0,), "allow", id="a new process"),
    ],
)
def test_the_filter(arch: Arch, shape: tuple[bool, ...], call: str, arguments: tuple[int, ...], answer: str) -> None:
    assert run_filter(arch, shape, arch.audit, arch.numbers[call], *arguments) == answer


@linux
@pytest.mark.parametrize("arch", [X86_64, AARCH64], ids=lambda arch: arch.name)
def test_the_filter_asks_about_other_tables(arch: Arch) -> None:
    for number in arch.compat.values():
        assert run_filter(arch, NAMESPACE, arch.compat_audit, number) == "ask"
    assert run_filter(arch, NAMESPACE, arch.compat_audit, 4) == "allow"  # write
    assert run_filter(arch, NAMESPACE, arch.compat_audit, arch.compat_ioctl, 0, 0x5412) == "ask"
    assert run_filter(arch, NAMESPACE, arch.compat_audit, arch.compat_ioctl, 0, 0x5413) == "allow"
    assert run_filter(arch, NAMESPACE, 0x12345678, 4) == "ask"
    if arch.foreign_from:
        assert run_filter(arch, NAMESPACE, arch.audit, arch.foreign_from + 1) == "ask"


@linux
def test_the_numbers_are_those_of_the_machine() -> None:
    """Where the C headers are there, they are asked."""
    import os
    import re
    import subprocess

    arch = ARCHES.get(os.uname().machine)
    if arch is None:
        pytest.skip("another architecture")
    try:
        done = subprocess.run(
            ["gcc", "-E", "-dM", "-include", "sys/syscall.h", "-xc", "/dev/null"], capture_output=True, text=True
        )
    except OSError:
        pytest.skip("gcc is not installed")
    defined = dict(re.findall(r"#define __NR_(\w+) (\d+)", done.stdout))
    if not defined:
        pytest.skip("no headers")
    assert {name: int(defined[name]) for name in arch.numbers if name in defined} == {
        name: number for name, number in arch.numbers.items() if name in defined
    }
    assert len(defined.keys() & arch.numbers.keys()) >= 15


def internet(host: str, port: int = 80, family: int = 2) -> bytes:
    return struct.pack("=H", family) + struct.pack("!H", port) + socket.inet_aton(host) + bytes(8)


def internet6(host: str, port: int = 80) -> bytes:
    return struct.pack("=H", 10) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, host) + bytes(4)


@linux
@pytest.mark.parametrize(
    ("raw", "shown", "reach"),
    [
        pytest.param(internet("127.0.0.1"), "127.0.0.1:80", Reach.LOOPBACK, id="loopback"),
        pytest.param(internet("127.255.3.9"), "127.255.3.9:80", Reach.LOOPBACK, id="all of 127"),
        pytest.param(internet("0.0.0.0"), "0.0.0.0:80", Reach.ANY, id="unspecified"),
        pytest.param(internet("0.0.0.1"), "0.0.0.1:80", Reach.REMOTE, id="nearly unspecified"),
        pytest.param(internet("192.0.2.1", 65535), "192.0.2.1:65535", Reach.REMOTE, id="elsewhere"),
        pytest.param(internet6("::1"), "[::1]:80", Reach.LOOPBACK, id="IPv6 loopback"),
        pytest.param(internet6("::"), "[::]:80", Reach.ANY, id="IPv6 unspecified"),
        pytest.param(internet6("::ffff:127.0.0.1"), "[::ffff:127.0.0.1]:80", Reach.LOOPBACK, id="mapped loopback"),
        pytest.param(internet6("::ffff:192.0.2.1"), "[::ffff:192.0.2.1]:80", Reach.REMOTE, id="mapped elsewhere"),
        pytest.param(internet6("::7f00:1"), "[::127.0.0.1]:80", Reach.REMOTE, id="compatible is not mapped"),
        pytest.param(internet6("fe80::1"), "[fe80::1]:80", Reach.REMOTE, id="link-local"),
        pytest.param(struct.pack("=H", 1) + b"/run/s\0x", "unix:/run/s", Reach.LOCAL, id="a path ends at NUL"),
        pytest.param(struct.pack("=H", 1) + b"\0a\0b", "unix:@a\0b", Reach.LOCAL, id="an abstract name does not"),
    ],
)
def test_addresses(raw: bytes, shown: str, reach: Reach) -> None:
    address = decode.address(raw)
    assert address is not None
    assert (address.shown, address.reach) == (shown, reach)


@pytest.mark.parametrize("raw", [b"", b"\2", internet("192.0.2.1")[:7], internet6("::1")[:23]])
def test_addresses_that_are_too_short(raw: bytes) -> None:
    assert decode.address(raw) is None


QUERY = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"


def test_questions_for_names() -> None:
    assert decode.question(QUERY) == "www.example.com"
    assert decode.question(QUERY[:15]) == "ww"  # cut short: as much as there is
    assert decode.question(b"") == ""
    assert decode.question(bytes(12) + b"\xc0\x0c") == ""
    assert decode.question(bytes(12) + b"\x3f" * 100_000).count(".") <= 128


def test_the_answer_is_no_such_name() -> None:
    answer = decode.no_such_name(QUERY + b"extra")
    assert answer[:2] == QUERY[:2] and answer[3] & 0xF == 3 and answer[2] & 0x80
    assert answer[4:12] == b"\0\1\0\0\0\0\0\0" and answer[12:] == QUERY[12:]
    assert decode.no_such_name(answer) == b""
    assert decode.no_such_name(b"short") == b""


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param(["x", "--password", "hunter2"], ("x", "--password", "***"), id="an option and its value"),
        pytest.param(["x", "--api-key=abc"], ("x", "--api-key=***"), id="an option with ="),
        pytest.param(["x", "TOKEN=abc", "y"], ("x", "TOKEN=***", "y"), id="a variable"),
        pytest.param(["curl", "https://me:pw@h/"], ("curl", "https://me:***@h/"), id="a URL"),
        pytest.param(
            ["curl", "-H", "Authorization: Bearer abc"], ("curl", "-H", "Authorization: Bearer ***"), id="a header"
        ),
        pytest.param(["x", "ghp_0123456789abcdef"], ("x", "***"), id="a token by its shape"),
        pytest.param(["x", "--port", "80"], ("x", "--port", "80"), id="nothing secret"),
    ],
)
def test_secrets_are_masked(words: list[str], shown: tuple[str, ...]) -> None:
    assert redact.redacted(words) == shown


def test_command_lines_are_bounded() -> None:
    assert len(redact.redacted(["a" * 10_000] * 1000)) == redact.MOST_WORDS + 1
    assert all(len(word) <= redact.LONGEST_WORD for word in redact.redacted(["a" * 10_000]))


def test_the_log_is_a_chain(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "log"))
    for number in range(3):
        log.write(BLOCKED, "connect", host=f"192.0.2.{number}")
    digest, problem = log.finish()
    data = (tmp_path / "log").read_bytes()
    assert (problem, digest) == ("", hashlib.sha256(data).hexdigest())
    before = GENESIS
    for number, line in enumerate(data.splitlines(), 1):
        event = json.loads(line)
        assert (event["prev"], event["seq"]) == (before, number)
        before = hashlib.sha256(line).hexdigest()
    assert log.chain == before


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        pytest.param(lambda path: path.write_text("{}\n"), "changed", id="changed"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes() + b"{}\n"), "changed", id="longer"),
        pytest.param(lambda path: path.unlink(), "removed", id="removed"),
    ],
)
def test_a_log_that_was_touched_is_told(tmp_path: Path, tamper, problem: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "log"
    log = Log(str(path))
    log.write(BLOCKED, "connect")
    tamper(path)
    assert problem in log.finish()[1]


def test_an_old_log_is_not_continued(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("old\n")
    log = Log(str(tmp_path / "log"))
    log.finish()
    assert (tmp_path / "log").read_text() == ""


def test_the_log_stays_small(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "log"))
    for number in range(50_000):
        if log.wants(BLOCKED, (BLOCKED, "sendto", 1, f"h{number}", number, "", None)):
            log.write(BLOCKED, "sendto", host=f"h{number}")
        log.went_to(f"h{number}")
    log.finish()
    assert log.counts[BLOCKED] == 50_000
    assert len(log.lines) <= MOST_EVENTS + MOST_KEYS + 1
    events = [json.loads(line) for line in log.lines]
    assert sum(event.get("repeated", 1) for event in events) == 50_000
    assert len(log.destinations) == 1000


def test_repetitions_are_counted(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "log"))
    key = (LOOPBACK, "connect", 7, "127.0.0.1", 80, "", None)
    written = [log.wants(LOOPBACK, key) for _ in range(1000)]
    log.finish()
    assert (sum(written), written[0]) == (3, True)
    assert json.loads(log.lines[-1])["repeated"] == 997


@pytest.mark.parametrize(
    ("outcome", "blocked", "level", "word", "code"),
    [
        pytest.param(Outcome(0, "", {}, ()), 0, NETNS, "no attempt", 0, id="clean"),
        pytest.param(Outcome(0, "", {}, ()), 1, NETNS, "blocked", 1, id="blocked"),
        pytest.param(Outcome(1, "", {}, ()), 0, NETNS, "inconclusive", 2, id="the command failed"),
        pytest.param(Outcome(-9, "", {}, ()), 0, NETNS, "inconclusive", 2, id="a signal ended it"),
        pytest.param(Outcome(1, "", {}, ()), 1, NETNS, "blocked", 1, id="blocked and failed"),
        pytest.param(Outcome(0, "", {}, ("tally",)), 0, NETNS, "inconclusive", 2, id="the kernel counted more"),
        pytest.param(Outcome(0, "", {}, (), ("curl",)), 0, AUDIT, "inconclusive", 2, id="a child out of control"),
        pytest.param(Outcome(0, "", {}, ()), 0, AUDIT, "no attempt", 0, id="Python alone"),
        pytest.param(Outcome(None, "not found", {}, ()), 0, NETNS, "not started", 3, id="not started"),
    ],
)
def test_verdicts(outcome: Outcome, blocked: int, level: str, word: str, code: int) -> None:
    found = verdict(outcome, "x", blocked, level, "")
    assert (found.word, found.exit_code) == (word, code)


def test_a_changed_log_makes_a_run_inconclusive() -> None:
    assert verdict(Outcome(0, "", {}, ()), "x", 0, NETNS, "the log was changed while the command ran").exit_code == 2
    assert verdict(Outcome(0, "", {}, ()), "x", 0, NETNS, "the log was removed while the command ran").exit_code == 0


@pytest.mark.parametrize(
    ("require", "level", "tried"),
    [
        pytest.param(None, None, (NETNS, SECCOMP, AUDIT), id="nothing asked"),
        pytest.param(NETNS, None, (NETNS,), id="the best or nothing"),
        pytest.param(STRICT, None, (NETNS, STRICT), id="strict"),
        pytest.param(SECCOMP, None, (NETNS, SECCOMP), id="any kernel level"),
        pytest.param(AUDIT, None, LEVELS[:1] + LEVELS[2:], id="anything"),
        pytest.param(None, STRICT, (STRICT,), id="this one"),
    ],
)
def test_what_is_tried(require: str | None, level: str | None, tried: tuple[str, ...]) -> None:
    assert candidates(require, level) == tried


@pytest.mark.parametrize(
    ("event", "arguments", "action"),
    [
        pytest.param("socket.connect", (None, ("192.0.2.1", 80)), "blocked", id="connect"),
        pytest.param("socket.connect", (None, (b"192.0.2.1", 80)), "blocked", id="a host as bytes"),
        pytest.param("socket.connect", (None, ("127.0.0.9", 80)), "allowed_loopback", id="loopback"),
        pytest.param("socket.connect", (None, ("127.evil.example", 80)), "blocked", id="a name like loopback"),
        pytest.param("socket.connect", (None, ("0.0.0.0", 80)), "allowed_loopback", id="unspecified"),
        pytest.param("socket.connect", (None, "/run/s"), None, id="a path"),
        pytest.param("socket.bind", (None, ("", 80)), "blocked", id="every interface"),
        pytest.param("socket.bind", (None, ("127.0.0.1", 0)), "allowed_loopback", id="bind to loopback"),
        pytest.param("socket.sendto", (None, ("192.0.2.1", 80)), "blocked", id="sendto"),
        pytest.param("socket.getaddrinfo", ("example.com", 80, 0, 0, 0), "blocked", id="a name"),
        pytest.param("socket.getaddrinfo", ("localhost", 80, 0, 0, 0), None, id="localhost"),
        pytest.param("socket.getaddrinfo", ("192.0.2.1", 80, 0, 0, 0), None, id="a number is no lookup"),
        pytest.param("socket.__new__", (None, 17, 3, 0), "blocked", id="packet"),
        pytest.param("socket.__new__", (None, 2, 1, 0), None, id="TCP"),
        pytest.param("socket.__new__", (None, 2, 1, 132), "blocked", id="SCTP"),
        pytest.param("socket.__new__", (None, 2, 2, 1), "blocked", id="ping"),
        pytest.param("socket.__new__", (None, -1, -1, -1), None, id="a socket that is there already"),
    ],
)
def test_the_enforcing_hook(event: str, arguments: tuple[object, ...], action: str | None) -> None:
    found = enforce.judge(event, arguments)
    assert (found[0] if found else None) == action
    if found and action == "blocked":
        assert isinstance(found[4], OSError)
