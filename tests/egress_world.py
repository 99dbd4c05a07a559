"""A world for the run gate: a network namespace of its own, where the test networks are ours and somebody listens.

Run as a program it is that world: it takes jobs on standard input, runs gk, and tells what arrived at its listeners.
No packet leaves it: its only interface is loopback.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOSTS = ("192.0.2.1", "198.51.100.1", "203.0.113.1")
HOST6 = "2001:db8::1"
PORTS = (53, 80, 443)
LOCAL_PORT = 8099
"""A service of the machine on loopback, which does not belong to the command: somebody's proxy."""
ORDINARY = 1000
NEWNS, NEWUSER, NEWNET = 0x20000, 0x10000000, 0x40000000


@dataclass
class Result:
    """What a job came to. received: what arrived at the listeners. summary and events: the evidence."""

    code: int
    out: str
    err: str
    received: list[str]
    summary: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def blocked(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["action"] == "blocked"]

    def hosts(self) -> set[str]:
        return hosts(self.events)

    def parts(self) -> list[set[str]]:
        """The hosts of each program that IN_TURN ran."""
        found: list[set[str]] = []
        rest: list[dict[str, Any]] = []
        for event in self.events:
            if event["action"] == "allowed_loopback" and event.get("port") == FIRST_MARK + len(found):
                found.append(hosts(rest))
                rest = []
            else:
                rest.append(event)
        return found


def hosts(events: list[dict[str, Any]]) -> set[str]:
    """Where the refused attempts among *events* wanted to go."""
    refused = (event for event in events if event["action"] in ("blocked", "dns_query"))
    return {str(event.get("dns_query") or event.get("host")) for event in refused}


FIRST_MARK = 20_000
IN_TURN = f"""
import json, socket, subprocess, sys
for number, words in enumerate(json.load(open(sys.argv[1]))):
    subprocess.run(words)
    socket.socket().connect_ex(("127.0.0.1", {FIRST_MARK} + number))
"""
"""Runs programs one after the other, and leaves a mark in the log after each."""


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user of the machine may enter and write to; pytest's own are for one user."""
    with tempfile.TemporaryDirectory(prefix="gk-world-") as name:
        os.chmod(name, 0o777)
        yield Path(name)


class World:
    """The world as tests see it. mode: see prepare()."""

    def __init__(self, mode: str, folder: Path) -> None:
        self.mode, self.folder, self.count, self.python = mode, folder, 0, python_for(mode)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        self.process = subprocess.Popen(
            [sys.executable, __file__, mode, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.problem = self._answer().get("problem", "")

    def gk(
        self,
        *command: str | Path,
        options: tuple[str, ...] = ("--no-scan",),
        stdin: str = "null",
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 40,
        target: str | None = None,
    ) -> Result:
        self.count += 1
        out = self.folder / f"out{self.count}"
        job = {
            "words": ["-m", "gk_hooks", "egress", *options, "--output-dir", str(out), *([target] if target else [])],
            "command": [*map(str, command)],
            "stdin": stdin,
            "env": env or {},
            "cwd": str(cwd or self.folder),
            "timeout": timeout,
        }
        result = self._ask(job)
        with contextlib.suppress(OSError):
            result.summary = json.loads((out / "runtime_egress.json").read_text())
            result.events = [json.loads(line) for line in (out / "egress_log.jsonl").read_text().splitlines()]
        return result

    def plain(self, *command: str | Path) -> Result:
        """The command without the gate."""
        job = {"words": [], "command": [*map(str, command)], "stdin": "null", "env": {}}
        return self._ask({**job, "cwd": str(self.folder), "timeout": 40})

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _ask(self, job: dict[str, Any]) -> Result:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return Result(**self._answer())

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"problem": "the world ended"}
        return answer


def python_for(mode: str) -> str:
    """A Python that *mode* may execute: the one that runs the tests may lie where only root looks."""
    found = sys.executable if mode == "root" else shutil.which("python3", path="/usr/bin:/usr/local/bin:/bin")
    return found or sys.executable


def prepare(mode: str) -> list[str]:
    """Makes the namespaces of *mode* and returns the words that run a program as *mode* says.

    root; user: an ordinary user; no-userns: an ordinary user, and user namespaces are forbidden, as hardening guides
    demand; no-caps: root without capabilities.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        if mode != "user":
            raise OSError("needs root")
        _unshare(libc, NEWUSER | NEWNET)
        return []
    if mode == "no-userns":
        _own_users(libc)
        _unshare(libc, NEWNS)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _unshare(libc, NEWNET)
    without = ["--bounding-set=-all", "--inh-caps=-all"]
    if mode == "root":
        return []
    if not shutil.which("setpriv"):
        raise OSError("needs setpriv")
    if mode == "no-caps":
        return ["setpriv", *without]
    return ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups", *without]


def _own_users(libc: ctypes.CDLL) -> None:
    """A user namespace with every user of a small system, mapped by a child that stays outside."""
    me = os.getpid()
    ready, go = os.pipe()
    done, told = os.pipe()
    if os.fork() == 0:
        os.read(ready, 1)
        Path(f"/proc/{me}/uid_map").write_text("0 0 65536")
        Path(f"/proc/{me}/gid_map").write_text("0 0 65536")
        os.write(told, b".")
        os._exit(0)
    _unshare(libc, NEWUSER)
    os.write(go, b".")
    os.read(done, 1)
    os.wait()
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def _unshare(libc: ctypes.CDLL, flags: int) -> None:
    if libc.unshare(flags) < 0:
        raise OSError(ctypes.get_errno(), f"unshare: {os.strerror(ctypes.get_errno())}")


def raise_loopback() -> None:
    """Loopback up, with the addresses that programs will try to reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
        for number, host in enumerate(HOSTS, 1):
            address = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(host))
            fcntl.ioctl(control, 0x8916, struct.pack("16s16s8x", b"lo:%d" % number, address))
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        index = socket.if_nametoindex("lo")
        fcntl.ioctl(control, 0x8916, struct.pack("=16sIi", socket.inet_pton(socket.AF_INET6, HOST6), 128, index))


