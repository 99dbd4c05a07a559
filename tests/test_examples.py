"""Every rule's own examples, by the standard library's unittest alone."""

from __future__ import annotations

import unittest

from gk_hooks.commands import selftest
from gk_hooks.rules import RULES


class Examples(unittest.TestCase):
    """What ``gk selftest`` runs, one test for each rule."""

    def test_bad_examples_are_reported(self) -> None:
        for rule in RULES:
            for example in rule.bad:
                with self.subTest(rule=rule.id, name=example.name, code=example.code):
                    self.assertTrue(selftest.reports(rule, example))

    def test_good_examples_are_not(self) -> None:
        for rule in RULES:
            for example in rule.good:
                with self.subTest(rule=rule.id, name=example.name, code=example.code):
                    self.assertFalse(selftest.reports(rule, example))


if __name__ == "__main__":
    unittest.main()
