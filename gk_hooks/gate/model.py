"""The tool gate's records: who asks for what, and what the policy says to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Effect(StrEnum):
    """What becomes of a call."""

    ALLOW = "allow"
    DENY = "deny"
    REQUIRE_APPROVAL = "require_approval"
    REDACT = "redact"
    """Let through with some fields masked, in the arguments and in the result."""

    @property
    def stops(self) -> bool:
        """Whether the call is not forwarded as it is: denied, or held until somebody approves."""
        return self in (Effect.DENY, Effect.REQUIRE_APPROVAL)


class FailMode(StrEnum):
    """What becomes of a call when the gate itself cannot work (its state, its log or its scanner fails)."""

    OPEN = "open"
    CLOSED = "closed"


class Direction(StrEnum):
    """Where a message goes."""

    TO_SERVER = "to_server"
    TO_CLIENT = "to_client"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. how: the scheme that proved it, or "anonymous". expires: seconds since the epoch."""

    id: str
    roles: frozenset[str] = frozenset()
    how: str = "anonymous"
    expires: float | None = None
    token_id: str = ""


ANONYMOUS = Principal("anonymous")


@dataclass(frozen=True, slots=True)
class Call:
    """One request or notification. name: what it addresses: a tool, a prompt, a resource's URI, a task; else "".

    arguments: what the policy's conditions read (for ``tools/call`` the arguments, else the params).
    params: the params as they came. id: None for a notification.
    continues: the retry of a call that was let through and charged already (an answered ``input_required``).
    """

    direction: Direction
    method: str
    name: str = ""
    arguments: Any = None
    params: Any = None
    id: str | int | None = None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call costs of a budget, in millionths: to be reserved before it is forwarded."""

    account: str
    amount: int
    limit: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that a threat scanner has found. threat: its class. weight: what it adds to the score."""

    threat: str
    label: str
    weight: int
    field: str
    excerpt: str


class ThreatScanner(Protocol):
    """Looks for threats in JSON values; a classifier of your own can take the place of the one that comes with gk."""

    def scan(self, value: Any) -> Sequence[Hit]:
        """What is suspicious in *value*, any parsed JSON. Never raises for what the value holds."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to a human: how many seconds the call may be held."""

    timeout: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one call. rule: the id of the rule that decided, or a name in ``__`` where none did.

    redactions: the fields to mask, in arguments and result. charges: to be reserved before forwarding; when the store
    refuses, somebody else has spent it in the meantime, and the call is decided anew. ask: for REQUIRE_APPROVAL.
    """

    effect: Effect
    rule: str
    reason: str
    redactions: tuple[str, ...] = ()
    charges: tuple[Charge, ...] = ()
    hits: tuple[Hit, ...] = ()
    ask: Ask | None = None
    obligations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def score(self) -> int:
        """The threat score: the sum of the hits' weights."""
        return sum(hit.weight for hit in self.hits)
