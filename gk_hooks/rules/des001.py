"""DES001: rebuilds objects from bytes in a format that can run code."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Deserialize
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="DES001",
    title="Unsafe deserialization",
    category=Category.DESERIALIZATION,
    severity=Severity.BLOCKER,
    confidence=Confidence.HIGH,
    why="Whoever writes the bytes chooses the code that runs when they are read.",
    fix="Use json, or a reader that cannot run code (yaml.safe_load, torch.load with weights_only=True).",
    cwe=("CWE-502",),
    nist=("SI-10", "SI-7"),
    attack=("T1059.006",),
    bad=(
        Example("import pickle\n\ndef read(data):\n    return pickle.loads(data)"),
        Example(
            "$f = New-Object System.Runtime.Serialization.Formatters.Binary.BinaryFormatter\n$f.Deserialize($stream)",
            "example.ps1",
        ),
        Example("python3 -c 'import pickle, sys; pickle.load(sys.stdin.buffer)'", "example.sh"),
    ),
    good=(
        Example("import json, yaml\njson.loads(text)\nyaml.safe_load(text)\npickle_path.load()"),
        Example("ConvertFrom-Json $text", "example.ps1"),
        Example("echo pickle.load", "example.sh"),
    ),
)


@RULE.on(Deserialize)
def check(effect: Deserialize) -> Iterator[Finding]:
    """Writing (``dumps``) runs nothing and is no effect."""
    yield RULE.finding(effect, f"{effect.site.callee} reads {effect.format} data, which can run code")
