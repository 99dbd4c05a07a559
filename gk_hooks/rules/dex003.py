"""DEX003: loads native code or calls through a foreign function interface."""

from __future__ import annotations

from collections.abc import Iterator

from gk_hooks.model.effects import LoadNative
from gk_hooks.model.findings import Category, Confidence, Example, Finding, Rule, Severity

RULE = Rule(
    id="DEX003",
    title="Loads a native library",
    category=Category.DYNAMIC_EXEC,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    why="Native code is out of reach of this analysis and of Python's own safety.",
    fix="Use a reviewed extension module, or have the library and its origin approved.",
    cwe=("CWE-114", "CWE-829"),
    nist=("SI-7", "CM-7"),
    attack=("T1129", "T1106"),
    bad=(
        Example('import ctypes\nctypes.CDLL("libc.so.6")'),
        Example(
            "Add-Type -TypeDefinition '[DllImport(\"kernel32.dll\")] public static extern int Beep(int f, int d);'",
            "example.ps1",
        ),
        Example("rundll32 tool.dll,Start", "example.bat"),
    ),
    good=(
        Example("import ctypes\nnumber = ctypes.c_int(5)\nsize = ctypes.sizeof(number)"),
        Example('Write-Host "DllImport"', "example.ps1"),
        Example("echo rundll32 tool.dll,Start", "example.bat"),
    ),
)


@RULE.on(LoadNative)
def check(effect: LoadNative) -> Iterator[Finding]:
    """Types and sizes of ctypes load nothing; analyzers leave them out."""
    shown = "a native library" if effect.library.is_unknown else effect.library.shown()
    yield RULE.finding(effect, f"{effect.site.callee} loads {shown}", trail=effect.library.trail)
