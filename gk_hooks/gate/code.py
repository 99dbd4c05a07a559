"""The conditions ``code`` and ``command``: our analyzers on what an agent is about to write or to run, in memory.

Nothing of it is executed. The text goes the way of a file that ``gk scan`` reads: analyzers, rules, profile, decision.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gk_hooks.gate.paths import path_readings
from gk_hooks.gate.policy.conditions import MISSING, Truth, flat, resolve
from gk_hooks.gate.policy.model import CodeLimit
from gk_hooks.model.findings import Decision, Finding, Severity
from gk_hooks.model.kinds import HEAD, Kind, kind_of
from gk_hooks.model.snapshot import Entry
from gk_hooks.model.text import clip, printable
from gk_hooks.pipeline.workers import analyze_entry
from gk_hooks.policy.decide import decide
from gk_hooks.policy.profile import judge
from gk_hooks.rules import BY_ID

MOST_REASONS = 3
MOST_TEXTS = 200
_ORDER = (Decision.PASS, Decision.CONDITIONAL_PASS, Decision.FAIL)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the limit is kept (ABSENT: there is no such argument), and what was found: rule, line and why."""

    kept: Truth
    reasons: tuple[str, ...] = ()


def judge_code(limit: CodeLimit, arguments: Any) -> Judgement:
    """What the analyzers say of the code in *arguments*. Never raises for what the arguments hold."""
    name = ".".join(limit.field)
    values = flat(resolve(arguments, limit.field))
    if all(value is MISSING or value is None for value in values):
        return Judgement(Truth.ABSENT, (f"the call has no {name}",))
    if len(values) > MOST_TEXTS:
        return Judgement(Truth.UNKNOWN, (f"{name} has more than {MOST_TEXTS} texts",))
    if limit.command and (limit.arguments or isinstance(resolve(arguments, limit.field)[0], list)):
        values = [_command_line(arguments, limit)]
    if not all(isinstance(value, str) for value in values if value is not MISSING and value is not None):
        return Judgement(Truth.UNKNOWN, (f"{name} is no text",))
    paths = _paths(limit, arguments)
    if not paths and not limit.language:
        return Judgement(Truth.UNKNOWN, (f"the call has no {'.'.join(limit.path_field)}",))
    decisions, reasons = [Decision.PASS], []
    for value in values:
        if isinstance(value, str):
            decision, found = _analyzed(paths, value, limit)
            decisions.append(decision)
            reasons += [f"{each} ({name})" for each in found]
    worst = max(decisions, key=_ORDER.index)
    kept = _ORDER.index(worst) <= _ORDER.index(limit.max_decision)
    return Judgement(Truth.YES if kept else Truth.NO, () if kept else tuple(reasons[:MOST_REASONS]))


def _command_line(arguments: Any, limit: CodeLimit) -> str:
    """The command and its arguments as one line of shell."""
    words = flat([*resolve(arguments, limit.field), *(resolve(arguments, limit.arguments) if limit.arguments else ())])
    first, *rest = [str(word) for word in words if word is not MISSING and word is not None] or [""]
    return " ".join([first if limit.arguments and " " in first else shlex.quote(first), *map(shlex.quote, rest)])


def _paths(limit: CodeLimit, arguments: Any) -> list[str]:
    """The paths that the code may come to lie at, in every spelling: their suffixes say which language it is in."""
    if not limit.path_field:
        return []
    named = [value for value in flat(resolve(arguments, limit.path_field)) if isinstance(value, str)]
    return list(dict.fromkeys(reading for path in named[:MOST_TEXTS] for reading in path_readings(path)))


def _analyzed(paths: Sequence[str], text: str, limit: CodeLimit) -> tuple[Decision, list[str]]:
    """The decision on one text, and its findings, the worst first."""
    data = text.encode("utf-8", "surrogatepass")
    kinds = {kind: path for path in reversed(paths) if (kind := kind_of(path, data[:HEAD]))}
    if limit.language:
        kinds = {Kind(limit.language): "code"}
    found = [finding for kind in sorted(kinds) for finding in _findings(kinds[kind], kind, data)]
    judged = [(judge(each, BY_ID[each.rule_id], limit.profile, frozenset())[0], each) for each in found]
    judged.sort(key=lambda pair: (pair[0].rank, pair[1].order))
    shown = [
        f"{each.rule_id} {severity.value} at line {each.site.line}: {clip(printable(each.evidence), 200)}"
        for severity, each in judged
        if severity in (Severity.BLOCKER, Severity.HIGH)
    ]
    return decide(severity for severity, _ in judged), shown


def _findings(path: str, kind: Kind, data: bytes) -> Sequence[Finding]:
    return analyze_entry(Entry(path, kind, len(data)), lambda _: data).findings
