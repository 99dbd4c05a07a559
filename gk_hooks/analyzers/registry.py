"""Writing to the Windows registry, whoever does it: the write, and persistence when the key brings something back."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Effect, Mechanism, Persist, RegistryWrite, Site
from gk_hooks.model.registry import registry_place
from gk_hooks.model.values import UNKNOWN, Text


def registry_writes(
    site: Site, key: Text, name: Text = UNKNOWN, verb: str = "set", tool: str = "registry"
) -> Iterator[Effect]:
    """The ``RegistryWrite``, and a ``Persist`` for each way in which an option of *key* and *name* would come back.

    *verb* "delete" takes an autorun away, which installs nothing, but changes a service all the same.
    """
    yield RegistryWrite(site, key, name)
    places = (registry_place(one, value) for one in key.options for value in name.options)
    for mechanism in dict.fromkeys(place for place in places if place):
        if verb != "delete" or mechanism is Mechanism.SCHEDULE:
            yield Persist(site, mechanism, tool, verb, key)
