"""PEX003: a program starts another one."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Execute, Shell, Via
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity
from gk_hooks.rules.commands import command_line, needs_a_shell, python_file, shown, trail_of, uses_tooling

RULE = Rule(
    id="PEX003",
    title="Starts another program",
    category=Category.PROCESS_EXEC,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    why="What the other program does is not covered by this scan.",
    fix="Check the program and its arguments; if they are benign, record that in the allowlist with a justification.",
    cwe=("CWE-78",),
    nist=("CM-7", "SA-11"),
    attack=("T1059",),
    bad=(
        Example('import subprocess\nsubprocess.run(["git", "status"])'),
        Example('CreateObject("WScript.Shell").Run "notepad.exe"', "example.vbs"),
        Example("Start-Process notepad.exe", "example.ps1"),
    ),
    good=(
        Example("import subprocess\nprint(subprocess.PIPE)"),
        Example("git status", "example.sh"),
        Example("git status", "example.bat"),
        Example("git status", "example.ps1"),
    ),
)


@RULE.on(Execute)
def check(effect: Execute) -> Iterator[Finding]:
    """Whatever is neither a shell's (PEX001) nor known tooling (PEX002)."""
    if effect.via is Via.SPAWN and needs_a_shell(effect) is Shell.NO and not uses_tooling(effect):
        yield RULE.finding(
            effect,
            f"{effect.site.callee} starts {shown(effect)}",
            command=command_line(effect),
            runs=python_file(effect),
            trail=trail_of(effect),
        )
