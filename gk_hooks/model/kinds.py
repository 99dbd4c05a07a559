"""The kinds of file that are in scope, and how a name, or the first bytes where the name says nothing, tell them apart.

What a file is called decides first. A name without a suffix says nothing, and ``.xml`` says too little: such a file is
in scope when its first HEAD bytes show an interpreter (``#!/bin/sh``), a cron job or a scheduled task.
"""

from __future__ import annotations

import re
from enum import StrEnum

from gk_hooks.model.regex import regex


class Kind(StrEnum):
    """A language, or a kind of data, that an analyzer exists for; the value is the name that reports print."""

    PYTHON = "python"
    POWERSHELL = "powershell"
    BATCH = "batch"
    SHELL = "shell"
    VBSCRIPT = "vbscript"
    NOTEBOOK = "notebook"
    SYSTEMD = "systemd"
    CRONTAB = "crontab"
    LAUNCHD = "launchd"
    TASK = "task"
    REGISTRY = "registry"
    DESKTOP = "desktop"


KIND_BY_SUFFIX: dict[str, Kind] = {
    ".py": Kind.PYTHON,
    ".ps1": Kind.POWERSHELL,
    ".bat": Kind.BATCH,
    ".cmd": Kind.BATCH,
    ".sh": Kind.SHELL,
    ".vbs": Kind.VBSCRIPT,
    ".pyw": Kind.PYTHON,
    ".psm1": Kind.POWERSHELL,
    ".bash": Kind.SHELL,
    ".zsh": Kind.SHELL,
    ".ksh": Kind.SHELL,
    ".ipynb": Kind.NOTEBOOK,
    ".service": Kind.SYSTEMD,
    ".timer": Kind.SYSTEMD,
    ".socket": Kind.SYSTEMD,
    ".path": Kind.SYSTEMD,
    ".cron": Kind.CRONTAB,
    ".crontab": Kind.CRONTAB,
    ".plist": Kind.LAUNCHD,
    ".reg": Kind.REGISTRY,
    ".desktop": Kind.DESKTOP,
}
"""``.psd1`` is data that PowerShell reads without running it."""

HEAD = 1024
"""Bytes that are enough to tell what a file without a telling name is; a task in UTF-16 needs 300."""

_INTERPRETERS: dict[str, Kind] = {
    **dict.fromkeys(("python", "pythonw", "pypy", "ipython"), Kind.PYTHON),
    **dict.fromkeys(("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"), Kind.SHELL),
    **dict.fromkeys(("pwsh", "powershell"), Kind.POWERSHELL),
}
_RUNNERS = {"uv": ("run",), "pipx": ("run",), "busybox": ("sh", "ash")}
"""Programs that are an interpreter by their first word."""

_VERSION = regex(r"[\d.]*(?:-preview)?(?:\.exe)?$")
_CRON_JOB = regex(
    rb"^[ \t]*(?:@(?:reboot|hourly|daily|weekly|monthly)[ \t]+|(?=[\d ,/-]*\*)(?:[\d*,/-]{1,40}[ \t]+){5})[\w/.]", re.M
)
_TASK = b"schemas.microsoft.com/windows/2004/02/mit/task"


def kind_of(path: str, head: bytes = b"") -> Kind | None:
    """The kind of the file at *path* (``/``-separated), or None when out of scope.

    Suffixes count in any case. *head*: its first bytes, which matter where ``needs_head`` says so.
    """
    folder, _, name = path.rpartition("/")
    suffix = _suffix(name)
    if suffix in KIND_BY_SUFFIX:
        return KIND_BY_SUFFIX[suffix]
    if suffix == ".xml":
        return Kind.TASK if _TASK in head.replace(b"\0", b"") else None
    if suffix:
        return None
    return _by_interpreter(head) or (Kind.CRONTAB if _is_crontab(folder, name, head) else None)


def needs_head(path: str) -> bool:
    """Whether only the first bytes of the file at *path* tell its kind."""
    return _suffix(path.rpartition("/")[2]) in ("", ".xml")


def may_be_code(path: str) -> bool:
    """Whether the file at *path* is in scope by its name, or may be by its content."""
    return needs_head(path) or kind_of(path) is not None


def _suffix(name: str) -> str:
    """``.py`` of ``a.PY`` and of ``.py``; "" of ``hook`` and of ``.hook``."""
    stem, dot, suffix = name.rpartition(".")
    suffix = (dot + suffix).lower()
    return suffix if stem.strip(".") or suffix in KIND_BY_SUFFIX else ""


def _is_crontab(folder: str, name: str, head: bytes) -> bool:
    return name == "crontab" or folder.rpartition("/")[2] == "cron.d" or _CRON_JOB.search(head) is not None


def _by_interpreter(head: bytes) -> Kind | None:
    if not head.startswith(b"#!"):
        return None
    words = head[2:].split(b"\n", 1)[0].decode("latin-1").split()
    program = _program(words[0]) if words else ""
    if program == "env":
        words = _behind_env(words)
        program = _program(words[0]) if words else ""
    if program in _RUNNERS:
        found = words[1:2] and words[1] in _RUNNERS[program]
        return (Kind.SHELL if program == "busybox" else Kind.PYTHON) if found else None
    return _INTERPRETERS.get(program)


def _program(word: str) -> str:
    return _VERSION.sub("", re.split(r"[/\\]", word)[-1].lower())


def _behind_env(words: list[str]) -> list[str]:
    """The command that ``env`` runs: after its options (of which ``-S`` may hold the command) and assignments."""
    words, at = words[1:], 0
    while at < len(words):
        word = words[at]
        split = re.match(r"-[iv]*S|--split-string=?", word)
        if split and word[split.end() :]:
            words[at] = word[split.end() :]
        elif not word.startswith("-") and "=" not in word:
            return words[at:]
        else:
            at += 2 if word in ("-u", "-C", "--unset", "--chdir") else 1
    return []
