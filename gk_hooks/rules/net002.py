"""NET002: network-capable code whose destination is not known."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Connect, Import, Listen
from gk_hooks.model.findings import Category, Certainty, Confidence, Example, Finding, Rule, Severity
from gk_hooks.model.hosts import Reach, is_every_interface, resolve
from gk_hooks.model.values import HOLE

RULE = Rule(
    id="NET002",
    title="Network use with an unknown destination",
    category=Category.NETWORK,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    why="The destination comes from a variable, the environment or a configuration; it may lie outside this machine.",
    fix="Make the destination a loopback constant, or show the reviewer where it comes from and what it can be.",
    cwe=("CWE-918",),
    nist=("SC-7", "AC-4"),
    attack=("T1071",),
    bad=(
        Example('import os, requests\nrequests.get(os.environ["SERVICE_URL"])'),
        Example('curl "$1"', "example.sh"),
        Example("Invoke-WebRequest -Uri $args[0]", "example.ps1"),
        Example("curl %1", "example.bat"),
        Example(
            'Set http = CreateObject("MSXML2.XMLHTTP")\nhttp.Open "GET", WScript.Arguments(0), False', "example.vbs"
        ),
    ),
    good=(
        Example('import requests\nrequests.get("http://localhost:8000/")'),
        Example('echo "curl $1"', "example.sh"),
        Example('Write-Host "Invoke-WebRequest $url"', "example.ps1"),
        Example("echo curl %1", "example.bat"),
        Example('WScript.Echo "MSXML2.XMLHTTP"', "example.vbs"),
    ),
)


@RULE.on(Connect)
def check_connect(effect: Connect) -> Iterator[Finding]:
    """Some destination is unknown, and none is proven remote (that is NET001's business)."""
    reaches = {there.reach for there in resolve(effect.destination, effect.form)}
    if Reach.UNKNOWN in reaches and Reach.REMOTE not in reaches:
        origin = f" from {effect.destination.origin}" if effect.destination.origin else ""
        shown = "" if effect.destination.is_unknown else f" ({effect.destination.shown()})"
        yield RULE.finding(
            effect,
            f"{effect.site.callee} connects to a destination that is not known{origin}{shown}",
            destination=effect.destination.shown(),
            trail=effect.destination.trail,
        )


@RULE.on(Listen)
def check_listen(effect: Listen) -> Iterator[Finding]:
    """Listens on an address that is not known, and that no known option makes every interface (NET003)."""
    open_ended = not effect.host.complete or any(HOLE in option for option in effect.host.options)
    if open_ended and not any(is_every_interface(host) for host in effect.host.constants):
        yield RULE.finding(
            effect,
            f"{effect.site.callee} listens on an address that is not known",
            destination=effect.host.shown(),
            trail=effect.host.trail,
        )


@RULE.on(Import)
def check_import(effect: Import) -> Iterator[Finding]:
    """A network module is imported and no call of it was seen: worth a look, no more."""
    yield RULE.finding(
        effect,
        f"imports {effect.module}, which can use the network; no call of it was seen in this file",
        certainty=Certainty.HINT,
    )
