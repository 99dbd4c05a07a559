"""What holds for every rule: metadata, examples, and its severity in every language and profile."""

from __future__ import annotations

import re

import pytest
from scanning import Seen, scan_text

from gk_hooks.model.findings import Category, Confidence, Example, Rule, Severity
from gk_hooks.model.kinds import Kind, kind_of
from gk_hooks.policy.profile import Profile
from gk_hooks.rules import BY_ID, RULES

BLOCKER, HIGH = Severity.BLOCKER, Severity.HIGH
NETWORK, PERSISTENCE, DYNAMIC = Category.NETWORK, Category.PERSISTENCE, Category.DYNAMIC_EXEC

SPECIFIED = {  # specification §8 and §7.2: category, severity, severity in the strict profile, confidence
    "NET001": (NETWORK, BLOCKER, BLOCKER, "high"),
    "NET002": (NETWORK, HIGH, BLOCKER, "medium"),
    "NET003": (NETWORK, BLOCKER, BLOCKER, "high"),
    "PER001": (PERSISTENCE, BLOCKER, BLOCKER, "high"),
    "PER002": (PERSISTENCE, BLOCKER, BLOCKER, "high"),
    "PER003": (PERSISTENCE, HIGH, HIGH, "medium"),
    "DEX001": (DYNAMIC, BLOCKER, BLOCKER, "high"),
    "DEX002": (DYNAMIC, BLOCKER, BLOCKER, "high"),
    "DEX003": (DYNAMIC, HIGH, HIGH, "medium"),
    "DES001": (Category.DESERIALIZATION, BLOCKER, BLOCKER, "high"),
    "PEX001": (Category.PROCESS_EXEC, BLOCKER, BLOCKER, "high"),
    "PEX002": (Category.PROCESS_EXEC, BLOCKER, BLOCKER, "high"),
    "PEX003": (Category.PROCESS_EXEC, HIGH, BLOCKER, "medium"),
    "OBF001": (Category.OBFUSCATION, HIGH, HIGH, "medium"),
    "SCAN001": (Category.OTHER, HIGH, HIGH, "high"),
    "SCAN002": (Category.OTHER, HIGH, HIGH, "high"),
}

PY, PS, BAT, SH, VBS = Kind.PYTHON, Kind.POWERSHELL, Kind.BATCH, Kind.SHELL, Kind.VBSCRIPT
EVERYWHERE = {PY, PS, BAT, SH, VBS}
MAKES_SENSE = {
    "DEX002": {PY, PS, SH, BAT},
    "DEX003": {PY, PS, BAT, SH, VBS},
    "DES001": {PY, PS, SH, BAT},
    "SCAN001": {PY, PS, SH, VBS},
}
"""The languages of each rule; all five where nothing is said."""

FIXTURES = {
    "DEX002": (Example('python -c "import sys, runpy; runpy.run_path(sys.argv[1])"', "run.bat"),),
    "DEX003": (
        Example("python3 -c 'import ctypes; ctypes.CDLL(\"./tool.so\")'", "load.sh"),
        Example('CreateObject("WScript.Shell").Run "rundll32 tool.dll,Start"', "load.vbs"),
    ),
    "DES001": (Example('python -c "import pickle, sys; pickle.load(sys.stdin.buffer)"', "read.bat"),),
    "PEX001": (
        Example("python3 -c 'import os; os.system(\"ls | wc\")'", "inner.sh"),
        Example("python -c \"import os; os.system('dir')\"", "inner.bat"),
        Example("python -c \"import os; os.system('dir')\"", "inner.ps1"),
    ),
    "PEX002": (
        Example('python3 -c \'import subprocess; subprocess.run(["curl", "https://evil.example/"])\'', "tool.sh"),
        Example("python -c \"import subprocess; subprocess.run(['curl', 'https://evil.example/'])\"", "tool.bat"),
    ),
    "PEX003": (
        Example('python3 -c \'import subprocess; subprocess.run(["git", "status"])\'', "other.sh"),
        Example("python -c \"import subprocess; subprocess.run(['git', 'status'])\"", "other.bat"),
    ),
    "SCAN001": (
        Example("if ($true) {\n  Write-Host 1\n", "open.ps1"),
        Example('WScript.Echo "never closed\n', "open.vbs"),
    ),
    "SCAN002": tuple(Example("echo 1\0", f"nul{suffix}") for suffix in (".ps1", ".bat", ".sh", ".vbs")),
}
"""More samples that must be reported, where a rule's own examples leave a language out."""


def samples() -> list[tuple[Rule, Example]]:
    """Every sample that must be reported."""
    return [(rule, example) for rule in RULES for example in (*rule.bad, *FIXTURES.get(rule.id, ()))]


def found(rule: Rule, example: Example, profile: Profile = Profile.PRACTICAL) -> list[Seen]:
    return scan_text(example.name, example.code, only=rule.id, profile=profile)


def named(rule: Rule, example: Example) -> str:
    return f"{rule.id} {example.name} {' '.join(example.code.split())[:40]}"


BAD = [pytest.param(rule, example, id=named(rule, example)) for rule, example in samples()]
GOOD = [pytest.param(rule, example, id=named(rule, example)) for rule in RULES for example in rule.good]


def test_the_rules_are_those_of_the_specification() -> None:
    assert list(BY_ID) == [rule.id for rule in RULES]
    assert set(BY_ID) == set(SPECIFIED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_metadata_is_complete(rule: Rule) -> None:
    category, severity, _, confidence = SPECIFIED[rule.id]
    assert (rule.category, rule.severity, rule.confidence) == (category, severity, Confidence(confidence))
    assert rule.title and not rule.title.endswith(".")
    for sentence in (rule.why, rule.fix):
        assert sentence[0].isupper() and sentence.endswith(".") and "\n" not in sentence
    assert rule.cwe and all(re.fullmatch(r"CWE-\d+", name) for name in rule.cwe)
    assert rule.nist and all(re.fullmatch(r"[A-Z]{2}-\d+(\(\d+\))?", name) for name in rule.nist)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", name) for name in rule.attack)
    assert rule.attack or rule.category is Category.OTHER
    assert rule.bad and rule.good and rule.checks


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_samples_cover_every_language_where_the_rule_makes_sense(rule: Rule) -> None:
    kinds = {kind_of(example.name) for each, example in samples() if each is rule}
    assert kinds >= MAKES_SENSE.get(rule.id, EVERYWHERE)


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_bad_samples_are_reported(rule: Rule, example: Example) -> None:
    lines = [seen.line for seen in found(rule, example)]
    assert lines
    assert all(0 <= line <= example.code.count("\n") + 1 for line in lines)


@pytest.mark.parametrize(("rule", "example"), GOOD)
def test_good_examples_are_not(rule: Rule, example: Example) -> None:
    assert [(seen.line, seen.message) for seen in found(rule, example)] == []


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(("rule", "example"), BAD)
def test_severity_in_each_profile(rule: Rule, example: Example, profile: Profile) -> None:
    _, practical, strict, _ = SPECIFIED[rule.id]
    expected = practical if profile is Profile.PRACTICAL else strict
    assert expected in {seen.severity for seen in found(rule, example, profile)}


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_the_message_is_one_printable_sentence(rule: Rule, example: Example) -> None:
    for seen in found(rule, example):
        assert 0 < len(seen.message) < 1_000
        assert "\n" not in seen.message
