"""What Python APIs mean, as data: full name → effects. Adding an API is one line here and one row of a test table.

Names: ``module.function``; ``()`` is the result of a call (``socket.socket().connect``); ``?`` is a receiver that is
not known, where the shape of the call has to speak for itself. Before the look-up, ALIASES turn old and vendored
names into today's.
"""

from __future__ import annotations

from gk_hooks.analyzers.python.catalogue import code, network, processes, servers, system
from gk_hooks.analyzers.python.catalogue.aliases import ALIASES
from gk_hooks.analyzers.python.catalogue.network import NETWORK_MODULES
from gk_hooks.analyzers.python.catalogue.table import Table

CATALOGUE = Table()
for _part in (network, servers, processes, code, system):
    for _name, _apis in _part.TABLE.items():
        CATALOGUE.add(_name, *_apis)

__all__ = ["ALIASES", "CATALOGUE", "NETWORK_MODULES"]
