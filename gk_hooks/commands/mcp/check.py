"""``gk mcp check --policy FILE``: says what is wrong with a policy before it is used."""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which policy."""
    parser.add_argument("--policy", required=True, metavar="FILE", help="YAML or JSON")
    parser.add_argument("--strict", action="store_true", help="let advice fail the check as well")


def run(options: argparse.Namespace) -> int:
    """0 when the policy can be used, 1 when it cannot; every problem and every piece of advice on a line of its own."""
    from gk_hooks.gate.policy.advice import advice
    from gk_hooks.gate.policy.load import PolicyError, load_policy
    from gk_hooks.model.text import printable

    try:
        policy = load_policy(options.policy)
    except PolicyError as error:
        for problem in error.problems:
            print(printable(problem), file=sys.stderr)
        print(f"INVALID: {printable(options.policy)}: {len(error.problems)} to put right", file=sys.stderr)
        return 1
    found = advice(policy)
    for line, text in found:
        where = f"{options.policy}:{line}" if line else options.policy
        print(f"{printable(where)}: advice: {printable(text)}", file=sys.stderr)
    rules = f"{len(policy.rules)} rule{'' if len(policy.rules) == 1 else 's'}"
    name = printable(f"{policy.name!r} version {policy.version}")
    print(f"OK: {name}, {rules}, default {policy.default_effect.value}, SHA-256 {policy.digest}")
    return 1 if found and options.strict else 0
