"""``gk mcp token --agent-id ID``: mints a token that says who an agent is."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gk_hooks.commands.mcp.identity import (
    PRIVATE_KEY_VARIABLE,
    SECRET_VARIABLE,
    add_secret_arguments,
    hmac_secret,
    warn_of_argument,
)
from gk_hooks.errors import UsageError
from gk_hooks.gate.policy.values import seconds_of

if TYPE_CHECKING:
    from gk_hooks.evidence.keys import SigningKey

LONGEST = 366 * 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For whom, for how long, and with which key."""
    parser.add_argument("--agent-id", required=True, metavar="ID", help="who the agent is")
    parser.add_argument("--role", action="append", default=[], metavar="ROLE", help="a role; may be repeated")
    parser.add_argument(
        "--scheme", choices=("hmac", "ed25519"), default="hmac", help="how it is signed (default: hmac)"
    )
    add_secret_arguments(parser)
    parser.add_argument(
        "--private-key-file", metavar="FILE", help=f"Ed25519 private key (default: ${PRIVATE_KEY_VARIABLE})"
    )
    parser.add_argument("--private-key", metavar="HEX", help="the key itself; everybody on this machine can read it")
    parser.add_argument("--lifetime", default="1h", metavar="TIME", help="90s, 5m, 1h, 1d (default: 1h)")
    parser.add_argument("--starts-in", metavar="TIME", help="the token is not good before that time from now")
    parser.add_argument("--audience", default="", metavar="NAME", help="the one gate that the token is for")


def run(options: argparse.Namespace) -> int:
    """Prints the token, and nothing else, on standard output."""
    from gk_hooks.gate.identity import Ed25519Signer, HmacSecret, Signer, mint

    signer: Signer
    if options.scheme == "ed25519":
        signer = Ed25519Signer(_private_key(options))
    else:
        secret = hmac_secret(options)
        if secret is None:
            raise UsageError(f"a token with HMAC needs a secret: --secret-file FILE or ${SECRET_VARIABLE}")
        signer = HmacSecret(secret)
    now = time.time()
    starts = now + seconds_of(options.starts_in, LONGEST) if options.starts_in else None
    lifetime = seconds_of(options.lifetime, LONGEST)
    print(
        mint(
            signer,
            options.agent_id,
            options.role,
            now=now,
            lifetime=lifetime,
            not_before=starts,
            audience=options.audience,
        )
    )
    return 0


def _private_key(options: argparse.Namespace) -> SigningKey:
    from gk_hooks.evidence.keys import parse_signing_key, read_signing_key

    if options.private_key is not None:
        warn_of_argument("--private-key", f"--private-key-file or ${PRIVATE_KEY_VARIABLE}")
        return parse_signing_key(options.private_key, "agent")
    path = Path(options.private_key_file) if options.private_key_file else None
    key = read_signing_key(path, name="agent", variable=PRIVATE_KEY_VARIABLE)
    if key is None:
        raise UsageError(f"a token with Ed25519 needs a key: --private-key-file FILE or ${PRIVATE_KEY_VARIABLE}")
    return key
