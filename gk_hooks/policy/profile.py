"""The two profiles of specification §7: from what a rule says and how certain it is to the final severity."""

from __future__ import annotations

import posixpath
from collections.abc import Set
from enum import StrEnum

from gk_hooks.errors import UsageError
from gk_hooks.model.findings import Certainty, Confidence, Finding, Rule, Severity
from gk_hooks.model.values import HERE, HOLE


class Profile(StrEnum):
    """The value is the name that reports print."""

    PRACTICAL = "mcen_practical"
    STRICT = "mcen_strict"


ALIASES = {"practical": Profile.PRACTICAL, "strict": Profile.STRICT}

REVIEW_RULES = frozenset({"NET002", "PEX003"})
"""What the practical profile sends to review and the strict one blocks: the unknown that nobody has vouched for."""

SPAWN_RULE = "PEX003"


def profile_named(name: str) -> Profile:
    """The profile called *name*, also by its short name."""
    if name in ALIASES:
        return ALIASES[name]
    try:
        return Profile(name)
    except ValueError:
        known = ", ".join([*Profile, *ALIASES])
        raise UsageError(f"unknown profile {name!r}: choose one of {known}") from None


def judge(finding: Finding, rule: Rule, profile: Profile, analyzed_files: Set[str]) -> tuple[Severity, Confidence]:
    """The final severity and confidence of *finding*. analyzed_files: the Python files that this scan analyzed."""
    return _severity(finding, rule, profile, analyzed_files), _confidence(finding.certainty, rule.confidence)


def _severity(finding: Finding, rule: Rule, profile: Profile, analyzed_files: Set[str]) -> Severity:
    if finding.certainty is Certainty.HINT:
        return max(rule.severity, Severity.LOW, key=lambda severity: severity.rank)
    if rule.id in REVIEW_RULES and profile is Profile.STRICT:
        return Severity.HIGH if finding.certainty is Certainty.SHAPE else Severity.BLOCKER
    if rule.id == SPAWN_RULE and _runs_analyzed_file(finding, analyzed_files):
        return Severity.MEDIUM
    if rule.severity is Severity.BLOCKER and finding.certainty is not Certainty.PROVEN:
        return Severity.HIGH
    return rule.severity


def _confidence(certainty: Certainty, default: Confidence) -> Confidence:
    if certainty in (Certainty.SHAPE, Certainty.HINT):
        return Confidence.LOW
    if certainty is Certainty.LIKELY:
        return Confidence.MEDIUM if default is Confidence.HIGH else Confidence.LOW
    return default


def _runs_analyzed_file(finding: Finding, analyzed_files: Set[str]) -> bool:
    """Whether the interpreter is certainly given a file that this scan has read."""
    runs = finding.runs.replace("\\", "/")
    if not runs or HOLE in runs or finding.certainty is not Certainty.PROVEN:
        return False
    if runs.startswith(HERE + "/"):
        runs = posixpath.join(posixpath.dirname(finding.file), runs.removeprefix(HERE + "/"))
    return posixpath.normpath(runs) in analyzed_files
