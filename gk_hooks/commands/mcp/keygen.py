"""``gk mcp keygen``: makes the keys that tokens are signed and checked with. No secret is ever printed."""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write them."""
    parser.epilog = "The key that signs the audit log is made by gk keygen NAME."
    parser.add_argument("--scheme", choices=("hmac", "ed25519"), default="ed25519", help="default: ed25519")
    parser.add_argument("--out", default="agent.key", metavar="FILE", help="the private key (default: agent.key)")
    parser.add_argument("--name", default="agent", metavar="NAME", help="a name for the key pair (default: agent)")


def run(options: argparse.Namespace) -> int:
    """Writes new files, readable by their owner alone, and prints what is public."""
    from gk_hooks.evidence.keys import generate, write_key_pair, write_new_file

    private = Path(options.out)
    if options.scheme == "hmac":
        write_new_file(private, f"{secrets.token_hex(32)}\n".encode(), 0o600)
        print(f"shared secret: {private} (signs tokens and checks them, so the gate needs it too; keep it secret)")
        return 0
    key = generate(options.name)
    public = private.with_name(private.name + ".pub")
    write_key_pair(key, private, public)
    print(f"private key: {private} (signs tokens: gk mcp token --private-key-file {private}; keep it secret)")
    print(f"public key:  {public} (checks them: gk mcp run --pubkey-file {public})")
    print(f"public key in hex, for --pubkey: {key.verifier.public.hex()}")
    return 0
