from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from gk_hooks.evidence import manifest
from gk_hooks.model.records import replace
from gk_hooks.model.values import HOLE
from gk_hooks.reports import FORMATS, json_report
from tests.reports.sample import FULL, ODD, RESULTS, RULES, SAMPLES, UNDECODABLE, result

DOCS = Path(__file__).parent.parent / "docs"


def schema(name):
    return json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))


def closed(node):
    """The schema with every object closed, so that a key that it does not describe is an error."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: closed(value) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        node.setdefault("additionalProperties", False)
    return node


def properties(node):
    """Every property name that a schema describes."""
    if isinstance(node, list):
        return {name for item in node for name in properties(item)}
    if not isinstance(node, dict):
        return set()
    own = node.get("properties", {}) if node.get("type") == "object" else {}
    return {*own} | {name for value in node.values() for name in properties(value)}


@pytest.mark.parametrize("sample", SAMPLES)
def test_report_fits_the_published_schema_and_the_schema_describes_all_of_it(sample):
    document = json.loads(FORMATS["json"].render(SAMPLES[sample], RULES))
    jsonschema.Draft202012Validator(closed(schema("report"))).validate(document)


@pytest.mark.parametrize("sample", SAMPLES)
def test_manifest_fits_the_published_schema(sample):
    document = json.loads(manifest.render(SAMPLES[sample]))
    jsonschema.Draft202012Validator(closed(schema("manifest"))).validate(document)


@pytest.mark.parametrize("name", ("report", "manifest"))
def test_schema_is_valid(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", ("report", "manifest"))
def test_every_key_is_explained(name):
    words = (DOCS / "reports.md").read_text(encoding="utf-8")
    keys = {key for key in properties(schema(name)) if not key.endswith("_bytes")}
    assert sorted(key for key in keys if f"`{key}`" not in words) == []


def test_the_sample_in_the_documentation_is_real():
    sample = (DOCS / "reports.md").read_text(encoding="utf-8").split("```console\n")[1].split("```")[0]
    assert {*sample.splitlines()} <= {*FORMATS["text"].render(FULL, RULES).splitlines()}


@pytest.mark.parametrize(
    ("part", "keys"),
    (
        pytest.param("tool", ("name", "version", "profile"), id="tool"),
        pytest.param(
            "run", ("started_at", "finished_at", "duration_ms", "hostname", "os", "python_version", "cwd"), id="run"
        ),
        pytest.param("target", ("root_path", "git"), id="target"),
        pytest.param("summary", ("decision", "totals_by_severity", "totals_by_category"), id="summary"),
        pytest.param("inventory", ("file_counts_by_type", "skipped_files", "third_party_artifacts"), id="inventory"),
    ),
)
def test_keys_of_the_specification(part, keys):
    assert {*keys} <= {*json_report.document(FULL, RULES)[part]}


def test_finding_keys_of_the_specification():
    for finding in json_report.document(FULL, RULES)["findings"]:
        assert list(finding)[:6] == ["rule_id", "title", "category", "severity", "confidence", "file"]
        assert {"line", "evidence", "why_it_matters", "remediation"} <= {*finding}


def test_git_of_a_plain_folder():
    git = json_report.document(SAMPLES["clean"], RULES)["target"]["git"]
    assert (git["is_repo"], git["head_commit"], git["dirty"]) == (False, None, None)


@pytest.mark.parametrize(
    ("path", "shown", "raw"),
    (
        pytest.param(UNDECODABLE, "lib/caf\\xe9.sh", b"lib/caf\xe9.sh", id="a byte that is no UTF-8"),
        pytest.param("lib/caf\\xe9.sh", "lib/caf\\xe9.sh", None, id="a name that only looks escaped"),
        pytest.param("\ud800.py", "\\ud800.py", b"\xed\xa0\x80.py", id="a lone surrogate of Windows"),
        pytest.param(ODD, ODD, None, id="a name of valid, odd characters is kept as it is"),
    ),
)
def test_names_stay_unambiguous(path, shown, raw):
    report = replace(FULL, results=(result("NET001", path, (1, 1, 1, 2), "x"),))
    finding = json.loads(FORMATS["json"].render(report, RULES))["findings"][0]
    assert finding["file"] == shown
    assert finding.get("file_bytes") == (raw.hex() if raw else None)


@pytest.mark.parametrize("sample", SAMPLES)
def test_output_is_plain_ascii(sample):
    for rendered in (FORMATS["json"].render(SAMPLES[sample], RULES), manifest.render(SAMPLES[sample])):
        assert rendered.isascii()
        assert all(char == "\n" or " " <= char <= "~" for char in rendered)


def test_only_run_differs_between_two_runs():
    again = replace(FULL, run=replace(FULL.run, started_at="2027", finished_at="2027", duration_ms=1, hostname="b"))
    first, second = json_report.document(FULL, RULES), json_report.document(again, RULES)
    assert first.pop("run") != second.pop("run")
    assert first == second
    assert manifest.render(FULL) == manifest.render(again)


def test_manifest_is_the_same_wherever_the_tree_lies():
    assert manifest.render(FULL) == manifest.render(replace(FULL, root_path="C:\\elsewhere", target="C:\\elsewhere"))


def test_evidence_never_dumps_a_file():
    long = result("NET001", "a.py", (1, 1, 1, 2), "x" * 1_000_000, destination=HOLE * 1000, command="y" * 1_000_000)
    finding = json_report.document(replace(FULL, results=(long,)), RULES)["findings"][0]
    assert finding["evidence"] == "x" * 499 + "…"
    assert len(finding["command"]) == 500


def test_totals_count_what_the_decision_stands_on():
    summary = json_report.document(SAMPLES["since"], RULES)["summary"]
    assert summary["totals_by_severity"]["high"] == 1
    assert summary["totals_by_severity"]["blocker"] == 0
    assert summary["totals_by_rule"] == {"PEX003": 1}
    assert [summary[key] for key in ("findings", "counted", "suppressed", "unchanged", "absent")] == [4, 1, 1, 1, 1]


def test_findings_stay_in_the_order_of_the_report():
    document = json_report.document(FULL, RULES)
    assert [finding["rule_id"] for finding in document["findings"]] == [r.finding.rule_id for r in RESULTS]
