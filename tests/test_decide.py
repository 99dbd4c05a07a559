import pytest

from gk_hooks.errors import UsageError
from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Category, Certainty, Confidence, Decision, Example, Finding, Rule, Severity
from gk_hooks.model.values import HERE, HOLE
from gk_hooks.policy.decide import decide
from gk_hooks.policy.profile import Profile, judge, profile_named

BLOCKER, HIGH, MEDIUM, LOW, INFO = Severity
PRACTICAL, STRICT = Profile


@pytest.mark.parametrize(
    ("severities", "decision", "exit_code"),
    (
        pytest.param((), Decision.PASS, 0, id="nothing"),
        pytest.param((INFO, LOW, MEDIUM), Decision.PASS, 0, id="nothing that counts"),
        pytest.param((MEDIUM, HIGH), Decision.CONDITIONAL_PASS, 2, id="something to review"),
        pytest.param((HIGH, HIGH, BLOCKER, INFO), Decision.FAIL, 1, id="one blocker"),
    ),
)
def test_decision(severities, decision, exit_code):
    assert decide(iter(severities)) is decision
    assert decision.exit_code == exit_code


def rule(rule_id: str, severity: Severity, confidence: Confidence) -> Rule:
    sample = (Example("x"),)
    return Rule(
        id=rule_id,
        title="t",
        category=Category.OTHER,
        severity=severity,
        confidence=confidence,
        why="w",
        fix="f",
        cwe=(),
        nist=(),
        bad=sample,
        good=sample,
    )


NET001 = rule("NET001", BLOCKER, Confidence.HIGH)
NET002 = rule("NET002", HIGH, Confidence.MEDIUM)
PEX003 = rule("PEX003", HIGH, Confidence.MEDIUM)
PER003 = rule("PER003", HIGH, Confidence.MEDIUM)
SCAN001 = rule("SCAN001", HIGH, Confidence.HIGH)


@pytest.mark.parametrize(
    ("of", "certainty", "practical", "strict", "confidence"),
    (
        pytest.param(NET001, "proven", BLOCKER, BLOCKER, "high", id="a proof blocks"),
        pytest.param(NET001, "likely", HIGH, HIGH, "medium", id="what is likely does not"),
        pytest.param(NET001, "shape", HIGH, HIGH, "low", id="a shape does not"),
        pytest.param(NET001, "hint", LOW, LOW, "low", id="a hint is never more than low"),
        pytest.param(NET002, "proven", HIGH, BLOCKER, "medium", id="an unknown destination blocks when strict"),
        pytest.param(NET002, "likely", HIGH, BLOCKER, "low", id="also a likely one"),
        pytest.param(NET002, "shape", HIGH, HIGH, "low", id="not one that only looks so"),
        pytest.param(NET002, "hint", LOW, LOW, "low", id="an import blocks nobody"),
        pytest.param(PEX003, "proven", HIGH, BLOCKER, "medium", id="a process blocks when strict"),
        pytest.param(PER003, "proven", HIGH, HIGH, "medium", id="other reviews stay reviews"),
        pytest.param(SCAN001, "proven", HIGH, HIGH, "high", id="an incomplete audit is for review in both"),
    ),
)
def test_profiles(of, certainty, practical, strict, confidence):
    finding = Finding(of.id, Site(1, 1, 1, 2, "f"), "e", Certainty(certainty), file="a.py")
    assert judge(finding, of, PRACTICAL, frozenset()) == (practical, Confidence(confidence))
    assert judge(finding, of, STRICT, frozenset()) == (strict, Confidence(confidence))


ANALYZED = frozenset({"tool.py", "src/a.py", "src/tool.py"})


@pytest.mark.parametrize(
    ("runs", "severity"),
    (
        pytest.param("tool.py", MEDIUM, id="from the root"),
        pytest.param("src/../tool.py", MEDIUM, id="by a detour"),
        pytest.param("./src\\tool.py", MEDIUM, id="as Windows writes it"),
        pytest.param(f"{HERE}/tool.py", MEDIUM, id="beside this file"),
        pytest.param(f"{HERE}/../tool.py", MEDIUM, id="above this file"),
        pytest.param(f"{HERE}/a.py/../tool.py", MEDIUM, id="through __file__"),
        pytest.param("", HIGH, id="unknown"),
        pytest.param("other.py", HIGH, id="not analyzed"),
        pytest.param(f"{HERE}/../../tool.py", HIGH, id="out of the tree"),
        pytest.param(f"{HERE}tool.py", HIGH, id="not below this folder"),
        pytest.param(f"x/{HERE}/tool.py", HIGH, id="this folder in the middle"),
        pytest.param("/tool.py", HIGH, id="absolute"),
        pytest.param(f"{HOLE}/tool.py", HIGH, id="partly unknown"),
        pytest.param("Tool.py", HIGH, id="another case"),
    ),
)
def test_running_a_file_that_was_analyzed(runs, severity):
    finding = Finding("PEX003", Site(1, 1, 1, 2, "f"), "e", runs=runs, file="src/a.py")
    assert judge(finding, PEX003, PRACTICAL, ANALYZED)[0] is severity
    assert judge(finding, PEX003, STRICT, ANALYZED)[0] is BLOCKER


def test_running_a_file_must_be_certain():
    finding = Finding("PEX003", Site(1, 1, 1, 2, "f"), "e", Certainty.LIKELY, runs="tool.py", file="src/a.py")
    assert judge(finding, PEX003, PRACTICAL, ANALYZED)[0] is HIGH


@pytest.mark.parametrize("name", ("strict", "mcen_strict"))
def test_profile_names(name):
    assert profile_named(name) is STRICT


def test_an_unknown_profile_names_the_known_ones():
    with pytest.raises(UsageError, match="unknown profile 'lax': choose one of mcen_practical, mcen_strict, practical"):
        profile_named("lax")
