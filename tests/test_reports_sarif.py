"""report.sarif: what consumers of SARIF 2.1.0 rely on."""

from __future__ import annotations

import json

import pytest

from gk_hooks.model.records import replace
from gk_hooks.model.values import Step
from gk_hooks.reports import FORMATS
from tests.reports.sample import FULL, ODD, RULES, SAMPLES, SINCE, UNDECODABLE, result


def run(report=FULL):
    return json.loads(FORMATS["sarif"].render(report, RULES))["runs"][0]


def single(**details):
    details = {"place": (3, 5, 3, 9), "file": "a.py", "evidence": "x", **details}
    place, file, evidence = details.pop("place"), details.pop("file"), details.pop("evidence")
    [found] = run(replace(FULL, results=(result("NET001", file, place, evidence, **details),)))["results"]
    return found


def test_a_result():
    [found] = [each for each in run()["results"] if "PEX002" in each["ruleId"]]
    place = found["locations"][0]["physicalLocation"]
    assert found["level"] == "error"
    assert found["message"]["text"] == "Starts a network tool: subprocess.run starts curl (CWE-78)."
    assert place["artifactLocation"] == {"uri": "src/agent.py", "uriBaseId": "SRCROOT", "index": 4}
    assert place["region"]["snippet"]["text"].startswith('subprocess.run(\n        ["curl"')
    assert {key: place["region"][key] for key in ("startLine", "startColumn", "endLine", "endColumn")} == {
        "startLine": 30,
        "startColumn": 12,
        "endLine": 35,
        "endColumn": 6,
    }
    assert place["contextRegion"]["snippet"]["text"].startswith("    done = subprocess.run(\n")


def test_a_trail_is_a_code_flow_that_ends_at_the_finding():
    [found] = [each for each in run()["results"] if each.get("codeFlows")]
    steps = [step["location"] for step in found["codeFlows"][0]["threadFlows"][0]["locations"]]
    assert [(step["physicalLocation"]["region"]["startLine"], step["message"]["text"]) for step in steps] == [
        (3, "url = 'https://evil.example/{…}'"),
        (9, "send(url)"),
        (12, "requests.post connects to https://evil.example/{…}"),
    ]


def test_suppressions_and_baseline_states():
    shown = [(each["ruleId"], each.get("baselineState"), each["suppressions"]) for each in run(SINCE)["results"]]
    accepted = {
        "kind": "external",
        "status": "accepted",
        "justification": "Known since v1",
        "properties": {
            "source": "baseline",
            "approvedBy": "B. Lead",
            "approvedOn": "2026-01-05",
            "expires": "2026-12-31",
        },
    }
    assert shown == [("NET001", "unchanged", []), ("PEX003", "new", []), ("PEX002", None, [accepted])]


def test_the_commit_is_named_without_the_address_of_any_clone():
    [provenance] = run()["versionControlProvenance"]
    assert provenance == {
        "repositoryUri": f"swh:1:rev:{'5' * 40}",
        "revisionId": "5" * 40,
        "branch": "main",
        "mappedTo": {"uriBaseId": "SRCROOT"},
    }
    assert run(SAMPLES["clean"])["versionControlProvenance"] == []


def test_nothing_names_the_machine():
    text = FORMATS["sarif"].render(FULL, RULES)
    assert not [word for word in ("station-7", "/srv/project", "file:") if word in text]


@pytest.mark.parametrize(
    ("file", "uri"),
    (
        pytest.param("a b#c?d%.py", "a%20b%23c%3Fd%25.py", id="reserved characters"),
        pytest.param("c:x.py", "c%3Ax.py", id="a colon is no scheme"),
        pytest.param(UNDECODABLE, "lib/caf%E9.sh", id="a byte that is no UTF-8"),
        pytest.param("é/日.py", "%C3%A9/%E6%97%A5.py", id="characters beyond ASCII"),
        pytest.param("\ud800.py", "%ED%A0%80.py", id="a lone surrogate of Windows"),
    ),
)
def test_names_become_relative_references(file, uri):
    assert single(file=file)["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("place", "region"),
    (
        pytest.param(
            (3, 5, 3, 9), {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}, id="an expression"
        ),
        pytest.param((3, 1, 3, 1), {"startLine": 3}, id="a line without an expression"),
        pytest.param((0, 0, 0, 0), {"startLine": 1}, id="a whole file"),
        pytest.param((3, 0, 3, 0), {"startLine": 3}, id="no column"),
    ),
)
def test_regions(place, region):
    assert single(place=place)["locations"][0]["physicalLocation"]["region"] == region


def test_evidence_makes_no_link():
    assert "[x] (http" in single(evidence="[x](https://evil.example)")["message"]["text"]
    assert "\\u202e" in single(evidence="\u202e")["message"]["text"]


def fingerprints(*results):
    found = run(replace(FULL, results=results))["results"]
    return [each["partialFingerprints"]["gkFinding/v1"] for each in found]


def test_a_fingerprint_survives_that_the_code_moves():
    first = result("NET001", "a.py", (3, 5, 3, 9), "x", callee="get", trail=(Step(1, "u = 1"),))
    moved = result("NET001", "a.py", (30, 9, 31, 9), "x", callee="get", trail=(Step(20, "u = 1"),))
    assert fingerprints(first) == fingerprints(moved)


@pytest.mark.parametrize(
    "other",
    (
        pytest.param(result("PEX002", "a.py", (3, 5, 3, 9), "x"), id="another rule"),
        pytest.param(result("NET001", "b.py", (3, 5, 3, 9), "x"), id="another file"),
        pytest.param(result("NET001", "a.py", (3, 5, 3, 9), "y"), id="another fact"),
        pytest.param(result("NET001", "a.py", (9, 5, 9, 9), "x"), id="the same once more in the file"),
    ),
)
def test_fingerprints_tell_findings_apart(other):
    one, two = fingerprints(result("NET001", "a.py", (3, 5, 3, 9), "x"), other)
    assert one != two


def test_rules_carry_what_github_asks_for():
    for rule in run()["tool"]["driver"]["rules"]:
        assert rule["name"].isidentifier() and rule["name"][0].isupper()
        assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"] and rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert float(rule["properties"]["security-severity"]) > 0
        assert rule["properties"]["precision"] == "very-high"
        assert "security" in rule["properties"]["tags"]


def test_only_invocations_differ_between_two_runs():
    again = replace(FULL, run=replace(FULL.run, started_at="2027", finished_at="2027", duration_ms=1, hostname="b"))
    first, second = run(FULL), run(again)
    assert first.pop("invocations") != second.pop("invocations")
    assert first == second


def test_the_odd_name_is_encoded():
    uris = [each["location"]["uri"] for each in run()["artifacts"]]
    assert "docs/a%7Cb%60c%3Cimg%20src%3Dx%3E%1B%5B31m%E2%80%AEgnp.py" in uris
    assert ODD not in uris
