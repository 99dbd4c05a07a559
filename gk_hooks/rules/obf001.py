"""OBF001: decoding that feeds into execution, and large encoded literals."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import Blob, DynamicCode, Execute
from gk_hooks.model.findings import Category, Certainty, Confidence, Example, Finding, Rule, Severity
from gk_hooks.rules.commands import trail_of

RULE = Rule(
    id="OBF001",
    title="Hides code by encoding it",
    category=Category.OBFUSCATION,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    why="Code that is decoded before it runs is meant not to be read; reviewers see only the wrapping.",
    fix="Ship the code in clear text, or explain the encoded data and where it comes from.",
    cwe=("CWE-506", "CWE-656"),
    nist=("SI-3", "SA-11"),
    attack=("T1027", "T1140"),
    bad=(
        Example("import base64, zlib\nexec(zlib.decompress(base64.b64decode(data)))"),
        Example("echo cm0gLXJmIH4K | base64 -d | sh", "example.sh"),
        Example("powershell -EncodedCommand ZABpAHIA", "example.bat"),
        Example("iex ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($data)))", "example.ps1"),
        Example('Execute Chr(87) & "Script.Echo 1"', "example.vbs"),
    ),
    good=(
        Example("import base64\npicture = base64.b64decode(data)"),
        Example("base64 -d picture.txt > picture.png", "example.sh"),
        Example("echo -EncodedCommand", "example.bat"),
        Example("$bytes = [Convert]::FromBase64String($data)", "example.ps1"),
        Example('WScript.Echo Chr(87) & "ait"', "example.vbs"),
    ),
)


@RULE.on(DynamicCode)
def check_code(effect: DynamicCode) -> Iterator[Finding]:
    """The payload went through a decoding step."""
    if effect.payload.decoded:
        steps = " → ".join(effect.payload.decoded)
        yield RULE.finding(
            effect, f"{steps} → {effect.site.callee}: decoded text runs as code", trail=effect.payload.trail
        )


@RULE.on(Execute)
def check_command(effect: Execute) -> Iterator[Finding]:
    """The command, or the text for the shell, went through a decoding step or was assembled to disguise it."""
    steps = effect.text.decoded if effect.text is not None else ()
    for word in effect.argv:
        steps = steps or word.decoded
    if steps:
        told = f"{' → '.join(steps)} → {effect.site.callee}: a disguised command runs"
        yield RULE.finding(effect, told, trail=trail_of(effect))


@RULE.on(Blob)
def check_blob(effect: Blob) -> Iterator[Finding]:
    """A large encoded literal, whatever is done with it."""
    yield RULE.finding(
        effect,
        f"a literal of {effect.size:,} characters that look like {effect.encoding}",
        certainty=Certainty.SHAPE,
    )
