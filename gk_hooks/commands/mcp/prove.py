"""``gk mcp prove SEQ --audit FILE``: a proof of one record that can be checked offline, and ``--check`` to do so."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from gk_hooks.errors import GkError, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which record of which log, or which proof."""
    parser.usage = f"{parser.prog} SEQ --audit FILE [--out FILE]\n       {parser.prog} --check PROOF --pubkey-file FILE"
    parser.add_argument("seq", nargs="?", type=int, metavar="SEQ", help="the record's number")
    parser.add_argument("--audit", metavar="FILE", help="the audit log")
    parser.add_argument("--checkpoints", metavar="FILE", help="its checkpoints (default: AUDIT.checkpoints)")
    parser.add_argument("--out", metavar="FILE", help="where to write the proof (default: standard output)")
    parser.add_argument("--check", metavar="PROOF", help="check a proof and print the record that it proves")
    parser.add_argument("--pubkey-file", metavar="FILE", help="public keys, one of which must have signed the log")


def run(options: argparse.Namespace) -> int:
    """Writes a proof, or checks one; 1 when it proves nothing."""
    if options.check is not None:
        return _check(options)
    if options.seq is None or options.audit is None:
        raise UsageError("say which record of which log: gk mcp prove SEQ --audit FILE")
    from gk_hooks.gate.audit.prove import prove

    checkpoints = Path(options.checkpoints) if options.checkpoints else None
    text = prove(Path(options.audit), options.seq, checkpoints=checkpoints)
    if options.out is None:
        print(text, end="")
    else:
        from gk_hooks.reports.write import write_file

        write_file(Path(options.out), text)
        print(f"wrote the proof of record {options.seq} to {options.out}")
    return 0


def _check(options: argparse.Namespace) -> int:
    if options.pubkey_file is None:
        raise UsageError("say whom you trust: gk mcp prove --check PROOF --pubkey-file FILE")
    from gk_hooks.evidence.keys import read_verifier_keys
    from gk_hooks.gate.audit.prove import check
    from gk_hooks.gate.audit.records import AuditError
    from gk_hooks.model.text import printable

    keys = read_verifier_keys(Path(options.pubkey_file))
    try:
        text = Path(options.check).read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise GkError(f"cannot read the proof {options.check}: {getattr(error, 'strerror', None) or error}") from error
    try:
        record, checkpoint = check(text, keys)
    except AuditError as error:
        print(printable(f"FAILED: {error}"))
        return 1
    print(printable(f"OK: record {record.seq} of {checkpoint.size} in the log {checkpoint.origin}"))
    print(json.dumps(record.fields))
    return 0
