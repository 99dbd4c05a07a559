"""NET003: listens on every network interface."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Listen
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity
from gk_hooks.model.hosts import Reach, host_reach, is_every_interface

RULE = Rule(
    id="NET003",
    title="Listens beyond loopback",
    category=Category.NETWORK,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Any host that can route to this machine can connect to the service.",
    fix="Bind to 127.0.0.1 or ::1.",
    cwe=("CWE-1327", "CWE-668"),
    nist=("SC-7", "CM-7"),
    attack=("T1571",),
    bad=(
        Example('import socket\ns = socket.socket()\ns.bind(("0.0.0.0", 8080))'),
        Example("nc -l -p 8080", "example.sh"),
        Example(
            '$l = New-Object Net.HttpListener\n$l.Prefixes.Add("http://+:8080/")\n$l.Start()',
            "example.ps1",
        ),
        Example("python -m http.server 8080", "example.bat"),
        Example(
            'Set shell = CreateObject("WScript.Shell")\nshell.Run "python -m http.server 8080"',
            "example.vbs",
        ),
    ),
    good=(
        Example('import socket\ns = socket.socket()\ns.bind(("127.0.0.1", 8080))'),
        Example("python3 -m http.server --bind 127.0.0.1", "example.sh"),
        Example('Write-Host "http://+:8080/"', "example.ps1"),
        Example("python -m http.server --bind 127.0.0.1 8080", "example.bat"),
        Example('WScript.Echo "0.0.0.0"', "example.vbs"),
    ),
)


@RULE.on(Listen)
def check(effect: Listen) -> Iterator[Finding]:
    """Every interface, or one whose constant address is not loopback."""
    for host in effect.host.constants:
        if is_every_interface(host):
            where = "every interface"
        elif host_reach(host) is Reach.REMOTE:
            where = f"{host}, which is not loopback"
        else:
            continue
        yield RULE.finding(
            effect,
            f"{effect.site.callee} listens on {where}",
            destination=effect.host.shown() or "every interface",
            trail=effect.host.trail,
        )
        return
