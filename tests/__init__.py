"""The tests. ``pytest`` runs all of them, ``python3 -m unittest`` those that need nothing installed."""

import unittest

PLAIN = ("tests.test_examples", "tests.test_safety")
"""Modules that use the standard library alone: every rule's examples and the proof that nothing scanned is run."""


def load_tests(
    loader: unittest.TestLoader, standard_tests: unittest.TestSuite, pattern: str | None
) -> unittest.TestSuite:
    """What ``python3 -m unittest`` finds: no module that imports pytest."""
    return loader.loadTestsFromNames(PLAIN)
