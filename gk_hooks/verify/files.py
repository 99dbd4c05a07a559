"""The files of a packet against the digests in its statement, and the statement against its report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gk_hooks import rules
from gk_hooks.errors import GkError
from gk_hooks.evidence import statement
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.text import printable
from gk_hooks.pipeline import packet as packets
from gk_hooks.policy.files import read_small
from gk_hooks.reports.json_report import SCHEMA_VERSION
from gk_hooks.verify.checks import Check, checked, unchecked, wrong

LARGEST_FILE = 512 * 1024 * 1024

IGNORE_FILE = (".gitignore", b"*\n")
"""What gk puts into a new folder, so that a packet never dirties the repository around it."""

SHAPE_ERRORS = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What reading a document of another shape can raise."""


class NewerPacket(GkError):
    """The packet was written by a newer gk, so this one cannot tell what is right."""


class Unreadable(GkError):
    """A file of the packet has not the form that gk writes."""


@dataclass
class Packet:
    """The files of a packet as they were read.

    broken: those that the rest stands on are not what they were. unreadable: the statement itself is none.
    """

    folder: Path
    files: dict[str, bytes]
    broken: bool = False
    unreadable: bool = False
    strange: list[str] = field(default_factory=list)

    @cached_property
    def statement(self) -> dict[str, Any]:
        """statement.json; Unreadable where it is no statement of an audit."""
        try:
            document = json.loads(self.files[packets.STATEMENT])
            right = document["_type"] == statement.TYPE and document["predicateType"] == statement.PREDICATE
            versions = statement.packet_keys(document)
        except SHAPE_ERRORS:
            right = False
        if not right:
            raise Unreadable("statement.json is not the statement of an audit")
        _refuse_newer(versions)
        found: dict[str, Any] = document
        return found

    @cached_property
    def report(self) -> dict[str, Any]:
        """report.json; Unreadable where it is no report."""
        try:
            document: dict[str, Any] = json.loads(self.files[packets.REPORT])
            version = document["tool"]["schema_version"]
        except SHAPE_ERRORS:
            raise Unreadable("report.json is not a report of gk") from None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            made = printable(str(document["tool"].get("version")))
            raise NewerPacket(
                f"report.json has schema version {version}, newer than {SCHEMA_VERSION}, which this gk reads: "
                f"verify it with gk {made} or newer"
            )
        return document

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 by file name, as the statement has them."""
        found: dict[str, str] = {}
        try:
            for subject in self.statement["subject"]:
                if "sha256" in subject["digest"]:
                    found[subject["name"]] = subject["digest"]["sha256"]
        except SHAPE_ERRORS:
            raise Unreadable("the subjects of statement.json are not files with a SHA-256") from None
        return found

    @property
    def seal(self) -> Mapping[str, Any]:
        """Who signs the statement, and the log that it goes to: ``signer`` and ``log``, both "" for none."""
        found = self.statement["predicate"].get(f"{statement.PACKET_KEY}{statement.PACKET_VERSION}")
        return found if isinstance(found, dict) else {}


def read(folder: Path) -> Packet:
    """All files of *folder*; GkError where it holds no statement, or one that a newer gk has written."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise GkError(f"{folder}: cannot be read: {error.strerror}") from error
    if packets.STATEMENT not in (path.name for path in paths):
        raise GkError(f"{folder}: holds no {packets.STATEMENT}: it is no packet of gk audit, or that file is missing")
    packet = Packet(folder, {})
    for path in paths:
        if path.is_symlink() or not path.is_file():
            packet.strange.append(path.name)
        else:
            packet.files[path.name] = read_small(str(path), LARGEST_FILE)
    return packet


def check(packet: Packet) -> Iterator[Check]:
    """The digests of the files, then the statement itself."""
    try:
        digests = packet.digests
    except Unreadable as error:
        packet.unreadable = True
        yield wrong("files", f"{error}: it was altered")
        return
    complaints = list(_compare(packet, digests))
    if complaints:
        packet.broken = True
        yield from complaints
    else:
        yield checked("files", f"{len(digests)} files, each with the SHA-256 that statement.json says, and no other")
    yield from _statement(packet)


def _compare(packet: Packet, digests: Mapping[str, str]) -> Iterator[Check]:
    expected = {*digests, *_expected_seals(packet)}
    for name in sorted(expected - packet.files.keys()):
        yield wrong("files", f"{printable(name)} is missing")
    for name in sorted({*packet.files, *packet.strange} - expected):
        if (name, packet.files.get(name)) != IGNORE_FILE:
            yield wrong("files", f"{printable(name)} does not belong to the packet")
    for name in sorted(digests.keys() & packet.files.keys()):
        if packets.sha256(packet.files[name]) != digests[name]:
            yield wrong("files", f"{printable(name)} was altered: its SHA-256 is not the one in statement.json")


def _expected_seals(packet: Packet) -> Iterator[str]:
    yield packets.STATEMENT
    if packet.seal.get("signer"):
        yield packets.ENVELOPE
    if packet.seal.get("log"):
        yield packets.PROOF


def _statement(packet: Packet) -> Iterator[Check]:
    if packet.broken:
        yield unchecked("statement", "the files that it is made from are not those that it names")
        return
    try:
        same_rules = packet.report["tool"]["rulepack_hash"] == rules.rulepack_hash()
        known = () if same_rules else statement.rule_ids(packet.statement)
        named = {name: packet.files[name] for name in packet.digests}
        again = packets.state(named, signer=packet.seal["signer"], log=packet.seal["log"], known=known)
    except (Unreadable, *SHAPE_ERRORS):
        again = b""
    if again == packet.files[packets.STATEMENT]:
        result = packet.statement["predicate"]["result"]
        yield checked("statement", f"{result}, made again from report.json and the digests, the same to the byte")
    else:
        packet.broken = True
        yield wrong("statement", "is not what report.json and the digests lead to: one of them was altered")


def _refuse_newer(versions: Sequence[str]) -> None:
    newer = [version for version in versions if version != str(statement.PACKET_VERSION)]
    if newer or not versions:
        said = printable(newer[0]) if newer else "none"
        raise NewerPacket(
            f"the packet has version {said}, and this gk verifies version {statement.PACKET_VERSION}: use a newer one"
        )
