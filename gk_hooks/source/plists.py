"""Binary property lists as text: only what makes a launchd job, written as the XML that stands for it."""

from __future__ import annotations

import html
import plistlib
from typing import Any

MAGIC = b"bplist00"
_TRAILER = 32

MAX_WORDS = 10_000


def job_text(data: bytes) -> str:
    """The strings, lists of strings and flags of the top dictionary in XML. ValueError for what cannot be read."""
    count = int.from_bytes(data[-_TRAILER + 8 : -_TRAILER + 16], "big")
    if len(data) < len(MAGIC) + _TRAILER or count > len(data):
        raise ValueError("is no whole binary property list")
    try:
        top = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
    except (plistlib.InvalidFileException, RecursionError, OverflowError, MemoryError, TypeError, ValueError) as error:
        raise ValueError("is a binary property list that cannot be read") from error
    entries = top.items() if isinstance(top, dict) else ()
    lines = [f"<key>{_text(key)}</key>{_value(value)}" for key, value in entries if isinstance(key, str)]
    return "\n".join(['<plist version="1.0"><dict>', *lines, "</dict></plist>", ""])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return f"<string>{_text(value)}</string>"
    if isinstance(value, list):
        words = (word for word in value[:MAX_WORDS] if isinstance(word, str))
        return f"<array>{''.join(f'<string>{_text(word)}</string>' for word in words)}</array>"
    return f"<{str(value).lower()}/>" if isinstance(value, bool) else "<data/>"


def _text(value: str) -> str:
    """*value* as text of XML on one line, without the characters that no XML may hold."""
    return html.escape("".join(char if char.isprintable() else "\ufffd" for char in value), quote=False)
