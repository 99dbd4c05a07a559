"""``gk verify DIR``: checks an evidence packet offline, against the repository and the keys that the caller trusts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gk_hooks.commands.output import scan_progress
from gk_hooks.evidence.keys import VerifierKey, read_verifier_keys
from gk_hooks.reports.write import print_text
from gk_hooks.verify import verify
from gk_hooks.verify.checks import Check, Outcome, exit_code

EXIT_CODES = (
    "exit codes: 0 everything was checked and is right, 2 nothing is wrong but not everything could be checked, "
    "1 something is wrong, 3 there is no packet, or one of a newer gk"
)

VERDICTS = {
    0: "VERIFIED: everything was checked",
    1: "NOT VERIFIED: something is wrong",
    2: "NOT FULLY VERIFIED: nothing is wrong, but not everything could be checked",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which packet, against what."""
    parser.epilog = EXIT_CODES
    parser.add_argument("folder", metavar="DIR", help="the packet: the output folder of gk audit")
    parser.add_argument("--repo", metavar="PATH", help="the repository that was audited (default: the one here)")
    parser.add_argument(
        *("--key", "-k"), action="append", default=[], metavar="FILE", help="public key that you trust; repeatable"
    )


def run(options: argparse.Namespace) -> int:
    """Prints a line for each check and the verdict."""
    keys: list[VerifierKey] = [key for path in options.key for key in read_verifier_keys(Path(path))]
    checks: list[Check] = []
    with scan_progress() as progress:
        for check in verify(Path(options.folder), repository=options.repo, keys=keys, progress=progress):
            checks.append(check)
            print_text(f"{check.line}\n", sys.stdout)
    code = exit_code(checks)
    open_ends = sum(check.outcome is not Outcome.CHECKED for check in checks)
    print_text(
        f"\n{VERDICTS[code]} ({len(checks) - open_ends} of {len(checks)} checks, exit code {code})\n", sys.stdout
    )
    return code
