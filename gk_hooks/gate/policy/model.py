"""A policy as the decision point reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gk_hooks.gate.model import Effect


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The first rule that matches a call decides."""

    id: str
    effect: Effect
    tools: tuple[str, ...] = ("*",)
    reason: str = ""
    obligations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy. digest: SHA-256 of the file's bytes, in hex."""

    rules: tuple[Rule, ...]
    default_effect: Effect = Effect.DENY
    name: str = "unnamed-policy"
    version: str = "0"
    digest: str = ""
