"""The one door to git: every command goes through here, with the same fixed options and environment.

What this module enforces, whoever calls it:

1. Nothing of the repository's is executed: no fsmonitor, hooks, external diff, textconv, filters, transports.
2. Nothing is written and no lock is taken.
3. An object id means the bytes that hash to it: no replace refs, no grafts, and blobs are hashed when read.
4. The git executable comes from an absolute directory of PATH, never from the directory that is scanned.

GitPython's command runner carries the commands of an audit, where it can be imported, ``subprocess`` all others; both
get the same arguments and environment. Importing GitPython takes 0.1 s, which a commit would have to wait for.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Protocol, cast

from gk_hooks.errors import GkError

MINIMUM_GIT = (2, 30)

Environment = Mapping[str, str | None]

OPTIONS = (
    *("--no-pager", "--literal-pathspecs"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.checkStat=default"),
    *("-c", "core.trustctime=true"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "core.bigFileThreshold=2g"),
)
"""Stand before every command. ``-c`` wins over the repository's configuration and over GIT_CONFIG_COUNT."""

ENVIRONMENT: Environment = {
    "LANGUAGE": "C",
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # for a git that does not know GIT_NO_LAZY_FETCH
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EXTERNAL_DIFF": None,
    "GIT_DIFF_OPTS": None,
    "GIT_GLOB_PATHSPECS": None,
    "GIT_NOGLOB_PATHSPECS": None,
    "GIT_ICASE_PATHSPECS": None,
}
"""None: the variable is taken away. Whatever else the caller has (a CI's safe.directory, say) stays."""

NO_DRIVERS = ("--no-ext-diff", "--no-textconv", "--no-color", "--text")
"""For every command that prints a patch."""


class GitFailed(GkError):
    """A git command failed; *stderr* is what it said."""

    def __init__(self, message: str, stderr: str = "") -> None:
        super().__init__(message)
        self.stderr = stderr


class Process(Protocol):
    """The part of ``subprocess.Popen`` that both carriers offer."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None
    returncode: int

    def communicate(self, data: bytes | None = None) -> tuple[bytes, bytes]: ...
    def wait(self) -> int: ...
    def kill(self) -> None: ...


def run_git(
    args: Sequence[str],
    *,
    cwd: str,
    stdin: bytes = b"",
    env: Environment | None = None,
    ok: Collection[int] = (0,),
) -> bytes:
    """What ``git ARGS`` prints when run in *cwd*; an exit code that is not in *ok* raises GitFailed."""
    return start_git(args, cwd=cwd, stdin=stdin, env=env, ok=ok)()


def start_git(
    args: Sequence[str],
    *,
    cwd: str,
    stdin: bytes = b"",
    env: Environment | None = None,
    ok: Collection[int] = (0,),
) -> Callable[[], bytes]:
    """Like run_git, but does not wait: the function that comes back does. So commands can run side by side."""
    return _Pending(start_process(args, cwd, env or {}), args, cwd, stdin, ok)


class _Pending:
    """A command that runs; it is ended when nobody waits for it any more."""

    def __init__(self, process: Process, args: Sequence[str], cwd: str, stdin: bytes, ok: Collection[int]) -> None:
        self._process: Process | None = process
        self._args, self._cwd, self._stdin, self._ok = args, cwd, stdin, ok

    def __call__(self) -> bytes:
        process, self._process = self._process, None
        assert process is not None, "a command is waited for once"
        output, complaint = process.communicate(self._stdin)
        git_version()
        if process.returncode not in self._ok:
            raise failure(self._args, self._cwd, complaint)
        return output

    def __del__(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


MISSING_ADVICE = "the clone is partial or damaged; fetch it whole (git fetch --refetch --no-filter), or run git fsck"


def object_hash(kind: str, data: bytes, id_length: int) -> str:
    """The id that git gives to *data*; *id_length* is 40 (SHA-1) or 64 (SHA-256) hexadecimal digits."""
    return stream_hash(kind, len(data), (data,), id_length)


def stream_hash(kind: str, size: int, chunks: Iterable[bytes], id_length: int) -> str:
    """The id that git gives to *size* bytes that come in *chunks*."""
    digest = hashlib.sha256() if id_length == 64 else hashlib.sha1(usedforsecurity=False)
    digest.update(f"{kind} {size}\0".encode())
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def printable(text: str) -> str:
    """*text* with whatever a terminal might obey written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def use_gitpython(wanted: bool = True) -> bool:
    """Let GitPython carry the commands of this process from now on, where it can be imported; says whether it does."""
    global _runner
    _runner = _gitpython() if wanted else None
    return _runner is not None


@contextmanager
def carried_by_gitpython() -> Iterator[None]:
    """Inside, GitPython carries the commands, where it can be imported."""
    use_gitpython()
    try:
        yield
    finally:
        use_gitpython(False)