class Listeners:
    """Stand where a leak would arrive, and tell what did. The kernel keeps what arrives until we look."""

    def __init__(self, folder: str) -> None:
        self._servers: list[tuple[str, socket.socket]] = []
        self._connections: list[tuple[str, socket.socket]] = []
        for host in (*HOSTS, HOST6):
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            for port in PORTS:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    self._serve(family, kind, (host, port))
        self._serve(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", LOCAL_PORT))
        self._serve(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", LOCAL_PORT))
        for kind, name in ((socket.SOCK_STREAM, "service.sock"), (socket.SOCK_DGRAM, "log.sock")):
            path = os.path.join(folder, name)
            self._serve(socket.AF_UNIX, kind, path)
            os.chmod(path, 0o777)
        self._serve(socket.AF_UNIX, socket.SOCK_STREAM, "\0gk-test-service")

    def _serve(self, family: int, kind: int, address: Any) -> None:
        server = socket.socket(family, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for _ in range(100):
            try:
                server.bind(address)
                break
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
                time.sleep(0.02)  # an address of IPv6 takes a moment to be there
        if kind == socket.SOCK_STREAM:
            server.listen(512)
        server.setblocking(False)
        self._servers.append((f"{'tcp' if kind == socket.SOCK_STREAM else 'udp'} {address}", server))

    def arrived(self, connections_go_on: bool = False) -> list[str]:
        """Everything that has arrived since the last time."""
        found = []
        for name, server in self._servers:
            with contextlib.suppress(BlockingIOError):
                while True:
                    if server.type == socket.SOCK_DGRAM:
                        found.append(f"{name}: {server.recv(2048)[:60]!r}")
                    else:
                        self._connections.append((name, server.accept()[0]))
                        found.append(f"{name}: connection")
        for name, connection in self._connections:
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                while data := connection.recv(2048):
                    found.append(f"{name}: {data[:60]!r}")
        if not connections_go_on:
            for _, connection in self._connections:
                connection.close()
            self._connections.clear()
        return found


def standard_input(kind: str) -> Any:
    """What the command gets as standard input."""
    if kind == "null":
        return subprocess.DEVNULL
    if kind in ("socket", "descriptor 97"):
        return socket.create_connection((HOSTS[0], 80))
    ours, theirs = socket.socketpair()
    ours.sendall(kind.encode())
    ours.shutdown(socket.SHUT_WR)
    standard_input.keep = ours  # type: ignore[attr-defined]
    return theirs


def run(job: dict[str, Any], words: list[str], listeners: Listeners, bystander: str) -> dict[str, Any]:
    """One job."""
    given = standard_input(job["stdin"])
    listeners.arrived(connections_go_on=True)
    passed = (97,) if job["stdin"] == "descriptor 97" else ()
    if passed:
        os.dup2(given.fileno(), 97)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    start = time.monotonic()
    process = subprocess.Popen(
        [*words, *([python_for(sys.argv[1]), *job["words"], "--"] if job["words"] else []), *job["command"]],
        cwd=job["cwd"],
        env={**clean, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "BYSTANDER": bystander, **job["env"]},
        stdin=subprocess.DEVNULL if passed else given,
        pass_fds=passed,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
        start_new_session=True,
    )
    if not isinstance(given, int):
        given.close()
    for number in passed:
        os.close(number)
    try:
        out, err = process.communicate(timeout=job["timeout"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        out, err = process.communicate()
        err += "\nTIMEOUT"
    seconds = time.monotonic() - start
    return {
        "code": process.returncode,
        "out": out,
        "err": err,
        "received": listeners.arrived(),
        "seconds": seconds,
    }


def main(mode: str, folder: str) -> None:
    try:
        words = prepare(mode)
        raise_loopback()
        listeners = Listeners(folder)
    except OSError as error:
        print(json.dumps({"problem": f"{mode}: {error}"}), flush=True)
        return
    bystander = subprocess.Popen([*words, "sleep", "9999"])
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), words, listeners, str(bystander.pid))), flush=True)
    bystander.kill()
    bystander.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
