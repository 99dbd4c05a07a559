"""Findings: what rules make of effects, and the words that rules are described in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator
from enum import StrEnum
from typing import Any

from gk_hooks.model.effects import Effect, Site
from gk_hooks.model.records import dataclass, field, replace
from gk_hooks.model.values import Step


class Severity(StrEnum):
    """How bad a finding is; the order of the members is from worst to least (specification §5.1)."""

    BLOCKER = "blocker"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Category(StrEnum):
    """The categories of specification §5.1."""

    NETWORK = "network"
    PERSISTENCE = "persistence"
    DYNAMIC_EXEC = "dynamic_exec"
    DESERIALIZATION = "deserialization"
    PROCESS_EXEC = "process_exec"
    OBFUSCATION = "obfuscation"
    SECRETS = "secrets"
    OTHER = "other"


class Confidence(StrEnum):
    """How sure the finding is (specification §5.1)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Certainty(StrEnum):
    """How far the evidence goes. Policy alone turns it into a severity: only what is proven may be a blocker."""

    PROVEN = "proven"
    LIKELY = "likely"
    """The behaviour is there but something that matters is not known (``shell=flag``)."""
    SHAPE = "shape"
    """Only the shape of the call speaks for it."""
    HINT = "hint"
    """Worth knowing, no behaviour yet: an import that no call explains. Never more than low."""


class Decision(StrEnum):
    """The decision of specification §6."""

    PASS = "PASS"
    CONDITIONAL_PASS = "CONDITIONAL_PASS"
    FAIL = "FAIL"

    @property
    def exit_code(self) -> int:
        """0, 2 or 1."""
        return {Decision.PASS: 0, Decision.CONDITIONAL_PASS: 2, Decision.FAIL: 1}[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a rule, before policy: what, where, how certain. ``file`` is "" until the pipeline sets it.

    evidence: one factual sentence. destination: for network findings, the host or what is known of it.
    command: for process findings, the command line as far as it is constant; the allowlist matches it.
    runs: the Python file that ``sys.executable`` is given, as a constant path relative to the root or to HERE.
    """

    rule_id: str
    site: Site
    evidence: str
    certainty: Certainty = Certainty.PROVEN
    trail: tuple[Step, ...] = ()
    destination: str = ""
    command: str = ""
    runs: str = ""
    file: str = ""

    @property
    def order(self) -> tuple[Any, ...]:
        """The sort key of every report: place first, then rule."""
        site = self.site
        return (self.file, site.line, site.column, self.rule_id, site.end_line, site.end_column, self.evidence)

    @property
    def facts(self) -> Hashable:
        """All that was found but for the file and the lines: what makes it the same finding after code has moved."""
        site = replace(self.site, line=0, end_line=self.site.end_line - self.site.line)
        steps = tuple(step.what for step in self.trail)
        return (self.rule_id, self.evidence, self.certainty, self.destination, self.command, self.runs, steps, site)

    @property
    def imports(self) -> str:
        """What the finding owes to other files, as a SHA-256: the same bytes of its own file have it only as long as
        those say the same. "" for one that its own file proves alone."""
        if not any(step.file for step in self.trail):
            return ""
        said = (self.evidence, self.destination, self.command, *(step.what for step in self.trail))
        return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()


Check = Callable[[Any], Iterator[Finding]]


@dataclass(frozen=True)
class Example:
    """A sample that a rule reports (or must not): *code* in the language of a file called *name*."""

    code: str
    name: str = "example.py"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule's metadata and its checks, by the type of effect that they read.

    severity and confidence are the defaults of a proven finding; policy decides the final ones.
    cwe: CWE ids. nist: SP 800-53 rev. 5 controls. attack: MITRE ATT&CK technique ids.
    bad and good: at least one example each, which the tests and ``gk selftest`` run through the analyzers.
    """

    id: str
    title: str
    category: Category
    severity: Severity
    confidence: Confidence
    why: str
    fix: str
    cwe: tuple[str, ...]
    nist: tuple[str, ...]
    attack: tuple[str, ...] = ()
    bad: tuple[Example, ...]
    good: tuple[Example, ...]
    checks: dict[type[Effect], list[Check]] = field(default_factory=dict, repr=False)

    def on(self, *effects: type[Effect]) -> Callable[[Check], Check]:
        """Registers a check: a pure generator that is called with each effect of one of these types."""

        def register(check: Check) -> Check:
            for effect in effects:
                self.checks.setdefault(effect, []).append(check)
            return check

        return register

    def finding(self, effect: Effect, evidence: str, **details: Any) -> Finding:
        """A finding of this rule at the effect's place. A guessed callee can never be proven."""
        if effect.site.guess and details.get("certainty", Certainty.PROVEN) is Certainty.PROVEN:
            details["certainty"] = Certainty.SHAPE
        return Finding(rule_id=self.id, site=effect.site, evidence=evidence, **details)
