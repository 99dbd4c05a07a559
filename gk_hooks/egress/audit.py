"""The fallback where no kernel helps: Python programs watch themselves, and the summary says how little that proves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from gk_hooks.egress.channel import HOOK, MODE, VARIABLE, private_folder
from gk_hooks.egress.events import BLOCKED, LOOPBACK, Log
from gk_hooks.egress.outcome import Outcome
from gk_hooks.egress.redact import redacted
from gk_hooks.egress.sites import Sites

HELLO, CHILD, NATIVE = "hello", "child", "native"
LARGEST_REPORT = 1 << 24
FORWARDED = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


def supervise(
    command: Sequence[str], environment: dict[str, str], log: Log, linger: float, problem: str = ""
) -> tuple[Outcome, Sites]:
    """Runs *command* with the enforcing hook in every Python program that lets it in."""
    folder = private_folder()
    path = os.pathsep.join(filter(None, (HOOK, environment.get("PYTHONPATH", ""))))
    environment = {**environment, "PYTHONPATH": path, VARIABLE: folder, MODE: "enforce"}
    sites = Sites()
    processes = _pass_signals_on()
    try:
        try:
            process = subprocess.Popen(_found(command, environment), env=environment)
            processes.append(process)
        except (OSError, ValueError) as error:
            return Outcome(None, getattr(error, "strerror", None) or str(error), {}, ()), sites
        code = _wait(process)
        _let_others_finish(folder, linger)
        uncontrolled = _collect(folder, process.pid, log, sites)
        return Outcome(code, "", {}, (), uncontrolled), sites
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _found(command: Sequence[str], environment: dict[str, str]) -> list[str]:
    """*command*; on Windows, where a bare name is not looked up with its ending, the program that it means."""
    if sys.platform != "win32":
        return list(command)
    return [shutil.which(command[0], path=environment.get("PATH")) or command[0], *command[1:]]


def _pass_signals_on() -> list[subprocess.Popen[bytes]]:
    """From now on the signals that we get are also those of the processes in the list."""
    processes: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _: Any) -> None:
        for process in processes:
            process.send_signal(number)

    for name in FORWARDED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), pass_on)
    return processes


def _wait(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            if not _has_terminal():  # which tells the command as well
                process.send_signal(signal.SIGINT)


def _has_terminal() -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True


def _let_others_finish(folder: str, linger: float) -> None:
    """Waits while programs that have the hook still run."""
    end = time.monotonic() + linger
    while time.monotonic() < end and any(map(_runs, os.listdir(folder))):
        time.sleep(0.05)


def _runs(name: str) -> bool:
    """Whether *name* is the mark of a process that still runs: it removes its mark, if it ends in an orderly way."""
    pid, _, kind = name.partition(".")
    if kind != "running" or sys.platform == "win32":
        return kind == "running"
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _collect(folder: str, pid: int, log: Log, sites: Sites) -> tuple[str, ...]:
    """Brings what every program told into the log; returns what was out of control."""
    greeted: dict[int, int] = {}
    started: dict[int, int] = {}
    strange: dict[str, None] = {}
    for name in sorted(os.listdir(folder)):
        if _runs(name):
            strange[f"process {name.partition('.')[0]}, which outlived the command"] = None
        if name.endswith(".running"):
            continue
        for kind, fields in _told(os.path.join(folder, name)):
            teller = int(fields.get("pid", 0))
            if kind == HELLO:
                greeted[teller] = int(fields.get("ppid", 0))
            elif kind == CHILD:
                started[teller] = started.get(teller, 0) + 1
            elif kind == NATIVE:
                strange[f"native code: {fields.get('host', '')}"] = None
            elif kind in (BLOCKED, LOOPBACK):
                _event(kind, fields, log, sites)
    if pid not in greeted and not (sys.platform == "win32" and pid in greeted.values()):
        strange["the command itself, which is no Python that lets the hook in"] = None
    for teller, count in started.items():
        if sum(parent == teller for parent in greeted.values()) < count:
            strange[f"programs that process {teller} started"] = None
    return tuple(strange)


def _told(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with open(path, encoding="utf-8", errors="backslashreplace") as file:
            text = file.read(LARGEST_REPORT)
    except OSError:
        return
    for line in text.split("\n"):
        kind, *words = line.split("\x1f")
        fields: dict[str, Any] = {}
        for word in words:
            key, _, value = word.partition("=")
            fields[key] = value
        yield kind, fields


def _event(kind: str, fields: dict[str, Any], log: Log, sites: Sites) -> None:
    host, port, pid = fields.get("host", ""), fields.get("port", ""), int(fields.get("pid", 0))
    stack = []
    for part in filter(None, fields.get("stack", "").split("\x1d")):
        name, _, rest = part.partition("\x1e")
        number, _, file = rest.partition("\x1e")
        stack.append((file, int(number) if number.isdigit() else 0, name))
    op, name = fields.get("op", ""), fields.get("dns_query", "")
    sites.add(kind, name or host, [frame[:2] for frame in stack])
    address = f"{host}:{port}" if port.isdigit() else host
    if kind == BLOCKED:
        log.went_to(name or address)
    if log.wants(kind, (kind, op, pid, host, port, name, stack[-1][:2] if stack else None)):
        log.write(
            *(kind, op),
            host=host,
            port=int(port) if port.isdigit() else None,
            address=address,
            dns_query=name,
            pid=pid,
            tid=int(fields.get("tid", 0)),
            ppid=int(fields.get("ppid", 0)),
            cmdline=list(redacted(fields.get("cmdline", "").split("\x1d"))),
            exe=fields.get("exe", ""),
            stack=[{"file": file, "line": line, "function": function} for file, line, function in stack],
            stack_source="python-audit-hook, self-reported",
        )
