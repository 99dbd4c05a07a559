"""The rule pack: an explicit tuple, and the one function that runs it over effects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from gk_hooks.model.effects import Effect
from gk_hooks.model.findings import Check, Finding, Rule
from gk_hooks.rules import (
    des001,
    dex001,
    dex002,
    dex003,
    net001,
    net002,
    net003,
    obf001,
    per001,
    per002,
    per003,
    pex001,
    pex002,
    pex003,
    scan001,
    scan002,
)

RULES: tuple[Rule, ...] = (
    net001.RULE,
    net002.RULE,
    net003.RULE,
    per001.RULE,
    per002.RULE,
    per003.RULE,
    dex001.RULE,
    dex002.RULE,
    dex003.RULE,
    des001.RULE,
    pex001.RULE,
    pex002.RULE,
    pex003.RULE,
    obf001.RULE,
    scan001.RULE,
    scan002.RULE,
)

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}

_CHECKS: dict[type[Effect], list[Check]] = {}
for _rule in RULES:
    for _effect, _checks in _rule.checks.items():
        _CHECKS.setdefault(_effect, []).extend(_checks)


def check(effects: Iterable[Effect]) -> list[Finding]:
    """Every finding in *effects*, each once, sorted by place and rule."""
    found = {finding: None for effect in effects for finding in _findings(effect)}
    return sorted(found, key=lambda finding: finding.order)


def rulepack_hash() -> str:
    """SHA-256 of what the rules say of themselves; part of every report's identity."""
    digest = hashlib.sha256()
    for rule in RULES:
        digest.update(f"{rule!r}\n".encode())
    return digest.hexdigest()


def _findings(effect: Effect) -> Iterator[Finding]:
    for run in _CHECKS.get(type(effect), ()):
        yield from run(effect)
