"""PER001: creates or changes a scheduled task, cron job, service or daemon."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Mechanism, Persist
from gk_hooks.model.findings import Category, Certainty, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="PER001",
    title="Schedules a task or installs a service",
    category=Category.PERSISTENCE,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="A task or service keeps running after the tool has ended, often with more rights than the user had.",
    fix="Remove it; let the system's administrators deploy tasks and services through change control.",
    cwe=("CWE-506", "CWE-284"),
    nist=("CM-7", "CM-11", "SI-3"),
    attack=("T1053", "T1543"),
    bad=(
        Example('import subprocess\nsubprocess.run(["systemctl", "enable", "agent.service"])'),
        Example("systemctl enable agent.service", "example.sh"),
        Example("schtasks /create /tn agent /tr agent.exe /sc onlogon", "example.bat"),
        Example("New-Service -Name agent -BinaryPathName C:\\agent.exe", "example.ps1"),
        Example(
            'CreateObject("WScript.Shell").Run "schtasks /create /tn agent /tr agent.exe /sc daily"', "example.vbs"
        ),
    ),
    good=(
        Example('import subprocess\nsubprocess.run(["systemctl", "status", "agent.service"])'),
        Example("systemctl status agent.service\ncrontab -l", "example.sh"),
        Example("schtasks /query /tn agent", "example.bat"),
        Example("Get-Service agent", "example.ps1"),
        Example('WScript.Echo "schtasks /create"', "example.vbs"),
    ),
)


@RULE.on(Persist)
def check(effect: Persist) -> Iterator[Finding]:
    """Reading or listing is not an effect; whatever arrives here creates or changes. Data is likely, no proof."""
    if effect.mechanism is Mechanism.SCHEDULE:
        target = "" if effect.target.is_unknown else f": {effect.target.shown()}"
        yield RULE.finding(
            effect,
            f"{effect.tool or effect.site.callee} {effect.verb}{target}",
            certainty=Certainty.LIKELY if effect.latent else Certainty.PROVEN,
            trail=effect.target.trail,
        )
