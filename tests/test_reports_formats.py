"""What each consumer relies on in HDF, Code Quality, JUnit and GitHub annotations."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from gk_hooks.model.findings import Decision, Severity
from gk_hooks.model.records import replace
from gk_hooks.model.report import BaselineState, Suppression
from gk_hooks.reports import FORMATS
from tests.reports.sample import CLEAN, FULL, RULES, SAMPLES, SINCE, result

ACCEPTED = Suppression("baseline", "Known since v1", "B. Lead", "2026-01-05", "2026-12-31")


def render(name, report=FULL):
    return FORMATS[name].render(report, RULES)


def of(*results):
    return replace(FULL, results=results)


def blocker(**more):
    return result("NET001", "a.py", (3, 1, 3, 9), "connects", **more)


# --- HDF


def statuses(report):
    """Each control's status as Heimdall computes it: failed outweighs passed, and passed outweighs skipped."""
    controls = json.loads(render("hdf", report))["profiles"][0]["controls"]
    found = {control["id"]: {each["status"] for each in control["results"]} for control in controls}
    return {
        name: next(status for status in ("failed", "passed", "skipped") if status in kinds)
        for name, kinds in found.items()
    }


@pytest.mark.parametrize(
    ("results", "status"),
    (
        pytest.param((), "passed", id="no finding"),
        pytest.param((blocker(),), "failed", id="a blocker"),
        pytest.param((blocker(severity=Severity.HIGH),), "skipped", id="a review item is Not Reviewed"),
        pytest.param((blocker(suppression=ACCEPTED),), "skipped", id="what was accepted has to be confirmed"),
        pytest.param((blocker(severity=Severity.LOW),), "passed", id="what is only on record"),
        pytest.param(
            (blocker(severity=Severity.LOW), blocker(severity=Severity.HIGH)), "skipped", id="record and review"
        ),
        pytest.param((blocker(severity=Severity.HIGH), blocker()), "failed", id="review and blocker"),
        pytest.param((blocker(state=BaselineState.UNCHANGED),), "passed", id="what the base has too"),
    ),
)
def test_status_of_a_control(results, status):
    assert statuses(of(*results))["NET001"] == status


@pytest.mark.parametrize("sample", SAMPLES)
def test_controls_fail_exactly_when_the_decision_is_fail(sample):
    report = SAMPLES[sample]
    found = {*statuses(report).values()}
    assert ("failed" in found, found == {"passed"}) == (
        report.decision is Decision.FAIL,
        report.decision is Decision.PASS,
    )


def test_a_skipped_result_says_who_accepted_it():
    controls = json.loads(render("hdf", of(blocker(suppression=ACCEPTED))))["profiles"][0]["controls"]
    [skipped] = controls[0]["results"]
    assert (skipped["code_desc"], skipped["skip_message"]) == (
        "a.py:3:1",
        "connects; accepted by baseline, B. Lead, 2026-01-05, until 2026-12-31: Known since v1",
    )


def test_controls_carry_nist_tags():
    control = json.loads(render("hdf"))["profiles"][0]["controls"][0]
    assert (control["tags"]["nist"], control["impact"]) == (["SC-7", "CM-7", "Rev_5"], 0.9)


# --- GitLab Code Quality


def test_code_quality_has_the_keys_that_gitlab_reads():
    entries = json.loads(render("gitlab"))
    assert len(entries) == len(FULL.counted)
    assert {tuple(entry) for entry in entries} == {("description", "check_name", "fingerprint", "severity", "location")}
    assert {entry["severity"] for entry in entries} == {"blocker", "critical"}
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    assert all(entry["location"]["lines"]["begin"] >= 1 for entry in entries)


def test_code_quality_lists_what_counts_alone():
    assert [entry["check_name"] for entry in json.loads(render("gitlab", SINCE))] == ["PEX003"]
    assert json.loads(render("gitlab", CLEAN)) == []


# --- JUnit


def test_junit_counts_what_it_holds():
    for sample in SAMPLES.values():
        root = ElementTree.fromstring(render("junit", sample))
        for node in (root, *root):
            assert int(node.get("tests", "")) == len(list(node.iter("testcase")))
            assert int(node.get("failures", "")) == len(list(node.iter("failure")))


@pytest.mark.parametrize(
    ("found", "child"),
    (
        pytest.param(blocker(), "failure", id="a blocker"),
        pytest.param(blocker(severity=Severity.HIGH), "failure", id="a review item"),
        pytest.param(blocker(suppression=ACCEPTED), "skipped", id="an accepted finding"),
        pytest.param(blocker(severity=Severity.LOW), "system-out", id="what is only on record"),
    ),
)
def test_junit_case(found, child):
    [case] = ElementTree.fromstring(render("junit", of(found))).findall("testsuite[1]/testcase")
    assert [node.tag for node in case] == [child]
    assert (case.get("file"), case.get("line")) == ("a.py", "3")


def test_junit_stays_xml_whatever_the_names_are():
    hostile = "".join(map(chr, (*range(1, 40), 0xD800, 0xFFFE, 0x202E))) + "]]><x a='\"&amp;"
    odd = result("NET001", hostile, (1, 1, 1, 2), hostile, suppression=None)
    root = ElementTree.fromstring(render("junit", replace(FULL, results=(odd,), sources={(hostile, 1): hostile})))
    assert root.find("testsuite/testcase/failure") is not None


# --- GitHub annotations


def test_annotations_come_worst_first_and_one_line_each():
    lines = render("github").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::notice", *["::error"] * 4, *["::warning"] * 3]


@pytest.mark.parametrize(
    ("text", "shown"),
    (
        pytest.param("100%\n::error::x", "100%25\\n::error::x", id="percent signs and line ends"),
        pytest.param("\x1b[31m", "\\x1b[31m", id="terminal sequences"),
    ),
)
def test_evidence_is_no_command(text, shown):
    line = render("github", of(result("NET001", "a.py", (1, 1, 1, 2), text))).splitlines()[1]
    assert line.startswith("::error file=a.py,line=1,col=1,endColumn=1,title=NET001 Connects to another machine::")
    assert line.split("::")[2:] == f"{shown}%0A{RULES['NET001'].fix}".split("::")


def test_names_do_not_end_a_property():
    line = render("github", of(result("NET001", "a,line=9:b.py", (1, 1, 1, 2), "x"))).splitlines()[1]
    assert re.match(r"::error file=a%2Cline=9%3Ab\.py,line=1,", line)
