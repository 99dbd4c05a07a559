"""Which commit each line of a file comes from.

``git blame`` reads more of a repository than any other command here: filters for display (textconv), revisions to
ignore, a mailmap, attributes in the work tree. None of them may run, hang or bend the result, so it runs as in a bare
repository, with each of them off, and only the ids of commits are taken from it; who wrote them is read from the
commits themselves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone

from gk_hooks.model.records import dataclass
from gk_hooks.source.git.objects import Objects
from gk_hooks.source.git.plumbing import start_git
from gk_hooks.source.git.repository import Repository

COMMAND = (
    *("-c", "core.bare=true", "-c", "mailmap.blob=", "-c", "mailmap.file=", "-c", "diff.algorithm=histogram"),
    *("blame", "--no-textconv", "--no-ignore-revs-file", "--no-ignore-rev", "--root", "--incremental"),
)

Lines = tuple[int, int]
"""The first and the last of some lines, as git counts them."""

_HEAD = re.compile(rb"(?m)^([0-9a-f]{40}(?:[0-9a-f]{24})?) \d+ (\d+) (\d+)$")


@dataclass(frozen=True, slots=True)
class Commit:
    """What a commit says of itself. committed: seconds since 1970, to tell the younger of two."""

    id: str
    author: str
    date: str
    committed: int


def start_blame(repository: Repository, commit: str, path: str, lines: Iterable[Lines]) -> Callable[[], dict[int, str]]:
    """Starts to look for the commit that last changed each of *lines* of the file *path* as *commit* has it.

    Line 0 asks for all. The function that comes back waits for the answer. This is the one command that is given a
    name: it is passed as the bytes that git gave us, after ``--``.
    """
    wanted = sorted(set(lines))
    ranges = [] if any(first == 0 for first, _ in wanted) else [f"-L{first},{last}" for first, last in wanted]
    env = {**dict(repository.env), "GIT_WORK_TREE": None, "GIT_INDEX_FILE": None}
    args = (*COMMAND, *ranges, commit, "--", path)
    output = start_git(args, cwd=repository.git_dir, env=env)
    return lambda: _by_line(output())


def _by_line(output: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for match in _HEAD.finditer(output):
        first = int(match[2])
        found |= dict.fromkeys(range(first, first + int(match[3])), match[1].decode())
    return found


def read_commit(objects: Objects, commit: str) -> Commit:
    """The author, the author's date with its time zone, and the time of the commit."""
    head = objects.read(commit, "commit").partition(b"\n\n")[0]
    lines = (line.partition(b" ") for line in reversed(head.split(b"\n")))  # of several the first counts
    fields = {name: value for name, _, value in lines}
    author, date, _ = _person(fields.get(b"author", b""))
    return Commit(commit, author, date, _person(fields.get(b"committer", b""))[2])


def shallow_commits(repository: Repository) -> frozenset[str]:
    """The commits at which a shallow clone ends: what they are blamed for may be older."""
    path = os.fsdecode(repository.run("rev-parse", "--git-path", "shallow").removesuffix(b"\n"))
    try:
        with open(os.path.join(repository.root, path), encoding="ascii") as file:
            return frozenset(file.read().split())
    except (OSError, ValueError):
        return frozenset()


_PERSON = re.compile(rb"(.*) (-?\d{1,12}) ([+-])(\d\d)(\d\d)", re.DOTALL)


def _person(line: bytes) -> tuple[str, str, int]:
    """Name and mail, the date, and the seconds, as far as a line that anybody may have written says them."""
    match = _PERSON.fullmatch(line)
    if not match:
        return line.decode("utf-8", "replace"), "", 0
    seconds = int(match[2])
    offset = timedelta(hours=int(match[4]), minutes=int(match[5])) * (-1 if match[3] == b"-" else 1)
    try:
        moment = datetime.fromtimestamp(seconds, UTC).astimezone(timezone(offset)).isoformat()
    except (ValueError, OverflowError, OSError):
        moment = ""
    return match[1].decode("utf-8", "replace"), moment, seconds