_runner: Callable[[], Any] | None = None


def carrier() -> str:
    """What carries the commands."""
    return "subprocess" if _runner is None else "gitpython"


def start_process(args: Sequence[str], cwd: str, env: Environment) -> Process:
    """``git ARGS`` in *cwd*, running."""
    if not os.path.isdir(cwd):
        raise GitFailed(f"{printable(cwd)} is not a directory")
    # ``-C`` rather than a working directory: GitPython expands "$" and "~" in the latter.
    argv = [git_executable(), "-C", os.path.abspath(cwd), *OPTIONS, *args]
    pipe = subprocess.PIPE
    try:
        with _environ({**ENVIRONMENT, **env}):
            if _runner is not None:
                return cast(Process, _runner().execute(argv, istream=pipe, as_process=True, shell=False))
            return cast(Process, subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe))
    except OSError as error:
        raise GitFailed(f"git cannot be started: {error.strerror}") from error


def git_executable() -> str:
    """The absolute path of git; GkError when there is none."""
    return _git().path


def git_version() -> tuple[int, int]:
    """The first two numbers of its version; GkError when it is too old. Nothing is taken from a git before this."""
    return _git().version


class _Git:
    """The git at *path*, which is asked for its version while the first command runs."""

    def __init__(self, path: str) -> None:
        self.path = path
        pipe = subprocess.PIPE
        try:
            self._asked = subprocess.Popen([path, "--version"], stdout=pipe, stderr=pipe, cwd=os.path.dirname(path))
        except OSError as error:
            raise GkError(f"{printable(path)} does not work: {error.strerror}") from error

    @functools.cached_property
    def version(self) -> tuple[int, int]:
        """The first two numbers."""
        said, _ = self._asked.communicate()
        found = re.search(rb"(\d+)\.(\d+)", said)
        if self._asked.returncode or not found:
            raise GkError(f"{printable(self.path)} does not work: `git --version` failed")
        version = int(found[1]), int(found[2])
        if version < MINIMUM_GIT:
            wanted = ".".join(map(str, MINIMUM_GIT))
            raise GkError(f"git {found[0].decode()} is too old: install {wanted} or newer")
        return version


@functools.cache
def _git() -> _Git:
    return _Git(_find_git())


def _find_git() -> str:
    """Like shutil.which, but relative directories of PATH do not count, nor does Windows' current directory."""
    name = os.environ.get("GIT_PYTHON_GIT_EXECUTABLE") or "git"
    if os.path.isabs(name):
        folders = [os.path.dirname(name)]
    else:
        folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(folder)]
    suffix = ".exe" if sys.platform == "win32" and not name.lower().endswith(".exe") else ""
    for folder in folders:
        path = os.path.join(folder, os.path.basename(name) + suffix)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise GkError(f"{printable(name)} is not found on PATH: install git, or scan a directory without it")


@functools.cache
def _gitpython() -> Callable[[], Any] | None:
    """GitPython's command runner, or None. It runs git while it is imported, so it is told which one."""
    with _environ({"GIT_PYTHON_GIT_EXECUTABLE": git_executable()}):
        try:
            from git.cmd import Git
        except ImportError:
            return None
    return Git


@contextmanager
def _environ(changes: Environment) -> Iterator[None]:
    """Change this process's environment for as long as it takes to start another; GitPython cannot unset a variable."""
    before = {name: os.environ.get(name) for name in changes}
    _set_environ(changes)
    try:
        yield
    finally:
        _set_environ(before)


def _set_environ(values: Environment) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


FAILURES: tuple[tuple[str, str], ...] = (
    ("dubious ownership", "git refuses to read {cwd}, it belongs to somebody else; if you trust it: "
     "git config --global --add safe.directory {cwd}"),
    ("not a git repository", "{cwd} is not in a git repository"),
    ("must be run in a work tree", "{cwd} is not in a work tree of git"),
    ("unable to read", "objects are missing: " + MISSING_ADVICE),
    ("bad object", "objects are missing: " + MISSING_ADVICE),
    ("lazy fetch", "objects are missing: " + MISSING_ADVICE),
    ("promisor", "objects are missing: " + MISSING_ADVICE),
)  # fmt: skip
"""What git says → what we say."""


def failure(args: Sequence[str], cwd: str, complaint: bytes) -> GitFailed:
    """The error for a command that failed and what it said."""
    said = complaint.decode("utf-8", "replace")
    where = printable(os.path.abspath(cwd))
    for sign, message in FAILURES:
        if sign in said:
            return GitFailed(message.format(cwd=where), said)
    lines = [line for line in said.splitlines() if line.startswith(("fatal:", "error:"))] or said.splitlines()
    reason = printable(lines[0].partition(": ")[2] or lines[0]) if lines else "no reason given"
    return GitFailed(f"git {args[0]} failed in {where}: {reason}", said)
