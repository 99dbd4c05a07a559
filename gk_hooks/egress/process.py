"""What /proc says about the processes behind the gate, and copies of their descriptors."""

from __future__ import annotations

import hashlib
import os
import socket
from typing import Any, NamedTuple

from gk_hooks.egress import kernel
from gk_hooks.egress.redact import redacted

LARGEST_EXECUTABLE = 1 << 29


class Facts(NamedTuple):
    """Who did it. exe_sha256: "" where it cannot be read."""

    pid: int
    ppid: int
    exe: str
    exe_sha256: str
    cmdline: tuple[str, ...]


class Tree:
    """The processes below this one."""

    def __init__(self) -> None:
        self.memory = kernel.Memory()
        self._hashes: dict[tuple[int, ...], str] = {}
        self._me = os.getpid()

    def facts(self, tid: int) -> Facts:
        """Who the thread *tid* belongs to."""
        status = self.status(tid)
        pid = int(status.get("Tgid", tid))
        return Facts(pid, int(status.get("PPid", 0)), *self._executable(pid), redacted(self.words(pid)))

    def status(self, tid: int) -> dict[str, str]:
        """/proc/TID/status by its keys; empty when it has gone."""
        try:
            text = _read(f"/proc/{tid}/status").decode("utf-8", "replace")
        except OSError:
            return {}
        return {key: value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}

    def process_of(self, tid: int) -> int:
        """The process that a thread belongs to."""
        return int(self.status(tid).get("Tgid", tid))

    def same_user(self, tid: int) -> bool:
        """Whether *tid* acts as the user and group that we are."""
        status = self.status(tid)
        users, groups = status.get("Uid", "").split(), status.get("Gid", "").split()
        return users[3:4] == [str(os.geteuid())] and groups[3:4] == [str(os.getegid())]

    def holds(self, pid: int) -> bool:
        """Whether *pid* is below this process."""
        above, steps = pid, 0
        while steps < 4096:
            steps += 1
            parent = int(self.status(above).get("PPid", -1))
            if parent == self._me:
                return True
            if parent >= 0:
                if parent <= 1:
                    return False
                above = parent
            elif above == pid:
                return False
            else:
                above = pid  # a process on the way up has ended, and its children have another parent now
        return False

    def every_member(self) -> list[int]:
        """Every process below this one, by asking each process of the machine: slower than members(), and exact."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self.holds(pid)]

    def members(self) -> list[int]:
        """Every process below this one, at a glance: while others end, the kernel's lists can miss some."""
        found, waiting = [], [self._me]
        while waiting:
            pid = waiting.pop()
            try:
                for thread in os.listdir(f"/proc/{pid}/task"):
                    children = [int(word) for word in _read(f"/proc/{pid}/task/{thread}/children").split()]
                    waiting += children
                    found += children
            except OSError:
                continue
        return found

    def copy(self, tid: int, fd: int) -> socket.socket:
        """A copy of the socket that *tid* has at *fd*; raises OSError when it has none or it may not be had."""
        return socket.socket(fileno=self.descriptor(tid, fd))

    def descriptor(self, tid: int, fd: int) -> int:
        """A copy of whatever *tid* has open at *fd*."""
        try:
            handle = kernel.syscall("pidfd_open", tid, 0x80)  # PIDFD_THREAD, since Linux 6.9
        except OSError:
            handle = kernel.syscall("pidfd_open", self.process_of(tid), 0)
        try:
            return kernel.get_fd(handle, fd)
        finally:
            os.close(handle)

    def words(self, pid: int) -> list[str]:
        """The command line of *pid*; empty when it has gone, and for ourselves."""
        if pid == self._me:
            return []
        try:
            text = _read(f"/proc/{pid}/cmdline", 1 << 16)
        except OSError:
            return []
        return [word.decode("utf-8", "backslashreplace") for word in text.rstrip(b"\0").split(b"\0")]

    def _executable(self, pid: int) -> tuple[str, str]:
        link = f"/proc/{pid}/exe"
        try:
            name = os.readlink(link)
            with open(link, "rb") as file:
                mode = os.fstat(file.fileno())
                key = (mode.st_dev, mode.st_ino, mode.st_size, mode.st_mtime_ns, mode.st_ctime_ns)
                if key not in self._hashes:
                    small = mode.st_size <= LARGEST_EXECUTABLE
                    self._hashes[key] = hashlib.file_digest(file, "sha256").hexdigest() if small else ""
        except OSError:
            return "", ""
        return name, self._hashes[key]


def _read(path: str, size: int = 1 << 20) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(handle, size)
    finally:
        os.close(handle)


def socket_kind(handle: socket.socket) -> dict[str, Any]:
    """Family, type and protocol of a socket, and where it is bound, as evidence says them."""
    from gk_hooks.egress.syscalls import FAMILIES, protocol_name

    family = int(handle.family)
    return {
        "family": FAMILIES.get(family, str(family)),
        "protocol": protocol_name(family, int(handle.type), handle.proto),
    }
