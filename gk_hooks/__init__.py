"""gk: a git-native gatekeeper for code and for the agents that write it."""

__version__ = "0.1.0"
