"""Objects by id or name, through one ``git cat-file`` that all readers of a repository share.

A process is started when the first object is wanted, and ends with ours. Bytes are checked against the id they were
asked by, so whoever has an id has the object.
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import IO, NamedTuple, cast

from gk_hooks.source.git.plumbing import (
    MISSING_ADVICE,
    Environment,
    GitFailed,
    Process,
    carrier,
    failure,
    git_version,
    object_hash,
    printable,
    start_process,
)

BATCH_COMMAND = (2, 36)
"""The first git of which one process tells sizes and contents."""

PIPE = 40
"""Questions that are asked at once: their answers fit into the smallest pipe of any system, so nobody ever waits."""

KEPT = 4
"""Processes that wait for the next question."""

_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Info(NamedTuple):
    """What an object is, without its bytes."""

    id: str
    kind: str
    size: int


class Objects:
    """Reads the objects of the repository at *cwd*. Not for use by several threads."""

    def __init__(self, cwd: str, env: Environment | None = None) -> None:
        self._cwd, self._env = cwd, env or {}

    def read(self, object_id: str, kind: str = "blob") -> bytes:
        """The bytes of the object; GitFailed when it is missing, of another kind, or not what its id says."""
        if not _OBJECT_ID.fullmatch(object_id):
            raise GitFailed(f"{printable(object_id)!r} is not an object id")
        found, data = self._process("contents").contents(object_id)
        if found is None:
            raise GitFailed(f"object {object_id} is missing: {MISSING_ADVICE}")
        if found.kind != kind:
            raise GitFailed(f"object {object_id} is a {found.kind}, not a {kind}")
        if object_hash(kind, data, len(object_id)) != object_id:
            raise GitFailed(f"object {object_id} is damaged, its bytes do not match its id: run git fsck")
        return data

    def find(self, names: Collection[str]) -> list[Info | None]:
        """What each of *names* (ids or revisions, each of one line) names, None where git finds nothing."""
        return self._process("info").infos(names) if names else []

    def __enter__(self) -> Objects:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing: the process waits for the next reader."""

    def _process(self, use: str) -> _CatFile:
        mode = "--batch-command" if git_version() >= BATCH_COMMAND else _MODES[use]
        key = (os.getpid(), carrier(), self._cwd, tuple(self._env.items()), mode)
        found = _processes.get(key)
        if found is None or found.ended:
            ours = [known for known in _processes if known[0] == key[0]]  # a parent's are not ours to end
            for old in ours[: max(len(ours) + 1 - KEPT, 0)]:
                _processes.pop(old).end()
            found = _processes[key] = _CatFile(self._cwd, self._env, mode)
        return found


_MODES = {"contents": "--batch", "info": "--batch-check"}
_processes: dict[tuple[object, ...], _CatFile] = {}


class _CatFile:
    """A running ``git cat-file`` in one of its batch modes."""

    def __init__(self, cwd: str, env: Environment, mode: str) -> None:
        self._cwd, self._args = cwd, ("cat-file", mode)
        self._commands = mode == "--batch-command"
        self._process = start_process(self._args, cwd, env)
        self._complaints, self._listener = _drain(self._process)
        # also when the interpreter ends, while threads still run: one that reads then would abort it
        self.end = weakref.finalize(self, _end, self._process, self._listener)

    @property
    def ended(self) -> bool:
        """Whether it can be asked nothing more."""
        return not self.end.alive

    def contents(self, name: str) -> tuple[Info | None, bytes]:
        """What *name* names, and its bytes."""
        try:
            self._ask("contents", (name,))
            found = self._header()
            data = self._stdout.read(found.size + 1) if found else b"\n"
            if data[-1:] != b"\n" or (found and len(data) != found.size + 1):
                raise self._failure()
        except (OSError, ValueError) as error:
            raise self._failure() from error
        return found, data[:-1]

    def infos(self, names: Iterable[str]) -> list[Info | None]:
        """What each of *names* names."""
        names = list(names)
        found: list[Info | None] = []
        try:
            for start in range(0, len(names), PIPE):
                some = names[start : start + PIPE]
                self._ask("info", some)
                found += [self._header() for _ in some]
        except (OSError, ValueError) as error:
            raise self._failure() from error
        return found

    @property
    def _stdout(self) -> IO[bytes]:
        return cast(IO[bytes], self._process.stdout)

    def _ask(self, command: str, names: Iterable[str]) -> None:
        lead = f"{command} " if self._commands else ""
        stdin = cast(IO[bytes], self._process.stdin)
        stdin.write("".join(f"{lead}{name}\n" for name in names).encode("utf-8", "surrogateescape"))
        stdin.flush()

    def _header(self) -> Info | None:
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            raise self._failure()
        words = line.decode("ascii", "replace").split(" ")
        if len(words) != 3 or not _OBJECT_ID.fullmatch(words[0]) or words[1] not in _KINDS:
            return None
        return Info(words[0], words[1], int(words[2]))

    def _failure(self) -> GitFailed:
        self.end()
        return failure(self._args, self._cwd, b"".join(self._complaints))


_KINDS = ("blob", "tree", "commit", "tag")


def _drain(process: Process) -> tuple[list[bytes], threading.Thread]:
    """Read stderr on the side, so that a talkative git never blocks; the last lines are kept."""
    lines: list[bytes] = []
    stream = cast(IO[bytes], process.stderr)

    def pump() -> None:
        with stream:
            for line in iter(lambda: stream.readline(4096), b""):
                lines.append(line)
                del lines[:-20]

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    return lines, thread


def _end(process: Process, listener: threading.Thread) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was written last may no longer be wanted
                stream.close()
    process = getattr(process, "proc", process)  # GitPython's own calls it an error when a process is ended
    process.kill()  # it only reads, and a worker that was forked meanwhile may hold our end of its input open
    process.wait()
    listener.join()
