"""The in-toto Statement of an audit: what was tested, by what, with what result, and which files say so.

Statement v1 (in-toto.io/Statement/v1) with the predicate test-result/v0.1. It is a pure function of report.json and of
the digests of the packet's files, so whoever has the packet can make it again and compare it to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gk_hooks.model.findings import Decision
from gk_hooks.model.text import to_json

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PACKET_KEY = "urn:gk:packet:"
"""An extension field of the predicate (a URI, so that it meets no other) with the version of the packet behind it."""

PACKET_VERSION = 1
"""Raised when an older gk could no longer verify a packet."""

RESULTS = {Decision.PASS: "PASSED", Decision.CONDITIONAL_PASS: "WARNED", Decision.FAIL: "FAILED"}


def render(
    report: Mapping[str, Any],
    digests: Mapping[str, str],
    outcomes: Mapping[str, Decision],
    *,
    signer: str = "",
    log: str = "",
) -> str:
    """The statement as JSON.

    report: report.json as a dictionary. digests: SHA-256 by file name. outcomes: each rule's share of the decision.
    signer, log: the key that signs the statement and the origin of the log that it goes to, where there are such; so
    an envelope or a proof that has gone is missed.
    """
    return to_json(document(report, digests, outcomes, signer=signer, log=log))


def document(
    report: Mapping[str, Any],
    digests: Mapping[str, str],
    outcomes: Mapping[str, Decision],
    *,
    signer: str = "",
    log: str = "",
) -> dict[str, Any]:
    """The statement as plain dictionaries and lists; see render."""
    tool, git = report["tool"], report["target"]["git"]
    objects = (("commit", "gitCommit", git["head_commit"]), ("tree", "gitTree", git["tree"]))
    return {
        "_type": TYPE,
        "subject": [
            *({"name": name, "digest": {kind: digest}} for name, kind, digest in objects if digest),
            *({"name": name, "digest": {"sha256": digest}} for name, digest in sorted(digests.items())),
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "result": RESULTS[Decision(report["summary"]["decision"])],
            "configuration": [
                {
                    "name": "rule pack",
                    "digest": {"sha256": tool["rulepack_hash"]},
                    "annotations": {"tool": f"{tool['name']} {tool['version']}", "profile": tool["profile"]},
                },
                {"name": "configuration.json", "digest": {"sha256": tool["config_hash"]}},
            ],
            "passedTests": _rules(outcomes, Decision.PASS),
            "warnedTests": _rules(outcomes, Decision.CONDITIONAL_PASS),
            "failedTests": _rules(outcomes, Decision.FAIL),
            f"{PACKET_KEY}{PACKET_VERSION}": {"signer": signer, "log": log},
        },
    }


def rule_ids(statement: Mapping[str, Any]) -> list[str]:
    """The rules that a statement tells of."""
    predicate = statement["predicate"]
    return [rule for key in ("passedTests", "warnedTests", "failedTests") for rule in predicate[key]]


def packet_keys(statement: Mapping[str, Any]) -> Sequence[str]:
    """The packet versions that a statement names."""
    return [key.removeprefix(PACKET_KEY) for key in statement["predicate"] if key.startswith(PACKET_KEY)]


def _rules(outcomes: Mapping[str, Decision], decision: Decision) -> list[str]:
    return sorted(rule for rule, outcome in outcomes.items() if outcome is decision)
