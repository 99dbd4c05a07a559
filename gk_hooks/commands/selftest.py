"""``gk selftest``: runs every rule's examples through the analyzers, offline, and says whether this copy works."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from gk_hooks import __version__, rules
from gk_hooks.model.findings import Example, Finding, Rule
from gk_hooks.model.kinds import HEAD, kind_of
from gk_hooks.model.snapshot import Entry
from gk_hooks.pipeline.workers import analyze_entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def run(options: argparse.Namespace) -> int:
    """0 when every example behaves, 3 when this copy is damaged."""
    problems = list(failures())
    for problem in problems:
        sys.stdout.write(problem + "\n")
    examples = sum(len(rule.bad) + len(rule.good) for rule in rules.RULES)
    if problems:
        sys.stdout.write(f"gk {__version__}: {len(problems)} of {examples} examples fail: do not trust this copy\n")
        return 3
    sys.stdout.write(f"gk {__version__}: {len(rules.RULES)} rules, {examples} examples, all as they should be\n")
    return 0


def failures() -> Iterator[str]:
    """One line for each example that is not reported as it should be."""
    for rule in rules.RULES:
        for example in rule.bad:
            if not reports(rule, example):
                yield f"{rule.id}: does not report its bad example {example.name}: {example.code!r}"
        for example in rule.good:
            if reports(rule, example):
                yield f"{rule.id}: reports its good example {example.name}: {example.code!r}"


def reports(rule: Rule, example: Example) -> bool:
    """Whether *rule* finds anything in *example*."""
    return any(finding.rule_id == rule.id for finding in findings_in(example))


def findings_in(example: Example) -> tuple[Finding, ...]:
    """What every rule finds in *example*."""
    code = example.code.encode()
    entry = Entry(example.name, kind_of(example.name, code[:HEAD]))
    return analyze_entry(entry, lambda _: code).findings
