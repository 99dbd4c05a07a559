"""The evidence packet of an audit: every file of it as bytes, from one report.

``files_of`` is a pure function of the report, so that a verifier who has scanned again can compare each file to the
byte. The statement binds the files to the commit; the envelope and the proof bind the statement to a key and a log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from gk_hooks import rules
from gk_hooks.evidence import coverage, dsse, manifest, statement
from gk_hooks.evidence.keys import SigningKey, VerifierKey
from gk_hooks.model.findings import Decision, Severity
from gk_hooks.model.records import dataclass
from gk_hooks.model.report import Report
from gk_hooks.policy.config import Config
from gk_hooks.policy.decide import PROTECTED, decide
from gk_hooks.reports import FORMATS

REPORT_FORMATS = tuple(name for name in ("json", "markdown", "html", "sarif", "hdf") if name in FORMATS)
REPORT = FORMATS["json"].file_name
MANIFEST = "manifest.json"
COVERAGE = "coverage.csv"
CONFIGURATION = "configuration.json"
ALLOWLIST = "allowlist.used.json"
SIGNER = "statement.pub"
STATEMENT = "statement.json"
ENVELOPE = "statement.dsse.json"
PROOF = "statement.tlog-proof"

LOGGED = "envelope_sha256"
"""The field of a log's record that holds the SHA-256 of the envelope."""

SEALS = (STATEMENT, ENVELOPE, PROOF)
"""The files that speak of the others; the statement names all but these."""

OPTIONAL = (ALLOWLIST, SIGNER, ENVELOPE, PROOF)


@dataclass(frozen=True)
class Settings:
    """What the scan was told: configuration.json, whose SHA-256 is the report's config_hash, and the allowlist."""

    configuration: str
    allowlist: bytes | None = None

    @staticmethod
    def of(config: Config, allowlist: bytes | None) -> Settings:
        """The settings of a job."""
        return Settings(config.canonical("" if allowlist is None else sha256(allowlist)), allowlist)


def sha256(data: bytes) -> str:
    """The digest of a file, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def files_of(report: Report, settings: Settings, signer: VerifierKey | None = None) -> dict[str, bytes]:
    """All files that the statement names: reports, manifest, ledger, settings and the signer's public key."""
    texts = {FORMATS[name].file_name: FORMATS[name].render(report, rules.BY_ID) for name in REPORT_FORMATS}
    texts |= {MANIFEST: manifest.render(report), COVERAGE: coverage.render(report)}
    texts |= {CONFIGURATION: settings.configuration}
    if signer is not None:
        texts[SIGNER] = f"{signer.text}\n"
    files = {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()}
    return files if settings.allowlist is None else {**files, ALLOWLIST: settings.allowlist}


def state(files: Mapping[str, bytes], *, signer: str = "", log: str = "", known: Collection[str] = ()) -> bytes:
    """The statement over *files*, which hold report.json. known: the rules that there are (default: ours)."""
    report = json.loads(files[REPORT])
    digests = {name: sha256(data) for name, data in files.items()}
    outcomes = _outcomes(report, known or rules.BY_ID)
    return statement.render(report, digests, outcomes, signer=signer, log=log).encode()


def seal(files: Mapping[str, bytes], key: SigningKey | None, log: str = "") -> dict[str, bytes]:
    """*files* with the statement, and its envelope where there is a key. log: the origin of the log that it goes to."""
    if key is None:
        return {**files, STATEMENT: state(files)}
    payload = state(files, signer=dsse.key_id(key.verifier), log=log)
    return {**files, STATEMENT: payload, ENVELOPE: dsse.sign(payload, key).format().encode()}


def _outcomes(report: Mapping[str, Any], known: Collection[str]) -> dict[str, Decision]:
    """What each rule alone would decide, from the findings that count."""
    severities: dict[str, list[Severity]] = {rule: [] for rule in known}
    for finding in report["findings"]:
        found = severities.setdefault(finding["rule_id"], [])
        if finding["suppression"] is None:
            found.append(Severity(finding["severity"]))
        elif finding["rule_id"] in PROTECTED and Severity(finding["severity"]).rank <= Severity.HIGH.rank:
            found.append(Severity.HIGH)  # accepted, but it never passes in silence
    return {rule: decide(found) for rule, found in severities.items()}
