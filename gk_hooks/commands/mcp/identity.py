"""The options that say who an agent is, and where secrets come from: files or the environment."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gk_hooks.errors import UsageError
from gk_hooks.evidence.keys import SIGNING_KEY_VARIABLE
from gk_hooks.policy.files import read_small

if TYPE_CHECKING:
    from gk_hooks.gate.identity import Ed25519Verifier, HmacSecret
    from gk_hooks.gate.model import Principal

SECRET_VARIABLE = "GK_MCP_SECRET"
PRIVATE_KEY_VARIABLE = "GK_MCP_PRIVATE_KEY"
TOKEN_VARIABLES = ("GK_MCP_TOKEN", "MCPGATE_AGENT_TOKEN")
SECRET_VARIABLES = (SECRET_VARIABLE, PRIVATE_KEY_VARIABLE, SIGNING_KEY_VARIABLE, *TOKEN_VARIABLES)
"""Environment variables that the server must not see."""

SHORT = 32
_LARGEST_FILE = 65_536


def add_identity_arguments(parser: argparse.ArgumentParser) -> None:
    """How ``gk mcp run`` learns who it serves."""
    group = parser.add_argument_group("who the agent is")
    group.add_argument("--token-file", metavar="FILE", help=f"the agent's token (default: ${TOKEN_VARIABLES[0]})")
    group.add_argument("--pubkey", metavar="KEY", help="Ed25519 public key of tokens, in hex")
    group.add_argument("--pubkey-file", metavar="FILE", help="a file of such keys, one a line")
    add_secret_arguments(group)
    group.add_argument("--audience", default="", metavar="NAME", help="the name of this gate; tokens must be for it")
    group.add_argument("--allow-anonymous", action="store_true", help="serve an agent without a token all the same")


def add_secret_arguments(parser: argparse._ActionsContainer) -> None:
    """The HMAC secret."""
    parser.add_argument("--secret-file", metavar="FILE", help=f"HMAC secret (default: ${SECRET_VARIABLE})")
    parser.add_argument("--secret", metavar="TEXT", help="the secret itself; everybody on this machine can read it")


def principal_from(options: argparse.Namespace) -> Principal:
    """Who is served. UsageError for a token that proves nothing, and for a missing one where one can be checked."""
    from gk_hooks.gate.model import ANONYMOUS

    token = _token(options.token_file)
    verifier = _verifier(options)
    if verifier is None:
        if token:
            raise UsageError("there is a token, but nothing to check it with: give --pubkey-file or --secret-file")
        return ANONYMOUS
    if not token:
        if options.allow_anonymous:
            return ANONYMOUS
        raise UsageError(f"no token: set ${TOKEN_VARIABLES[0]}, or give --token-file or --allow-anonymous")
    from gk_hooks.gate.identity import principal_of

    return principal_of(token, verifier, now=time.time(), audience=options.audience)


def forget_secrets() -> None:
    """Takes our secrets out of the environment, which the server inherits."""
    for name in SECRET_VARIABLES:
        os.environ.pop(name, None)


def hmac_secret(options: argparse.Namespace) -> bytes | None:
    """The secret from the file, the environment, or, with a warning, the command line."""
    if options.secret is not None and options.secret_file is not None:
        raise UsageError("give --secret-file or --secret, not both")
    secret: bytes
    if options.secret is not None:
        warn_of_argument("--secret", f"--secret-file or ${SECRET_VARIABLE}")
        secret = options.secret.encode("utf-8", "surrogateescape")
    elif options.secret_file is not None:
        secret = read_small(options.secret_file, _LARGEST_FILE).strip()
    else:
        secret = os.environ.get(SECRET_VARIABLE, "").strip().encode("utf-8", "surrogateescape")
        if not secret:
            return None
    if not secret:
        raise UsageError("the HMAC secret is empty")
    if len(secret) < SHORT:
        warn(f"the HMAC secret has {len(secret)} bytes; gk mcp keygen --scheme hmac writes one of {SHORT}")
    return secret


def warn(text: str) -> None:
    """One line on standard error; standard output may belong to the protocol."""
    from gk_hooks.model.text import printable

    print(f"gk mcp: warning: {printable(text)}", file=sys.stderr)


def warn_of_argument(option: str, instead: str) -> None:
    """Says that a secret on a command line is no secret."""
    warn(f"{option} shows the secret to everybody who can list processes: use {instead}")


def _token(path: str | None) -> str:
    if path is not None:
        token = read_small(path, _LARGEST_FILE).decode("utf-8", "replace").strip()
        if not token:
            raise UsageError(f"{path}: holds no token")
        return token
    given = [(name, os.environ.get(name, "").strip()) for name in TOKEN_VARIABLES]
    return next((value for _, value in given if value), "")


def _verifier(options: argparse.Namespace) -> Ed25519Verifier | HmacSecret | None:
    from gk_hooks.evidence.keys import parse_verifier_key, read_verifier_keys, require_cryptography
    from gk_hooks.gate.identity import Ed25519Verifier, HmacSecret

    given = [name for name in ("pubkey", "pubkey_file", "secret", "secret_file") if getattr(options, name) is not None]
    if len(given) > 1:
        names = " and ".join("--" + name.replace("_", "-") for name in given)
        raise UsageError(f"{names}: one scheme alone, so that no token can be downgraded to the other")
    if options.pubkey is not None or options.pubkey_file is not None:
        require_cryptography()
        if options.pubkey is not None:
            return Ed25519Verifier((parse_verifier_key(options.pubkey, "agent"),))
        return Ed25519Verifier(read_verifier_keys(Path(options.pubkey_file), name="agent"))
    secret = hmac_secret(options)
    return HmacSecret(secret) if secret is not None else None
