"""``gk hook install`` and ``uninstall``: git hooks for people without the pre-commit framework, reversible."""

from __future__ import annotations

import argparse
import os
import shlex
import stat
import sys
import sysconfig
from pathlib import Path

from gk_hooks.commands.hook import STAGES
from gk_hooks.errors import GkError
from gk_hooks.model.text import printable
from gk_hooks.reports.write import replace_file
from gk_hooks.source.git.repository import Repository, open_repository

MARK = "# installed by gk: gk hook uninstall takes it away"


def run(options: argparse.Namespace) -> int:
    """Installs or uninstalls, and says what was done."""
    folder = hooks_folder(open_repository())
    done = install(folder, tuple(options.stage or STAGES[:2])) if options.action == "install" else uninstall(folder)
    sys.stdout.write("\n".join(done) + "\n")
    return 0


def install(folder: Path, stages: tuple[str, ...]) -> list[str]:
    """Writes the hooks; a hook of somebody else's is kept and named, never replaced."""
    for path in (folder / stage for stage in stages):
        if _exists(path) and not _is_ours(path):
            line = f"{_command(path.name)} || exit $?"
            name = printable(str(path))
            raise GkError(f"{name} is there already and not gk's; nothing was written: add the line {line}")
    folder.mkdir(parents=True, exist_ok=True)
    done = []
    for stage in stages:
        path = folder / stage
        replace_file(path, f"#!/bin/sh\n{MARK}\n{_command(stage)}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        done.append(f"wrote {printable(str(path))}")
    return done


def uninstall(folder: Path) -> list[str]:
    """Removes the hooks that carry our mark."""
    ours = [folder / stage for stage in STAGES if _exists(folder / stage) and _is_ours(folder / stage)]
    for path in ours:
        path.unlink()
    return [f"removed {printable(str(path))}" for path in ours] or ["no hook of gk's is installed here"]


def hooks_folder(repository: Repository) -> Path:
    """Where git looks for hooks: core.hooksPath if it is set, else hooks/ of the common git directory."""
    # our own hardening sets the key on the command line: the configured value is the last one from a file
    found = repository.run("config", "--show-scope", "--path", "-z", "--get-all", "core.hooksPath", ok=(0, 1))
    words = [os.fsdecode(word) for word in found.split(b"\0")[:-1]]
    configured = [value for scope, value in zip(words[::2], words[1::2]) if scope != "command"]
    if configured:
        return Path(repository.root, configured[-1])
    common = os.fsdecode(repository.run("rev-parse", "--git-common-dir").rstrip(b"\n"))
    return Path(repository.root, common, "hooks")


def _command(stage: str) -> str:
    arguments = ' --pre-push "$@"' if stage == "pre-push" else ""
    return f"{_search_path()}{_quoted(sys.executable)} -P -m gk_hooks hook{arguments}"


def _search_path() -> str:
    """What lets the hook's Python find this copy when it is not installed."""
    root = Path(__file__).resolve().parents[2]
    if root in {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}:
        return ""
    return f"PYTHONPATH={_quoted(str(root))} "


def _quoted(path: str) -> str:
    return shlex.quote(path.replace("\\", "/") if os.name == "nt" else path)


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _is_ours(path: Path) -> bool:
    try:
        return MARK in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
