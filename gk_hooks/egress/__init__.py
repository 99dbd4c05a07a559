"""The run gate: runs a command, lets it reach nothing but loopback, and says how far that can be trusted."""
