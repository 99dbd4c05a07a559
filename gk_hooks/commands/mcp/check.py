"""``gk mcp check --policy FILE``: says what is wrong with a policy before it is used, and rehearses calls with it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gk_hooks.gate.policy.model import Policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which policy."""
    parser.add_argument("--policy", required=True, metavar="FILE", help="YAML or JSON")
    parser.add_argument(
        "--calls", metavar="FILE", help="rehearse these calls: JSON lines with what is expected of each"
    )
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
    failed = bool(found and options.strict)
    return int(not _rehearsed(policy, options.calls) or failed) if options.calls else int(failed)


def _rehearsed(policy: Policy, path: str) -> bool:
    """Prints every call and its verdict; whether all are as expected."""
    from gk_hooks.gate.rehearsal import rehearse
    from gk_hooks.gate.threats import HeuristicScanner
    from gk_hooks.model.text import printable

    done = list(rehearse(policy, path, HeuristicScanner().scan))
    for one in done:
        said = f"{one.verdict.effect.value} by {one.verdict.rule}"
        mark = "ok  " if one.as_expected else "FAIL"
        print(f"{mark} {path}:{one.line}: {printable(one.why)}: {printable(said)}")
        if not one.as_expected:
            wanted = f"{one.expect.value}{f' by {one.rule}' if one.rule else ''}"
            print(f"     expected {printable(wanted)}; {printable(one.verdict.reason)}")
    good = sum(one.as_expected for one in done)
    print(f"{good} of {len(done)} as expected")
    return bool(done) and good == len(done)
