"""The kinds of blobs, by their first bytes where a name does not tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gk_hooks.model.kinds import HEAD, Kind, kind_of, needs_head
from gk_hooks.source.git.repository import Repository

Named = tuple[str, str]
"""A path and the blob that it names."""


def blob_kinds(
    repository: Repository, named: Collection[Named], sizes: Mapping[str, int], limit: int
) -> dict[Named, Kind | None]:
    """The kind of each. *sizes*: those of the blobs whose kind is not told by a path; above *limit* none is read."""
    unclear = sorted({blob for path, blob in named if needs_head(path) and sizes[blob] <= limit})
    heads: dict[str, bytes] = {}
    if unclear:
        with repository.objects() as objects:
            heads = {blob: objects.read(blob)[:HEAD] for blob in unclear}
    return {(path, blob): kind_of(path, heads.get(blob, b"")) for path, blob in named}
