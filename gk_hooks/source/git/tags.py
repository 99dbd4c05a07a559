"""The tags of a repository, in the order of the versions that they name."""

from __future__ import annotations

import fnmatch
import os
import re

from gk_hooks.errors import GkError
from gk_hooks.source.git.plumbing import printable
from gk_hooks.source.git.repository import Repository

PRE_RELEASES = frozenset("a alpha b beta c rc cr pre preview dev m milestone ea snapshot".split())
"""Words that come before the version they stand at: 1.0rc1 < 1.0 < 1.0.1 < 1.0.post1."""

_PART = re.compile(r"[0-9]+|[a-zA-Z]+")
_END = (1, 0, "")


def tags(repository: Repository, pattern: str) -> list[tuple[str, str]]:
    """Name and commit of every tag that the glob *pattern* matches, by version; GkError when there is none.

    Tags of trees and blobs are no releases and are left out.
    """
    listed = os.fsdecode(repository.run("for-each-ref", "--format=%(refname:strip=2)", "refs/tags")).splitlines()
    names = sorted(filter(re.compile(fnmatch.translate(pattern)).match, listed), key=version_key)
    asked = "".join(f"refs/tags/{name}^{{commit}}\n" for name in names)
    answers = os.fsdecode(repository.run("cat-file", "--batch-check", stdin=os.fsencode(asked))).splitlines()
    objects = [answer.split(" ") for answer in answers]
    found = [(name, words[0]) for name, words in zip(names, objects, strict=True) if words[1:2] == ["commit"]]
    if not found:
        raise GkError(f"no tag of a commit matches {printable(pattern)!r}: see git tag --list, or git fetch --tags")
    return found


def version_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """What *name* is sorted by, number by number."""
    return (*map(_part, _PART.findall(name)), _END, (0, 0, name))


def _part(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return 3, int(part), ""
    return (0 if part.lower() in PRE_RELEASES else 2), 0, part.lower()
