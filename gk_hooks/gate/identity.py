"""Who an agent is: signed tokens, made with a shared secret (HMAC-SHA256) or a private key (Ed25519, RFC 8032).

A token is ``<payload in hex>.<scheme>.<signature in hex>``. The payload is JSON: agent_id, roles, issued_at, claims,
and exp, nbf, aud and jti in the sense of RFC 7519. A verifier takes tokens of its own scheme alone, so a public key,
which everybody may know, never serves as a secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gk_hooks.errors import UsageError
from gk_hooks.evidence.keys import SigningKey, VerifierKey
from gk_hooks.gate.model import Principal

HMAC, ED25519 = "hmac-sha256", "ed25519"
LIFETIME = 3600.0
"""Seconds that a token without ``exp`` is good for."""

LEEWAY = 30.0
"""Seconds that the clocks of agent and gate may differ, for what lies in the future. Nothing is added to an expiry."""

LONGEST_TOKEN = 16_384
_TOKEN = re.compile(r"((?:[0-9a-f]{2})+)\.([a-z0-9-]+)\.((?:[0-9a-f]{2})+)")
_KEYS = {"agent_id", "roles", "issued_at", "claims", "exp", "nbf", "aud", "jti"}


class IdentityError(UsageError):
    """A token that proves nothing: the gate refuses to start rather than let its bearer pass as anonymous."""


class Signer(Protocol):
    """What can make tokens."""

    scheme: str

    def sign(self, payload: bytes) -> bytes:
        """The signature over *payload*."""
        ...


class Verifier(Protocol):
    """What can check tokens of one scheme."""

    scheme: str

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """Whether *signature* is one over *payload*."""
        ...


class HmacSecret:
    """A shared secret. Who can check tokens can also make them, so they prove nothing to a third party."""

    scheme = HMAC

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise IdentityError("the HMAC secret is empty")
        self._secret = secret

    def sign(self, payload: bytes) -> bytes:
        """See Signer."""
        return hmac.digest(self._secret, payload, hashlib.sha256)

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """See Verifier; takes the same time for every signature."""
        return hmac.compare_digest(self.sign(payload), signature)


@dataclass(frozen=True)
class Ed25519Signer:
    """A private key, which stays with the agent or with who speaks for it."""

    key: SigningKey
    scheme = ED25519

    def sign(self, payload: bytes) -> bytes:
        """See Signer."""
        return self.key.sign(payload)


@dataclass(frozen=True)
class Ed25519Verifier:
    """Public keys, of which any may have signed (so that keys can be replaced one by one)."""

    keys: tuple[VerifierKey, ...]
    scheme = ED25519

    def verify(self, payload: bytes, signature: bytes) -> bool:
        """See Verifier."""
        return any(key.verify(signature, payload) for key in self.keys)


def mint(
    signer: Signer,
    agent_id: str,
    roles: Iterable[str] = (),
    *,
    now: float,
    lifetime: float = LIFETIME,
    not_before: float | None = None,
    audience: str = "",
    claims: Mapping[str, str] | None = None,
) -> str:
    """A token for *agent_id* that is good from *now* (or *not_before*) for *lifetime* seconds."""
    payload: dict[str, Any] = {
        "agent_id": agent_id,
        "roles": sorted(set(roles)),
        "issued_at": now,
        "claims": dict(claims or {}),
        "exp": (not_before or now) + lifetime,
        "jti": secrets.token_hex(16),
    }
    if not_before is not None:
        payload["nbf"] = not_before
    if audience:
        payload["aud"] = audience
    problem = _problem(payload)
    if problem:
        raise IdentityError(f"no such token can be made: {problem}")
    raw = json.dumps(payload, separators=(",", ":"), sort_keys=True).encode()
    return f"{raw.hex()}.{signer.scheme}.{signer.sign(raw).hex()}"


def principal_of(token: str, verifier: Verifier, *, now: float, audience: str = "") -> Principal:
    """The principal that *token* proves. IdentityError for anything that is wrong with it or its time.

    audience: the name of this gate. A token for another gate is refused, and one for no gate where the name is given.
    """
    found = _TOKEN.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if found is None:
        raise IdentityError("the token is malformed: expected payload.scheme.signature in lower-case hex")
    raw, scheme, signature = bytes.fromhex(found[1]), found[2], bytes.fromhex(found[3])
    if scheme != verifier.scheme:
        raise IdentityError(f"the token is signed with {scheme}, and this gate takes {verifier.scheme} alone")
    if not verifier.verify(raw, signature):
        raise IdentityError("the token's signature is wrong: it was made with another key, or changed")
    payload = _payload(raw)
    expires = float(payload.get("exp", payload["issued_at"] + LIFETIME))
    if now >= expires:
        raise IdentityError(f"the token of {payload['agent_id']!r} expired {now - expires:.0f} s ago: mint a new one")
    begins = max(payload["issued_at"], payload.get("nbf", 0.0))
    if begins > now + LEEWAY:
        raise IdentityError(f"the token of {payload['agent_id']!r} is not good before {begins - now:.0f} s from now")
    if payload.get("aud", "") != audience:
        raise IdentityError(_other_audience(payload.get("aud", ""), audience))
    return Principal(payload["agent_id"], frozenset(payload["roles"]), scheme, expires, payload.get("jti", ""))


def _payload(raw: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise IdentityError("the token's payload is not JSON") from None
    problem = _problem(payload)
    if problem:
        raise IdentityError(f"the token says what it must not: {problem}")
    checked: dict[str, Any] = payload
    return checked


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _problem(payload: Any) -> str:
    """What is wrong with the contents of a payload, or ""."""
    if not isinstance(payload, dict) or not payload.keys() >= {"agent_id", "roles", "issued_at"}:
        return "it needs agent_id, roles and issued_at"
    if payload.keys() - _KEYS:
        return f"nothing knows {', '.join(sorted(payload.keys() - _KEYS))}"
    names = [payload["agent_id"], payload.get("aud", "-"), payload.get("jti", "-")]
    if not all(isinstance(name, str) and 0 < len(name) <= 256 and name.isprintable() for name in names):
        return "agent_id, aud and jti are printable texts of 1 to 256 characters"
    if payload["agent_id"] == "anonymous":
        return "'anonymous' is who has no token"
    roles, claims = payload["roles"], payload.get("claims", {})
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        return "roles is a list of texts"
    if not isinstance(claims, dict):
        return "claims is an object"
    if not all(_is_time(payload[key]) for key in ("issued_at", "exp", "nbf") if key in payload):
        return "issued_at, exp and nbf are seconds since 1970"
    return ""


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value < 1e12


def _other_audience(theirs: str, ours: str) -> str:
    if not theirs:
        return f"the token is for no gate in particular, and this one takes those for {ours!r} alone"
    if not ours:
        return f"the token is for the gate {theirs!r}: name this gate with --audience {theirs}, or take another token"
    return f"the token is for the gate {theirs!r}, and this one is {ours!r}"
