"""The packet made again from the repository: commit, files, settings, findings and reports."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

from gk_hooks import __version__, rules
from gk_hooks.errors import GkError
from gk_hooks.evidence.keys import parse_verifier_key
from gk_hooks.model.records import replace
from gk_hooks.model.report import Report, Run
from gk_hooks.model.text import path_of, printable
from gk_hooks.pipeline import packet as packets
from gk_hooks.pipeline.blame import blamed
from gk_hooks.pipeline.packet import Settings
from gk_hooks.pipeline.scan import Job, StartProgress, scan
from gk_hooks.pipeline.targets import Options, commit_job
from gk_hooks.reports.words import count
from gk_hooks.source.git.repository import Repository
from gk_hooks.verify.checks import Check, Outcome, checked, unchecked, wrong
from gk_hooks.verify.files import SHAPE_ERRORS, Packet

NOT_MADE = frozenset({packets.CONFIGURATION, packets.ALLOWLIST, packets.SIGNER})
"""The files of a packet that a scan is given, or that it knows nothing of."""

OWN_OUTPUT = "/ (our own output)"


def check(packet: Packet, repository: Repository, *, named: bool, progress: StartProgress) -> Iterator[Check]:
    """All that the repository can tell. named: whether the caller said which one."""
    try:
        there = _commit(packet.report, repository, named)
        yield there
        if there.outcome is not Outcome.CHECKED:
            return
        yield from _tag(packet.report["target"]["git"], repository)
        yield _settings(packet, repository)
        comparable = _tool(packet.report)
        yield comparable
        made = _as_recorded(scan(_job(packet, repository), progress), packet.report)
        yield from _Comparison(packet, made, comparable.outcome is Outcome.CHECKED).checks()
    except SHAPE_ERRORS:
        yield wrong("report", "report.json or configuration.json is not of the form that gk writes")
    except GkError as error:
        yield wrong("repository", str(error))


# --- what the repository says by itself


def _commit(report: dict[str, Any], repository: Repository, named: bool) -> Check:
    git = report["target"]["git"]
    commit, tree = git["head_commit"], git["tree"]
    where = printable(repository.root)
    try:
        with repository.objects() as objects:
            objects.read(tree, "tree")
            lines = objects.read(commit, "commit").split(b"\n", 1) if commit else [b"tree " + tree.encode()]
    except GkError as error:
        text = f"{commit or tree} is not in {where} ({error}): is it the repository that was audited?"
        return wrong("commit", text) if named else unchecked("commit", f"{text} Name it with --repo")
    if lines[0] != b"tree " + tree.encode():
        return wrong("commit", f"{commit} has another tree than {tree}")
    return checked("commit", f"{commit or 'the tree'} is in {where}, bytes and id agree, its tree is {tree}")


def _tag(git: dict[str, Any], repository: Repository) -> Iterator[Check]:
    if not git["tag"]:
        return
    tag, ref = printable(git["tag"]), f"refs/tags/{git['tag']}^{{commit}}"
    found = repository.run("rev-parse", "-q", "--verify", "--end-of-options", ref, ok=(0, 1, 128)).decode().strip()
    if not found:
        yield unchecked("tag", f"{tag} is not in this repository")
    elif found != git["head_commit"]:
        yield wrong("tag", f"{tag} names {found} here, not the commit that was audited")
    else:
        yield checked("tag", f"{tag} names that commit")


def _settings(packet: Packet, repository: Repository) -> Check:
    """configuration.json against the report, and against the settings that the commit itself holds."""
    git, configuration = packet.report["target"]["git"], packet.files[packets.CONFIGURATION]
    if packets.sha256(configuration) != packet.report["tool"]["config_hash"]:
        return wrong("settings", f"{packets.CONFIGURATION} is not what the report's config_hash says")
    text = f"{packets.CONFIGURATION} is what the report's config_hash says"
    try:
        job = commit_job(git["head_commit"] or git["tree"], Options(), repository=repository)
    except GkError as error:
        return checked("settings", f"{text}; the commit's own settings cannot be read ({error})")
    own = json.loads(job.config.canonical(job.allowlist.sha256 if job.allowlist else ""))
    used = json.loads(configuration)
    other = [key for key in own if own[key] != used[key]]
    if other:
        return checked("settings", f"{text}; set otherwise than in the commit: {', '.join(other)}")
    return checked("settings", f"{text}, and the commit's own settings are the same")


def _tool(report: dict[str, Any]) -> Check:
    tool, ours = report["tool"], rules.rulepack_hash()
    if tool["rulepack_hash"] == ours:
        return checked("rule pack", f"{ours[:16]}… is this gk's own")
    made = f"made with gk {printable(tool['version'])} and rule pack {printable(tool['rulepack_hash'][:16])}…"
    return unchecked("rule pack", f"{made}, this is gk {__version__} with {ours[:16]}…: its findings may be others")


# --- scanning again


def _job(packet: Packet, repository: Repository) -> Job:
    """The job of the audit, from what the packet says of its settings."""
    report, settings = packet.report, json.loads(packet.files[packets.CONFIGURATION])
    allowlist = str(packet.folder / packets.ALLOWLIST) if packets.ALLOWLIST in packet.files else None
    left_out = report["inventory"]["left_out"]
    ours = next((line.removesuffix(OWN_OUTPUT) for line in left_out if line.endswith(OWN_OUTPUT)), None)
    options = Options(
        profile=settings["profile"],
        include=tuple(settings["include"]),
        exclude=tuple(settings["exclude"]),
        max_file_size=settings["max-file-size"],
        allowlist=allowlist,
        output_dir=os.path.join(repository.root, ours) if ours else os.path.dirname(repository.root),
        no_config=True,
        today=date.fromisoformat(report["run"]["started_at"][:10]),
    )
    git = report["target"]["git"]
    job = commit_job(git["head_commit"] or git["tree"], options, repository=repository)
    asked = any(finding["introduced"] for finding in report["findings"])
    return blamed(job, git["head_commit"]) if asked else job


def _as_recorded(made: Report, report: dict[str, Any]) -> Report:
    """*made* with what another time and place make different: nothing leads to that, a signature vouches for it."""
    git, target, run = report["target"]["git"], report["target"], dict(report["run"])
    run.pop("cwd_bytes", None)
    allowlist = made.allowlist
    if allowlist is not None:
        allowlist = replace(allowlist, path=path_of(report["allowlist"]))
    return replace(
        made,
        version=report["tool"]["version"],
        run=Run(**{**run, "cwd": path_of(report["run"], "cwd")}),
        target=path_of(target, "requested"),
        root_path=path_of(target, "root_path"),
        git=replace(made.git, branch=git["branch"], describe=git["describe"], tag=git["tag"], note=git["note"]),
        allowlist=allowlist,
        notes=tuple(report["notes"]),
    )


class _Comparison:
    """The packet against one made again."""

    def __init__(self, packet: Packet, made: Report, comparable: bool) -> None:
        self.packet = packet
        signer = packet.files.get(packets.SIGNER)
        settings = Settings(packet.files[packets.CONFIGURATION].decode(), packet.files.get(packets.ALLOWLIST))
        key = parse_verifier_key(signer.decode()) if signer is not None else None
        self.files = packets.files_of(made, settings, key)
        self.again: dict[str, Any] = json.loads(self.files[packets.REPORT])
        self.excuse = self._excuse(comparable)

    def checks(self) -> Iterator[Check]:
        """Files, findings, reports."""
        yield self._contents()
        yield self._findings()
        yield self._reports()

    def _contents(self) -> Check:
        """Size, SHA-256 and blob id of every file in the manifest, as the commit's objects have them."""
        recorded = json.loads(self.packet.files[packets.MANIFEST])["files"]
        found = {path_of(entry): entry for entry in json.loads(self.files[packets.MANIFEST])["files"]}
        for entry in recorded:
            other, shown = found.get(path_of(entry)), printable(entry["path"])
            if other is None:
                return self._differs("contents", f"{shown} is not in scope of the commit")
            if any(entry[key] != other[key] for key in ("size", "sha256", "blob_id")):
                return wrong("contents", f"{shown} has other bytes in the commit than in {packets.MANIFEST}")
        if len(found) != len(recorded):
            more = len(found) - len(recorded)
            return self._differs("contents", f"{more} files in scope of the commit are not in {packets.MANIFEST}")
        text = f"{count(len(recorded), 'file')} read from the commit's objects: size, SHA-256 and blob id as in"
        return checked("contents", f"{text} {packets.MANIFEST}, and no other is in scope")

    def _findings(self) -> Check:
        recorded, found = self.packet.report, self.again
        before, after = recorded["findings"], found["findings"]
        if before != after:
            gone, more = _only_in(before, after), _only_in(after, before)
            one = (gone or more or before)[0]
            place = f"{printable(str(one['file']))}:{one['line']} {printable(str(one['rule_id']))}"
            text = f"scanned again, {len(gone)} of the report are not found and {len(more)} others are, first {place}"
            return self._differs("findings", text)
        if recorded["summary"] != found["summary"]:
            return self._differs("findings", f"scanned again, the decision is {found['summary']['decision']}")
        decision = found["summary"]["decision"]
        return checked("findings", f"scanned again, {decision} and {count(len(after), 'finding')}, as reported")

    def _reports(self) -> Check:
        """Every file of the packet that is made from the scan, to the byte."""
        names = sorted((self.files.keys() | self.packet.digests.keys()) - NOT_MADE)
        other = [name for name in names if self.files.get(name) != self.packet.files.get(name)]
        if other:
            return self._differs("reports", f"made again, these differ: {', '.join(map(printable, other))}")
        return checked("reports", f"made again from that scan, the same to the byte: {', '.join(names)}")

    def _differs(self, subject: str, text: str) -> Check:
        return unchecked(subject, f"{text}; {self.excuse}") if self.excuse else wrong(subject, text)

    def _excuse(self, comparable: bool) -> str:
        """Why a difference proves nothing, "" where it does."""
        python = self.packet.report["run"]["python_version"]
        if not comparable or self.packet.report["tool"]["version"] != __version__:
            return "another version of gk made the packet, verify it with that one"
        if python.split(".")[:2] != sys.version.split(".")[:2]:
            return f"Python {printable(python)} made the packet, whose grammar is another"
        return ""


def _only_in(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {json.dumps(each) for each in other}
    return [each for each in one if json.dumps(each) not in known]
