"""DEX002: loads code by a name that is made at run time."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Code, DynamicCode
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="DEX002",
    title="Loads code by a computed name",
    category=Category.DYNAMIC_EXEC,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Which code runs is decided at run time, so nobody can review it beforehand.",
    fix="Import by a constant name, or choose from a fixed table of modules.",
    cwe=("CWE-470", "CWE-829"),
    nist=("SI-7", "CM-7", "SA-11"),
    attack=("T1129", "T1059.006"),
    bad=(
        Example("import importlib\n\ndef load(name):\n    return importlib.import_module(name)"),
        Example('. "$1"', "example.sh"),
        Example(". $args[0]", "example.ps1"),
    ),
    good=(
        Example('import importlib\nimportlib.import_module("json")'),
        Example(". ./lib.sh", "example.sh"),
        Example(". .\\lib.ps1", "example.ps1"),
    ),
)


@RULE.on(DynamicCode)
def check(effect: DynamicCode) -> Iterator[Finding]:
    """Analyzers leave out constant names: those are ordinary imports."""
    if effect.code is Code.MODULE:
        shown = "" if effect.payload.is_unknown else f" ({effect.payload.shown()})"
        yield RULE.finding(
            effect, f"{effect.site.callee} loads code by a computed name{shown}", trail=effect.payload.trail
        )
