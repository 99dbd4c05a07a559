"""The kinds of file that are in scope, and how a name tells them apart."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A language that an analyzer exists for; the value is the name that reports print."""

    PYTHON = "python"
    POWERSHELL = "powershell"
    BATCH = "batch"
    SHELL = "shell"
    VBSCRIPT = "vbscript"


KIND_BY_SUFFIX: dict[str, Kind] = {
    ".py": Kind.PYTHON,
    ".ps1": Kind.POWERSHELL,
    ".bat": Kind.BATCH,
    ".cmd": Kind.BATCH,
    ".sh": Kind.SHELL,
    ".vbs": Kind.VBSCRIPT,
}


def kind_of(path: str) -> Kind | None:
    """The kind of the file at *path* (``/``-separated) by its suffix in any case, or None when out of scope."""
    name = path.rpartition("/")[2]
    return KIND_BY_SUFFIX.get("." + name.rpartition(".")[2].lower()) if "." in name else None
