"""PEX001: a program hands a command to a shell."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Execute, Shell
from gk_hooks.model.findings import Category, Certainty, Confidence, Example, Finding, Rule, Severity
from gk_hooks.rules.commands import command_line, needs_a_shell, shown, trail_of

RULE = Rule(
    id="PEX001",
    title="Runs a command through a shell",
    category=Category.PROCESS_EXEC,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="A shell runs whatever the text contains: chained commands, substitutions, injected arguments.",
    fix="Pass a list of arguments without a shell: subprocess.run([program, argument]).",
    cwe=("CWE-78",),
    nist=("SI-10", "CM-7"),
    attack=("T1059.004", "T1059.003"),
    bad=(
        Example('import subprocess\nsubprocess.run("ls | wc -l", shell=True)'),
        Example('import os\nos.system("ls")'),
        Example('CreateObject("WScript.Shell").Run "cmd /c dir > out.txt"', "example.vbs"),
    ),
    good=(
        Example('import subprocess\nsubprocess.run(["ls", "-l"])'),
        Example("ls | wc -l", "example.sh"),
        Example("dir > out.txt", "example.bat"),
        Example('WScript.Echo "cmd /c dir"', "example.vbs"),
    ),
)


@RULE.on(Execute)
def check(effect: Execute) -> Iterator[Finding]:
    """``shell=flag`` with an unknown flag is likely, not proven."""
    shell = needs_a_shell(effect)
    if shell is Shell.NO:
        return
    certain = shell is Shell.YES
    yield RULE.finding(
        effect,
        f"{effect.site.callee} {'runs' if certain else 'may run'} {shown(effect)} through a shell",
        certainty=Certainty.PROVEN if certain else Certainty.LIKELY,
        command=command_line(effect),
        trail=trail_of(effect),
    )
