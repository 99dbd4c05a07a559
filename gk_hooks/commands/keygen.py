"""``gk keygen NAME``: an Ed25519 key pair for evidence packets and logs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gk_hooks.evidence.keys import SIGNING_KEY_VARIABLE, generate, write_key_pair
from gk_hooks.reports.write import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the key is called, and where it goes."""
    parser.epilog = f"Sign with gk audit --key FILE, or with the file's line in ${SIGNING_KEY_VARIABLE}."
    parser.add_argument("name", metavar="NAME", help="who signs: a URL without its scheme, such as example.com/release")
    parser.add_argument("--output", "-o", default="gk-signing.key", metavar="FILE", help="default: gk-signing.key")


def run(options: argparse.Namespace) -> int:
    """Writes the two halves, the private one for its owner alone, and prints the public one."""
    key = generate(options.name)
    private = Path(options.output)
    public = private.with_name(f"{private.name.removesuffix('.key')}.pub")
    write_key_pair(key, private, public)
    print_text(f"private key: {private} (keep it secret)\npublic key:  {public}\n{key.verifier.text}\n", sys.stdout)
    return 0
