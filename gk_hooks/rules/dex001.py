"""DEX001: turns text into running code."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Code, DynamicCode
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="DEX001",
    title="Turns text into code",
    category=Category.DYNAMIC_EXEC,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Code that is made while the program runs was never reviewed and cannot be.",
    fix="Call the function you need directly; parse data with ast.literal_eval or json.",
    cwe=("CWE-95", "CWE-94"),
    nist=("SI-10", "SI-7", "CM-7"),
    attack=("T1059",),
    bad=(
        Example("def calculate(text):\n    return eval(text)"),
        Example('eval "$1"', "example.sh"),
        Example("Invoke-Expression $code", "example.ps1"),
        Example('powershell -Command "Invoke-Expression $env:CODE"', "example.bat"),
        Example("ExecuteGlobal WScript.Arguments(0)", "example.vbs"),
    ),
    good=(
        Example('import re, ast\npattern = re.compile("a+")\nvalue = ast.literal_eval(text)\nmodel.eval()'),
        Example('echo "eval $1"', "example.sh"),
        Example('Write-Host "Invoke-Expression"', "example.ps1"),
        Example("echo Invoke-Expression", "example.bat"),
        Example('WScript.Echo "Execute"', "example.vbs"),
    ),
)

COMPILERS = frozenset({"compile", "code.compile_command", "codeop.compile_command"})
"""What they make is code that somebody else runs."""


@RULE.on(DynamicCode)
def check(effect: DynamicCode) -> Iterator[Finding]:
    """The text may be a constant: the specification asks for every eval, exec and compile."""
    if effect.code is Code.TEXT:
        does = "turns text into code" if effect.site.callee in COMPILERS else "runs text as code"
        yield RULE.finding(effect, f"{effect.site.callee} {does}", trail=effect.payload.trail)
