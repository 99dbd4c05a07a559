"""Landlock: where no user namespace does it, takes processes outside the command out of its reach."""

from __future__ import annotations

import ctypes
import os
import struct

from gk_hooks.egress.kernel import syscall

GET_VERSION = 1
SCOPES_SINCE = 6
ABSTRACT_SOCKETS, MAKE_BLOCK_DEVICE = 1, 1 << 11


def confine() -> bool:
    """Puts this process, and whatever it starts, into a domain; whether the kernel has that.

    Nobody in a domain can trace a process outside of it, nor open its memory or take its descriptors (landlock(7)).
    That comes with any domain, so this one restricts as little as the kernel lets it: abstract sockets outside of it,
    before Linux 6.12 the making of block devices. Needs no_new_privs.
    """
    try:
        version = syscall("landlock_create_ruleset", 0, 0, GET_VERSION)
        words = (0, 0, ABSTRACT_SOCKETS) if version >= SCOPES_SINCE else (MAKE_BLOCK_DEVICE,)
        attributes = ctypes.create_string_buffer(struct.pack(f"={len(words)}Q", *words))
        ruleset = syscall("landlock_create_ruleset", ctypes.addressof(attributes), 8 * len(words), 0)
        try:
            syscall("landlock_restrict_self", ruleset, 0)
        finally:
            os.close(ruleset)
    except OSError:
        return False
    return True
