"""PER002: makes something start at logon or boot."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Mechanism, Persist
from gk_hooks.model.findings import Category, Certainty, Confidence, Example, Finding, Rule, Severity

RUN_KEY = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"

RULE = Rule(
    id="PER002",
    title="Adds an autorun entry",
    category=Category.PERSISTENCE,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Registry Run keys, Startup folders and login files start code at every logon, long after the tool has ended.",
    fix="Remove it; start the program by hand or have administrators deploy it.",
    cwe=("CWE-506", "CWE-284"),
    nist=("CM-7", "CM-11", "SI-3"),
    attack=("T1547.001", "T1546.004"),
    bad=(
        Example(
            "import winreg\n"
            'key = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\\Microsoft\\Windows\\CurrentVersion\\Run", 0,'
            " winreg.KEY_SET_VALUE)\n"
            'winreg.SetValueEx(key, "agent", 0, winreg.REG_SZ, "agent.exe")'
        ),
        Example("echo agent >> ~/.bashrc", "example.sh"),
        Example(f"reg add {RUN_KEY} /v agent /d agent.exe", "example.bat"),
        Example(
            "Set-ItemProperty -Path HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run -Name agent -Value a.exe",
            "example.ps1",
        ),
        Example(f'CreateObject("WScript.Shell").RegWrite "{RUN_KEY}\\agent", "agent.exe"', "example.vbs"),
    ),
    good=(
        Example('import winreg\nkey = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Software\\MyApp")'),
        Example("cat ~/.bashrc", "example.sh"),
        Example(f"reg query {RUN_KEY}", "example.bat"),
        Example("Set-ItemProperty -Path HKCU:\\Software\\MyApp -Name theme -Value dark", "example.ps1"),
        Example(f'x = CreateObject("WScript.Shell").RegRead("{RUN_KEY}\\agent")', "example.vbs"),
    ),
)


@RULE.on(Persist)
def check(effect: Persist) -> Iterator[Finding]:
    """Autorun places only; schedules and services are PER001. Data is likely, no proof."""
    if effect.mechanism is Mechanism.AUTORUN:
        target = "" if effect.target.is_unknown else f": {effect.target.shown()}"
        yield RULE.finding(
            effect,
            f"{effect.tool or effect.site.callee} {effect.verb}{target}",
            certainty=Certainty.LIKELY if effect.latent else Certainty.PROVEN,
            trail=effect.target.trail,
        )
