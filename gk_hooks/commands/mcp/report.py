"""``gk mcp report --audit FILE``: what an audit log proves, as Markdown."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which log, what vouches for it, and where to write."""
    parser.add_argument("--audit", required=True, metavar="FILE", help="the audit log")
    parser.add_argument("--pubkey-file", metavar="FILE", help="public keys that must have signed its checkpoints")
    parser.add_argument(
        "--checkpoint", action="append", default=[], metavar="FILE", help="an older checkpoint, kept elsewhere"
    )
    parser.add_argument("--out", metavar="FILE", help="write the report there (default: standard output)")


def run(options: argparse.Namespace) -> int:
    """Writes the report; 1 when the log does not verify."""
    from gk_hooks.evidence.keys import read_verifier_keys
    from gk_hooks.gate.report import render_report

    keys = read_verifier_keys(Path(options.pubkey_file), name="audit") if options.pubkey_file else ()
    text, verifies = render_report(Path(options.audit), keys, map(Path, options.checkpoint))
    if options.out:
        from gk_hooks.reports.write import write_file

        write_file(Path(options.out), text)
        print(f"wrote the report to {options.out}")
    else:
        print(text, end="")
    return 0 if verifies else 1
