"""``gk mcp verify --audit FILE``: whether an audit log is what its checkpoints say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gk_hooks.gate.audit.verify import Verification


EXIT_CODES = (
    "exit codes: 0 nothing is wrong, and a key that you trust vouches for every record, 2 nothing is wrong, but not "
    "every record is vouched for (no key was given, or there are records after the last signed checkpoint), 1 "
    "something is wrong, 3 there is nothing to verify, or it cannot be read"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which log, and what vouches for it."""
    parser.epilog = EXIT_CODES
    parser.add_argument("--audit", required=True, metavar="FILE", help="the audit log")
    parser.add_argument("--checkpoints", metavar="FILE", help="its checkpoints (default: AUDIT.checkpoints)")
    parser.add_argument(
        "--checkpoint", action="append", default=[], metavar="FILE", help="an older checkpoint, kept elsewhere"
    )
    parser.add_argument("--pubkey-file", metavar="FILE", help="public keys, one of which must have signed it")


def run(options: argparse.Namespace) -> int:
    """Verifies the log and prints what was found, then the verdict."""
    from gk_hooks.evidence.keys import read_verifier_keys
    from gk_hooks.gate.audit.verify import VERDICTS, verify_log
    from gk_hooks.model.text import printable

    keys = read_verifier_keys(Path(options.pubkey_file)) if options.pubkey_file else ()
    found = verify_log(
        Path(options.audit),
        checkpoints=Path(options.checkpoints) if options.checkpoints else None,
        older=tuple(map(Path, options.checkpoint)),
        keys=keys,
    )
    for line in (*(f"FAILED: {each}" for each in found.problems), *(f"note: {each}" for each in found.remarks)):
        print(printable(line))
    if not found.problems:
        for line in _good_news(found, keyed=bool(keys)):
            print(line)
    print(f"\n{VERDICTS[found.code]} (exit code {found.code})")
    return found.code


def _good_news(found: Verification, *, keyed: bool) -> list[str]:
    from gk_hooks.evidence.checkpoint import base64_line

    lines = [f"{found.records} records hold together; {found.covered} of them are under a checkpoint that fits"]
    if not keyed:
        lines.append(
            "not authenticated: without --pubkey-file, a log rewritten together with its checkpoints looks the same"
        )
    elif found.authenticated == found.records:
        lines.append("authentic: a key that you trust has signed all of them")
    else:
        lines.append(f"authentic: a key that you trust has signed the first {found.authenticated}, and not the rest")
    lines.append(f"root hash over all records: {base64_line(found.root)}")
    return lines
