"""``gk mcp check --policy FILE``: says what is wrong with a policy before it is used."""

from __future__ import annotations

import argparse

from gk_hooks.gate.policy.load import load_policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which policy."""
    parser.add_argument("--policy", required=True, metavar="FILE", help="YAML or JSON")


def run(options: argparse.Namespace) -> int:
    """0 when the policy can be used."""
    policy = load_policy(options.policy)
    print(f"OK: {policy.name!r} v{policy.version}, {len(policy.rules)} rules, default={policy.default_effect}")
    return 0
