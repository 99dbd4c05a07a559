"""Floor 0: frozen records without any I/O, which every other floor speaks in."""
