"""Writing to a path, whoever does it: the write itself, and persistence when the path is a place that brings back."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Effect, Mechanism, Persist, Site, WritePath
from gk_hooks.model.places import persistence_of
from gk_hooks.model.values import Text

HARMLESS = frozenset({"delete", "mkdir"})
"""Verbs that install nothing: what is deleted does not come back, and an empty folder brings nothing."""


def writes(site: Site, path: Text, verb: str = "write") -> Iterator[Effect]:
    """The ``WritePath``, and a ``Persist`` for each way in which an option of *path* would come back."""
    yield WritePath(site, path, verb)
    if verb in HARMLESS:
        return
    places = dict.fromkeys(place for place in map(persistence_of, path.options) if place)
    for place in places:
        if verb == "chmod" and place.mechanism is Mechanism.AUTORUN:
            continue  # these need no execute bit: only their content counts
        yield Persist(site, place.mechanism, place.tool, verb, path)
