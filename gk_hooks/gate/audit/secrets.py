"""Digests of arguments that only the holder of a key can try guesses against."""

from __future__ import annotations

import hmac
import os
import time
from pathlib import Path

from gk_hooks.evidence.checkpoint import base64_line
from gk_hooks.evidence.keys import KeyTextError, write_new_file

_SIZE = 32


def load_digest_key(path: Path) -> bytes:
    """The key in *path*, which is made when there is none. Raises KeyTextError."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_new_file(path, f"{os.urandom(_SIZE).hex()}\n".encode(), 0o600)
        except KeyTextError:
            if not path.exists():  # else another process was faster, and its key is as good
                raise
    try:
        key = bytes.fromhex(_written(path))
    except OSError as error:
        raise KeyTextError(f"cannot read the digest key {path}: {error.strerror}") from error
    except ValueError as error:
        raise KeyTextError(f"{path} is no digest key: expected {2 * _SIZE} hexadecimal digits") from error
    if len(key) != _SIZE:
        raise KeyTextError(f"{path} is no digest key: expected {2 * _SIZE} hexadecimal digits")
    return key


def _written(path: Path) -> str:
    """The text of the file, once the process that is making it has written it."""
    for _ in range(100):
        text = path.read_text(encoding="ascii").strip()
        if text:
            break
        time.sleep(0.01)
    return text


class Digester:
    """HMAC-SHA256 of contents under one key, marked as such. Equal contents have equal digests."""

    def __init__(self, key: bytes) -> None:
        self._begun = hmac.new(key, digestmod="sha256")

    def digest(self, content: bytes) -> str:
        """The keyed digest of *content*."""
        ours = self._begun.copy()
        ours.update(content)
        return "hmac-sha256:" + base64_line(ours.digest())
