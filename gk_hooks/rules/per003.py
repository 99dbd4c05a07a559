"""PER003: writes to a protected system location."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import WritePath
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity
from gk_hooks.model.places import is_protected

RULE = Rule(
    id="PER003",
    title="Writes to a protected system location",
    category=Category.PERSISTENCE,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    why="Files under system folders change how the machine behaves for everybody and outlive the tool.",
    fix="Write below the project or the user's own folders; leave system files to the administrators.",
    cwe=("CWE-732", "CWE-284"),
    nist=("CM-5", "CM-11", "SI-7"),
    attack=("T1222", "T1574"),
    bad=(
        Example('with open("/etc/hosts", "a") as hosts:\n    hosts.write("x")'),
        Example("cp tool /usr/bin/tool", "example.sh"),
        Example("copy tool.dll C:\\Windows\\System32\\tool.dll", "example.bat"),
        Example("Copy-Item tool.dll C:\\Windows\\System32\\", "example.ps1"),
        Example(
            'CreateObject("Scripting.FileSystemObject").CopyFile "tool.dll", "C:\\Windows\\System32\\"', "example.vbs"
        ),
    ),
    good=(
        Example('with open("/etc/hosts") as hosts:\n    hosts.read()'),
        Example("cp tool build/tool\ncat /etc/hosts > /dev/null", "example.sh"),
        Example("copy tool.dll out\\tool.dll", "example.bat"),
        Example("Copy-Item C:\\Windows\\System32\\drivers\\etc\\hosts .\\hosts.txt", "example.ps1"),
        Example('CreateObject("Scripting.FileSystemObject").CopyFile "tool.dll", "out\\"', "example.vbs"),
    ),
)


@RULE.on(WritePath)
def check(effect: WritePath) -> Iterator[Finding]:
    """At least one known path is protected; a path with an unknown end is judged by its known beginning."""
    places = [path for path in effect.path.options if is_protected(path)]
    if places:
        shown = effect.path.shown()
        yield RULE.finding(effect, f"{effect.site.callee}: {effect.verb} at {shown}", trail=effect.path.trail)
