"""System call numbers and structures of the architectures that the kernel levels know."""

from __future__ import annotations

from typing import NamedTuple


class Arch(NamedTuple):
    """One architecture. audit: its AUDIT_ARCH value. compat: the 32-bit calls that its kernels also serve."""

    name: str
    audit: int
    numbers: dict[str, int]
    compat_audit: int
    compat: dict[str, int]
    compat_ioctl: int = 54
    foreign_from: int = 0
    """Numbers from here on belong to a third table (x32); 0 where there is none."""


X86_64 = Arch(
    "x86_64",
    0xC000003E,
    {
        "ioctl": 16,
        "socket": 41,
        "connect": 42,
        "sendto": 44,
        "sendmsg": 46,
        "bind": 49,
        "listen": 50,
        "socketpair": 53,
        "setsockopt": 54,
        "clone": 56,
        "ptrace": 101,
        "request_key": 249,
        "sendmmsg": 307,
        "setns": 308,
        "process_vm_writev": 311,
        "seccomp": 317,
        "io_uring_setup": 425,
        "pidfd_open": 434,
        "close_range": 436,
        "pidfd_getfd": 438,
        "landlock_create_ruleset": 444,
        "landlock_restrict_self": 446,
    },
    0x40000003,
    {
        "socketcall": 102,
        "request_key": 287,
        "sendmmsg": 345,
        "setns": 346,
        "socket": 359,
        "bind": 361,
        "connect": 362,
        "listen": 363,
        "sendto": 369,
        "sendmsg": 370,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
    },
    foreign_from=0x40000000,
)

AARCH64 = Arch(
    "aarch64",
    0xC00000B7,
    {
        "ioctl": 29,
        "ptrace": 117,
        "socket": 198,
        "socketpair": 199,
        "bind": 200,
        "listen": 201,
        "connect": 203,
        "sendto": 206,
        "setsockopt": 208,
        "sendmsg": 211,
        "request_key": 218,
        "clone": 220,
        "setns": 268,
        "sendmmsg": 269,
        "process_vm_writev": 271,
        "seccomp": 277,
        "io_uring_setup": 425,
        "pidfd_open": 434,
        "close_range": 436,
        "pidfd_getfd": 438,
        "landlock_create_ruleset": 444,
        "landlock_restrict_self": 446,
    },
    0x40000028,
    {
        "socketcall": 102,
        "socket": 281,
        "bind": 282,
        "connect": 283,
        "listen": 284,
        "sendto": 290,
        "sendmsg": 296,
        "request_key": 310,
        "sendmmsg": 374,
        "setns": 375,
        "io_uring_setup": 425,
        "pidfd_getfd": 438,
    },
)

ARCHES = {"x86_64": X86_64, "amd64": X86_64, "aarch64": AARCH64, "arm64": AARCH64}
"""By what ``os.uname().machine`` says. Both are little-endian with 64-bit pointers and share every structure."""

FAMILIES = {
    0: "UNSPEC", 1: "UNIX", 2: "INET", 10: "INET6", 16: "NETLINK", 17: "PACKET", 21: "RDS", 29: "CAN", 30: "TIPC",
    31: "BLUETOOTH", 38: "ALG", 40: "VSOCK", 42: "QIPCRTR", 43: "SMC", 44: "XDP",
}  # fmt: skip
TYPES = {1: "stream", 2: "dgram", 3: "raw", 5: "seqpacket", 10: "packet"}
PROTOCOLS = {
    (1, 0): "tcp", (1, 6): "tcp", (1, 262): "mptcp", (1, 132): "sctp", (2, 0): "udp", (2, 17): "udp", (2, 1): "icmp",
    (2, 58): "icmpv6",
}  # fmt: skip
"""(socket type, protocol number) of an INET socket → its name."""


def protocol_name(family: int, kind: int, protocol: int) -> str:
    """``tcp``, ``udp``, ``raw``, ``vsock`` …: what a socket speaks, as people say it."""
    if family not in (2, 10):
        return FAMILIES.get(family, f"family {family}").lower()
    return PROTOCOLS.get((kind, protocol)) or f"{TYPES.get(kind, str(kind))}/{protocol}"
