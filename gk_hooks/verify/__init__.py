"""Verification of an evidence packet, offline: everything that can be made again is made again and compared.

What is enforced, in this order:

1. The folder holds the files that statement.json names, each with that SHA-256, and nothing else.
2. statement.json is, to the byte, what report.json and those files lead to.
3. The envelope holds that statement, signed by a key that the caller trusts; the proof puts the envelope into a log.
4. The commit, its tree, its files, the settings, the findings and the reports follow from the repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gk_hooks.errors import GkError
from gk_hooks.evidence.keys import VerifierKey
from gk_hooks.pipeline.scan import StartProgress
from gk_hooks.source.git.repository import open_repository
from gk_hooks.verify import again, files, seals
from gk_hooks.verify.checks import Check, unchecked, wrong


def verify(
    folder: Path,
    *,
    repository: str | None = None,
    keys: Sequence[VerifierKey] = (),
    progress: StartProgress = lambda total: lambda done: None,
) -> Iterator[Check]:
    """The checks of the packet in *folder*, as they are made.

    repository: a path in the one that was audited; None is the current folder's. keys: those that are trusted.
    Raises GkError where there is no packet, or one of a newer version.
    """
    packet = files.read(folder)
    yield from files.check(packet)
    if packet.unreadable:
        return
    yield from seals.check(packet, keys)
    if packet.broken:
        yield unchecked("repository", "files that the rest stands on are missing or altered")
        return
    try:
        opened = open_repository(repository or ".")
    except GkError as error:
        yield (
            wrong("repository", str(error)) if repository else unchecked("repository", f"{error}; name it with --repo")
        )
        return
    yield from again.check(packet, opened, named=repository is not None, progress=progress)
