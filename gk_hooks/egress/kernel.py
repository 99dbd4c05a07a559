"""The few kernel calls that Python's standard library does not have, through ctypes. Linux only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct

from gk_hooks.egress.syscalls import ARCHES

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.process_vm_readv.restype = ctypes.c_ssize_t
libc.process_vm_writev.restype = ctypes.c_ssize_t

MARK = ctypes.create_string_buffer(b"gk egress")
"""Something in memory that a fork has at the same address."""
ARCH = ARCHES.get(os.uname().machine)

CLONE_FILES, CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x400, 0x20000, 0x8000000, 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC = 2, 4
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18


def failed() -> OSError:
    """The error of the last call."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def syscall(name: str, *arguments: int) -> int:
    """A raw system call with integer arguments (addresses among them)."""
    if ARCH is None:
        raise OSError(38, f"system calls of {os.uname().machine} are not known")
    result: int = libc.syscall(ctypes.c_long(ARCH.numbers[name]), *map(ctypes.c_long, arguments))
    if result < 0:
        raise failed()
    return result


def prctl(option: int, *arguments: int) -> None:
    """prctl(2)."""
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(ctypes.c_int(option), *words) < 0:
        raise failed()


def unshare(flags: int) -> None:
    """unshare(2)."""
    if libc.unshare(ctypes.c_int(flags)) < 0:
        raise failed()


def mount(source: str, target: str, flags: int) -> None:
    """mount(2) without a file system type: bind mounts, remounts and propagation."""
    if libc.mount(source.encode(), os.fsencode(target), None, ctypes.c_ulong(flags), None) < 0:
        raise failed()


def fork_sharing_files(signal_number: int) -> int:
    """fork(2), but parent and child keep one table of file descriptors until one of them leaves it.

    So a descriptor that the child makes is the parent's as well, where handing it over is forbidden.
    """
    return syscall("clone", CLONE_FILES | signal_number, 0, 0, 0, 0)


def own_files() -> None:
    """Leaves the shared table of file descriptors."""
    try:
        syscall("close_range", 0x7FFFFFFF, 0x7FFFFFFF, CLOSE_RANGE_UNSHARE)
    except OSError:
        unshare(CLONE_FILES)


def get_fd(pid_fd: int, fd: int) -> int:
    """A copy of another process's descriptor."""
    return syscall("pidfd_getfd", pid_fd, fd, 0)


def drop_capabilities(numbers: tuple[int, ...]) -> None:
    """Takes capabilities from this process and from whatever it will execute."""
    for number in numbers:
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:
            continue
    with contextlib.suppress(OSError):
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header, data = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0)), ctypes.create_string_buffer(24)
    if libc.capget(header, data) < 0:
        raise failed()
    sets = list(struct.unpack("=6I", data.raw[:24]))
    for number in numbers:
        for part in range(3):
            sets[3 * (number // 32) + part] &= ~(1 << number % 32)
    if libc.capset(header, struct.pack("=6I", *sets)) < 0:
        raise failed()


class Memory:
    """Reads and writes the memory of other processes, through one buffer."""

    SIZE = 1 << 17

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(self.SIZE)
        self._address = ctypes.addressof(self._buffer)
        self._local = (ctypes.c_ulong * 2)()
        self._remote = (ctypes.c_ulong * 2)()
        self._one, self._zero = ctypes.c_ulong(1), ctypes.c_ulong(0)

    def read(self, pid: int, address: int, size: int) -> bytes:
        """What can be read of *size* bytes at *address*: shorter, or empty, where memory ends."""
        if not address or size <= 0:
            return b""
        self._local[0], self._local[1] = self._address, min(size, self.SIZE)
        self._remote[0], self._remote[1] = address, self._local[1]
        got = libc.process_vm_readv(pid, self._local, self._one, self._remote, self._one, self._zero)
        return ctypes.string_at(self._address, got) if got > 0 else b""

    def write(self, pid: int, address: int, data: bytes) -> bool:
        """Whether all of *data* could be written at *address*."""
        ctypes.memmove(self._buffer, data, len(data))
        self._local[0], self._local[1] = self._address, len(data)
        self._remote[0], self._remote[1] = address, len(data)
        done: int = libc.process_vm_writev(pid, self._local, self._one, self._remote, self._one, self._zero)
        return done == len(data)
