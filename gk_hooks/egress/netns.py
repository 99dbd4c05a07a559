"""A network namespace with nothing but loopback, and what else the kernel can close while we are at it."""

from __future__ import annotations

import os
import socket
import stat
import struct

from gk_hooks.egress import kernel
from gk_hooks.egress.levels import OF_USERS, PLAIN

DROPPED = (2, 12, 13, 16, 17, 19, 21, 38, 39)
"""DAC_READ_SEARCH, NET_ADMIN, NET_RAW, SYS_MODULE, SYS_RAWIO, SYS_PTRACE, SYS_ADMIN, PERFMON, BPF."""
SEPARATE = kernel.CLONE_NEWNET | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC
MOST_MASKS = 256
KNOWN_SOCKETS = (
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/podman/podman.sock",
    "/run/dbus/system_bus_socket",
)
"""Doors to services that act for others. A container can have them from another network namespace, unlisted in ours."""
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x41


def enter() -> str:
    """Moves this process into namespaces of its own and returns how: PLAIN, or with one OF_USERS.

    Raises OSError where the machine forbids it.
    """
    user, group = os.geteuid(), os.getegid()
    sockets = path_sockets()
    try:
        kernel.unshare(SEPARATE)
        how = PLAIN
    except OSError:
        kernel.unshare(kernel.CLONE_NEWUSER | SEPARATE)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
        how = OF_USERS
    kernel.mount("none", "/", kernel.MS_REC | kernel.MS_PRIVATE)
    _mask(sockets)
    if user == 0:
        _protect("/proc/sys")
        _protect("/sys")
    _loopback_up()
    return how


def path_sockets() -> list[str]:
    """The sockets of other processes that have a path, as far as they can be seen from here."""
    found = dict.fromkeys((*KNOWN_SOCKETS, os.environ.get("SSH_AUTH_SOCK", "")))
    try:
        with open("/proc/net/unix", "rb") as table:
            lines = table.read(1 << 22).splitlines()
    except OSError:
        lines = []
    for line in lines:
        path = os.fsdecode(line.split(b" ", 7)[-1].lstrip(b" 0123456789"))
        if path.startswith("/"):
            found[path] = None
    return list(found)[:MOST_MASKS]


def _mask(paths: list[str]) -> None:
    """Lays /dev/null over sockets, so that not even a race reaches them; the supervisor's check comes first."""
    for path in paths:
        try:
            if stat.S_ISSOCK(os.stat(path).st_mode):
                kernel.mount("/dev/null", path, kernel.MS_BIND)
        except (OSError, ValueError):
            continue


def _protect(folder: str) -> None:
    """Makes a folder of kernel settings read-only: root could have the kernel start programs outside."""
    try:
        kernel.mount(folder, folder, kernel.MS_BIND | kernel.MS_REC)
        kernel.mount("none", folder, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY)
    except OSError:
        return


def _loopback_up() -> None:
    import fcntl

    handle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))
    handle.close()


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)
