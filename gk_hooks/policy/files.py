"""Reading the small files that people write for policy, safely: they may lie in the tree that is under suspicion."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection

from gk_hooks.errors import GkError, hint

MAX_SIZE = 1024 * 1024


def read_small(path: str, limit: int = MAX_SIZE) -> bytes:
    """The bytes of a regular file of at most *limit* bytes; GkError in one line for anything else."""
    try:
        # a pipe of this name must not block us
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise GkError(f"{path}: is not a regular file")
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise GkError(f"{path}: cannot be read: {reason}") from None
    if len(data) > limit:
        raise GkError(f"{path}: is larger than {limit} bytes")
    return data


def read_text(path: str, data: bytes) -> str:
    """*data* as UTF-8, with or without a byte order mark; GkError names the file."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GkError(f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None


def unknown_key(key: str, known: Collection[str]) -> str:
    """The words for a key that nothing knows, with the nearest known one if there is any."""
    return f"unknown key {key!r}: {hint(key, known)}"
