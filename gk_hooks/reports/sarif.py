"""report.sarif: SARIF 2.1.0 (OASIS) as GitHub, GitLab, Visual Studio and Heimdall read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Confidence, Finding, Rule, Severity
from gk_hooks.model.records import dataclass
from gk_hooks.model.regex import regex
from gk_hooks.model.report import BaselineState, Report, Result, Suppression
from gk_hooks.model.snapshot import Record
from gk_hooks.model.text import path_bytes, printable, to_json
from gk_hooks.reports import view, words
from gk_hooks.reports.fingerprint import fingerprints

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
INFORMATION = "urn:gk:scanner"  # the project has no address of its own
ROOT = "SRCROOT"

LEVELS = {Severity.BLOCKER: "error", Severity.HIGH: "warning"}
"""The rest is "note": it is on record and nobody has to act."""

SECURITY_SEVERITY = {
    Severity.BLOCKER: "9.5",
    Severity.HIGH: "7.5",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}
"""GitHub makes critical, high, medium and low of these numbers."""

_WORDS = regex(r"[A-Za-z0-9]{2,}")
_TABS_AND_LINES = regex(r"([\t\n])")

PRECISION = {Confidence.HIGH: "very-high", Confidence.MEDIUM: "high", Confidence.LOW: "medium"}


def render(report: Report, rules: Mapping[str, Rule]) -> str:
    """The report as SARIF. Two runs on the same input differ in ``invocations`` alone.

    What the base had and the change took away is no result of this run: consumers that do not know ``baselineState``
    would show it as open.
    """
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, rules)]})


def _run(report: Report, rules: Mapping[str, Rule]) -> dict[str, Any]:
    results = [result for result in report.results if result.state is not BaselineState.ABSENT]
    files = sorted({result.finding.file for result in results})
    records = {record.path: record for record in report.records}
    writer = _Writer(rules, report.sources, {file: number for number, file in enumerate(files)})
    return {
        "tool": {
            "driver": {
                "name": "gk",
                "semanticVersion": report.version,
                "informationUri": INFORMATION,
                "rules": [_rule(rule) for rule in rules.values()],
                "properties": {"rulepackHash": report.rulepack_hash},
            }
        },
        "automationDetails": {"id": f"gk/{report.profile}/"},
        "invocations": [_invocation(report)],
        "versionControlProvenance": _provenance(report),
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the scanned tree."}}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [_artifact(file, records.get(file)) for file in files],
        "results": [
            writer.result(result, digest) for result, digest in zip(results, fingerprints(results), strict=True)
        ],
        "properties": _properties(report),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    references = words.references(rule)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in _WORDS.findall(rule.title)),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\nWhat to do: {rule.fix}\nReferences: {references}.",
            "markdown": f"{rule.why}\n\n**What to do:** {rule.fix}\n\n**References:** {references}.",
        },
        **({"helpUri": _cwe_page(rule.cwe[0])} if rule.cwe else {}),
        "defaultConfiguration": {"level": LEVELS.get(rule.severity, "note")},
        "properties": {
            "tags": ["security", rule.category.value, *(f"external/cwe/{cwe.lower()}" for cwe in rule.cwe)],
            "precision": PRECISION[rule.confidence],
            "security-severity": SECURITY_SEVERITY[rule.severity],
            "nist": list(rule.nist),
            "attack": list(rule.attack),
        },
    }


def _cwe_page(cwe: str) -> str:
    return f"https://cwe.mitre.org/data/definitions/{cwe.removeprefix('CWE-')}.html"


def _invocation(report: Report) -> dict[str, Any]:
    notices = [("note", note) for note in report.notes]
    notices += [("warning", sentence) for sentence, _ in words.baseline_problems(report)]
    return {
        "executionSuccessful": True,
        "exitCode": report.decision.exit_code,
        "exitCodeDescription": report.decision.value,
        "startTimeUtc": report.run.started_at,
        "endTimeUtc": report.run.finished_at,
        "toolConfigurationNotifications": [
            {"level": level, "message": {"text": _said(text)}} for level, text in notices
        ],
    }


def _provenance(report: Report) -> list[dict[str, Any]]:
    """The commit. A remote's address differs from clone to clone, so the repository is named by the commit's SWHID
    (ISO/IEC 18670), which there is for SHA-1 alone.
    """
    git = report.git
    if git.head_commit is None or len(git.head_commit) != 40:
        return []
    return [
        {
            "repositoryUri": f"swh:1:rev:{git.head_commit}",
            "revisionId": git.head_commit,
            **({"branch": printable(git.branch)} if git.branch else {}),
            **({"revisionTag": printable(git.tag)} if git.tag else {}),
            "mappedTo": {"uriBaseId": ROOT},
        }
    ]


def _artifact(file: str, record: Record | None) -> dict[str, Any]:
    known = record is not None and bool(record.sha256)
    return {
        "location": {"uri": _uri(file), "uriBaseId": ROOT},
        **({"length": record.size, "hashes": {"sha-256": record.sha256}} if record and known else {}),
    }


@dataclass(frozen=True, slots=True)
class _Writer:
    """What a result refers to: the rules, the lines of source, and the number of each file in ``artifacts``."""

    rules: Mapping[str, Rule]
    sources: Mapping[tuple[str, int], str]
    files: Mapping[str, int]

    def result(self, result: Result, fingerprint: str) -> dict[str, Any]:
        """One result. The message ends with the CWE, where converters look for it."""
        finding, rule = result.finding, self.rules[result.finding.rule_id]
        weakness = f" ({', '.join(rule.cwe)})" if rule.cwe else ""
        return {
            "ruleId": rule.id,
            "ruleIndex": list(self.rules).index(rule.id),
            "level": LEVELS.get(result.severity, "note"),
            "message": {"text": f"{rule.title}: {_said(finding.evidence)}{weakness}."},
            "locations": [self.location(finding)],
            "partialFingerprints": {"gkFinding/v1": fingerprint},
            **({"codeFlows": [self.flow(finding)]} if finding.trail else {}),
            **({"baselineState": result.state.value} if result.state else {}),
            "suppressions": [_suppression(result.suppression)] if result.suppression else [],
            "properties": {
                "severity": result.severity.value,
                "confidence": result.confidence.value,
                "certainty": finding.certainty.value,
                **_texts(
                    callee=finding.site.callee,
                    chain=" → ".join(finding.site.chain),
                    destination=finding.destination,
                    command=finding.command,
                    whyNew=result.why_new,
                    introducedBy=words.introduced(result),
                ),
            },
        }

    def location(self, finding: Finding) -> dict[str, Any]:
        """The place of *finding*, with its source as far as it is at hand."""
        site = finding.site
        region: dict[str, Any] = {"startLine": max(site.line, 1)}
        start, end = (site.line, site.column), (site.end_line, site.end_column)
        if (0, 0) < start < end and site.column:
            region |= {"startColumn": site.column, "endLine": site.end_line, "endColumn": site.end_column}
        lines = [self.sources.get((finding.file, number)) for number in range(site.line, site.end_line + 1)]
        known = [line.rstrip("\r\n") for line in lines if line is not None]
        place: dict[str, Any] = {"artifactLocation": self.file(finding.file), "region": region}
        if known and len(known) == len(lines) and "startColumn" in region:
            region["snippet"] = {"text": _source(_between(known, site))}
            whole = {"startLine": site.line, "endLine": site.end_line, "snippet": {"text": _source("\n".join(known))}}
            place["contextRegion"] = whole  # has to be more than the region (SARIF 3.29.5)
        elif site.excerpt or known:
            region["snippet"] = {"text": _source(site.excerpt or known[0])}
        return {"physicalLocation": place}

    def flow(self, finding: Finding) -> dict[str, Any]:
        """The trail: the assignments that the value went through, then the place where it is used."""
        steps = [
            {
                "physicalLocation": {
                    "artifactLocation": self.file(step.file or finding.file),
                    "region": {"startLine": max(step.line, 1)},
                },
                "message": {"text": _said(step.what)},
            }
            for step in finding.trail
        ]
        steps.append({**self.location(finding), "message": {"text": _said(finding.evidence)}})
        return {"threadFlows": [{"locations": [{"location": step} for step in steps]}]}

    def file(self, file: str) -> dict[str, Any]:
        """A reference to *file*; a trail may lead through one that was not scanned itself."""
        index = {"index": self.files[file]} if file in self.files else {}
        return {"uri": _uri(file), "uriBaseId": ROOT, **index}


def _between(lines: Sequence[str], site: Site) -> str:
    """The exact expression, of the *lines* that it stands on."""
    if len(lines) == 1:
        return lines[0][max(site.column - 1, 0) : max(site.end_column - 1, 0)]
    return "\n".join((lines[0][max(site.column - 1, 0) :], *lines[1:-1], lines[-1][: max(site.end_column - 1, 0)]))


def _suppression(suppression: Suppression) -> dict[str, Any]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": _said(suppression.justification),
        "properties": _texts(
            source=suppression.source,
            approvedBy=suppression.approved_by,
            approvedOn=suppression.approved_on,
            expires=suppression.expires,
        ),
    }


def _properties(report: Report) -> dict[str, Any]:
    git, files = report.git, view.coverage(report)
    return {
        "decision": report.decision.value,
        "decisionWithoutSuppressions": report.decision_unsuppressed.value,
        "profile": report.profile,
        "configHash": report.config_hash,
        "mode": report.mode,
        **_texts(tree=git.tree or "", index=git.index or ""),
        "baseCommits": list(git.base_commits),
        "dirty": git.dirty,
        "auditComplete": files.complete,
        "filesInScope": files.in_scope,
        "filesAnalyzed": files.analyzed,
    }


def _uri(path: str) -> str:
    """*path* as a relative URI reference (RFC 3986): its bytes, percent-encoded, a colon too."""
    return quote(path_bytes(path), safe="/")


def _said(text: str) -> str:
    """Text of a finding in a message: no control characters, and nothing that a viewer takes for a link (§3.11.6)."""
    return printable(view.shown(text)).replace("](", "] (")


def _texts(**texts: str) -> dict[str, str]:
    return {name: _said(text) for name, text in texts.items() if text}


def _source(text: str) -> str:
    """Source as it stands, its tabs and line ends kept, what is invisible made visible."""
    return "".join(part if part in "\t\n" else printable(part) for part in _TABS_AND_LINES.split(text))
