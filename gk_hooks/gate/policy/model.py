"""A policy as the decision point reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gk_hooks.gate.model import Effect
from gk_hooks.gate.policy.conditions import All, Condition
from gk_hooks.gate.policy.globs import Globs
from gk_hooks.model.findings import Decision
from gk_hooks.policy.profile import Profile

EVERYTHING = Globs(("*",))
ALWAYS = All(())
MILLIONTHS = 1_000_000
"""Budgets are kept as whole millionths, so that sums are exact."""


class Scope(StrEnum):
    """What a budget is shared by: all sessions of a principal, or one session."""

    PRINCIPAL = "principal"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Budget:
    """A ceiling on the sum of a field, or on the number of calls when *field* is empty. limit: in millionths.

    window: seconds after which it starts anew (fixed windows since the epoch); None: never.
    """

    key: str
    field: tuple[str, ...]
    limit: int
    scope: Scope = Scope.PRINCIPAL
    window: int | None = None


@dataclass(frozen=True, slots=True)
class CodeLimit:
    """How bad code in an argument may be. A rule that stops calls applies where it is exceeded, another where not.

    path_field: says by its suffix which language it is. language: where no path says so ("shell" for commands).
    command: a list is one command, word by word; arguments: the field of the words after the program.
    """

    field: tuple[str, ...]
    path_field: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    language: str = ""
    max_decision: Decision = Decision.PASS
    profile: Profile = Profile.PRACTICAL
    command: bool = False


@dataclass(frozen=True, slots=True)
class ResponseLimit:
    """What becomes of results, and of answers to the server, that the threat scanner finds suspicious.

    effect: DENY withholds them, ALLOW lets them through and records what was found.
    """

    min_threat_score: int
    effect: Effect = Effect.DENY


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The first rule that matches a call decides. line: where it stands in the file.

    tools, resources, prompts, methods: what it is about; with none of them it stops anything, but lets only tool calls
    through. approval_timeout: seconds that a held call waits.
    """

    id: str
    effect: Effect
    tools: Globs | None = None
    resources: Globs | None = None
    prompts: Globs | None = None
    methods: Globs | None = None
    agents: Globs = EVERYTHING
    require_roles: frozenset[str] = frozenset()
    when: Condition = ALWAYS
    budget: Budget | None = None
    min_threat_score: int | None = None
    code: tuple[CodeLimit, ...] = ()
    redact_fields: tuple[str, ...] = ()
    reason: str = ""
    obligations: Mapping[str, Any] = field(default_factory=dict)
    approval_timeout: float = 300.0
    line: int = 0

    @property
    def selects(self) -> bool:
        """Whether the rule says what it is about."""
        return any(globs is not None for globs in (self.tools, self.resources, self.prompts, self.methods))

    @property
    def conditional(self) -> bool:
        """Whether it depends on what a call holds, or on what was spent."""
        return bool(self.when != ALWAYS or self.min_threat_score is not None or self.code or self.budget)


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy. digest: SHA-256 of the file's bytes, in hex: the version that an approval is bound to.

    memory: for the decision point, which rules are about a name; what it holds follows from the rest.
    """

    rules: tuple[Rule, ...]
    default_effect: Effect = Effect.DENY
    name: str = "unnamed-policy"
    version: str = "0"
    digest: str = ""
    responses: ResponseLimit | None = None
    memory: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
