"""``gk explain RULE``: what a rule means, offline."""

from __future__ import annotations

import argparse
import difflib
import sys

from gk_hooks import rules
from gk_hooks.errors import UsageError
from gk_hooks.model.findings import Example, Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which rule."""
    parser.add_argument("rule", nargs="?", metavar="RULE", help="a rule's id, for example NET001 (default: list all)")


def run(options: argparse.Namespace) -> int:
    """Prints one rule, or a line for each."""
    if options.rule is None:
        lines = [f"{rule.id}  {rule.severity.value:<8} {rule.title}" for rule in rules.RULES]
    else:
        lines = explain(find(options.rule))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def find(name: str) -> Rule:
    """The rule called *name* in any case; UsageError with a suggestion when there is none."""
    rule = rules.BY_ID.get(name.upper())
    if rule is None:
        close = difflib.get_close_matches(name.upper(), rules.BY_ID, n=1)
        hint = f"did you mean {close[0]}?" if close else f"rules: {', '.join(rules.BY_ID)}"
        raise UsageError(f"there is no rule {name!r}: {hint}")
    return rule


def explain(rule: Rule) -> list[str]:
    """The rule as lines of plain text."""
    facts = [
        f"{rule.id}: {rule.title}",
        "",
        f"  category    {rule.category.value}",
        f"  severity    {rule.severity.value} when proven (confidence {rule.confidence.value})",
        f"  references  {', '.join((*rule.cwe, *rule.attack))}; NIST SP 800-53: {', '.join(rule.nist)}",
        "",
        f"Why it matters: {rule.why}",
        f"What to do: {rule.fix}",
    ]
    return [*facts, *_examples("Reported", rule.bad), *_examples("Not reported", rule.good)]


def _examples(title: str, examples: tuple[Example, ...]) -> list[str]:
    lines = ["", f"{title}:"]
    for example in examples:
        lines += ["", f"  # {example.name}", *(f"  {line}" for line in example.code.splitlines())]
    return lines
