"""Command lines as evidence shows them: without their secrets, and bounded."""

from __future__ import annotations

import re

MOST_WORDS, LONGEST_WORD = 40, 300

SECRET_OPTION = re.compile(
    r"(?i)^(-{1,2}[\w-]*(?:password|passwd|secret|token|api-?key|access-?key|private-?key|credential|auth)[\w-]*)(=.*)?$"
)
SECRETS = (
    (
        re.compile(r"(?i)([\w-]*(?:password|passwd|secret|token|api_?-?key|access_?key)[\w-]*\s*[=:]\s*)([^\s&]+)"),
        r"\1***",
    ),
    (re.compile(r"(?i)(://[^/\s:@]*:)[^/\s@]+@"), r"\1***@"),
    (re.compile(r"(?i)(authorization\s*:\s*\w+\s+)\S+"), r"\1***"),
    (re.compile(r"(?i)\b(bearer\s+)\S+"), r"\1***"),
    (re.compile(r"\b(?:gh[pousr]_|glpat-|xox[abpr]-|sk-)[\w-]{8,}|\bAKIA[A-Z0-9]{12,}"), "***"),
)


def redacted(words: list[str]) -> tuple[str, ...]:
    """A command line without its secrets, cut to a bounded size."""
    shown, hide = [], False
    for word in words[:MOST_WORDS]:
        word = word[:LONGEST_WORD]
        option = SECRET_OPTION.match(word)
        if hide:
            word = "***"
        elif option:
            word = option[1] + ("=***" if option[2] else "")
        else:
            for pattern, instead in SECRETS:
                word = pattern.sub(instead, word)
        hide = bool(option and not option[2])
        shown.append(word)
    return tuple(shown) + (("…",) if len(words) > MOST_WORDS else ())
