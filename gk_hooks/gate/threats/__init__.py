"""The threat scanner that comes with gk: known shapes of attacks in what an agent sends and receives.

It is a heuristic for a human's attention and no boundary: see docs/threats.md for what it finds, what it misses, and
how that was measured. ``gate.model.ThreatScanner`` is the protocol; a classifier of your own can take this one's place.
"""

from gk_hooks.gate.threats.scanner import HeuristicScanner

__all__ = ("HeuristicScanner",)
