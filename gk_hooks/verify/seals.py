"""The envelope and the proof of a packet: who signed its statement, and in which log it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.evidence import dsse, note, tlog
from gk_hooks.evidence.keys import VerifierKey, parse_verifier_key
from gk_hooks.evidence.merkle import leaf_hash
from gk_hooks.evidence.note import NoteError
from gk_hooks.model.text import printable
from gk_hooks.pipeline import packet as packets
from gk_hooks.verify.checks import Check, checked, unchecked, wrong
from gk_hooks.verify.files import SHAPE_ERRORS, Packet


def check(packet: Packet, keys: Sequence[VerifierKey]) -> Iterator[Check]:
    """The signature, then the log."""
    data = packet.files.get(packets.ENVELOPE)
    if data is None:
        if keys:
            yield wrong("signature", "a key was given, but the packet is not signed")
        else:
            yield unchecked("signature", "the packet is not signed: nothing vouches for when and where it was made")
        return
    try:
        envelope = dsse.parse(data.decode("utf-8", "strict"))
        yield _signature(packet, envelope, keys)
    except (GkError, UnicodeError) as error:
        yield wrong("signature", f"{packets.ENVELOPE}: {error}")
    if packet.seal.get("log") and packets.PROOF in packet.files:
        try:
            yield _log(packet, keys)
        except (GkError, UnicodeError) as error:
            yield wrong("log", f"{packets.PROOF}: {error}")


def _signature(packet: Packet, envelope: dsse.Envelope, keys: Sequence[VerifierKey]) -> Check:
    if envelope.payload_type != dsse.IN_TOTO or envelope.payload != packet.files[packets.STATEMENT]:
        return wrong("signature", f"{packets.ENVELOPE} holds another statement than {packets.STATEMENT}")
    if len(envelope.signatures) != 1:
        return wrong("signature", f"{packets.ENVELOPE} must hold one signature")
    signer = envelope.signatures[0].key_id
    key = next((key for key in keys or _own_key(packet) if dsse.key_id(key) == signer), None)
    shown = printable(str(signer))
    if key is None:
        trusted = ", ".join(dsse.key_id(key) for key in keys)
        return wrong("signature", f"signed by {shown}, an unknown key" + (f": trusted is {trusted}" if keys else ""))
    if not dsse.verify(envelope, key):
        return wrong("signature", f"does not fit the statement: it was altered, or {shown} did not sign it")
    if not keys:
        why = f"{shown} is the packet's own word ({packets.SIGNER}); say with --key which key you trust"
        return unchecked("signature", f"it fits the statement, but {why}")
    return checked("signature", f"Ed25519 over the statement by {shown}, which you trust")


def _log(packet: Packet, keys: Sequence[VerifierKey]) -> Check:
    """The proof that the envelope stands in the log that the statement names."""
    text = packet.files[packets.PROOF].decode("utf-8")
    proof = tlog.parse(text)
    signed = note.parse(proof.checkpoint)
    if proof.format() != text or signed.format() != proof.checkpoint:
        return wrong("log", f"{packets.PROOF} is not written as gk writes a proof")
    record = _record(proof)
    trusted = keys or _own_key(packet)
    if len(note.verified(signed, trusted)) != len(signed.signatures):
        return wrong("log", "the checkpoint carries a signature of an unknown key")
    checkpoint = tlog.verify(proof, leaf_hash(proof.extra or b""), trusted, packet.seal["log"])
    if record.get(packets.LOGGED) != packets.sha256(packet.files[packets.ENVELOPE]) or record["seq"] != proof.index:
        return wrong("log", f"record {proof.index} of {printable(checkpoint.origin)} is of another packet")
    place = f"record {proof.index} of {checkpoint.size} in the log {printable(checkpoint.origin)} is this envelope"
    if not keys:
        return unchecked("log", f"{place}, but the key of its checkpoint is the packet's own word; say --key")
    return checked("log", f"{place}, under a checkpoint signed by a key that you trust")


def _record(proof: tlog.Proof) -> dict[str, Any]:
    try:
        record = json.loads(proof.extra or b"")
        if isinstance(record["seq"], int):
            found: dict[str, Any] = record
            return found
    except SHAPE_ERRORS:
        pass
    raise NoteError("the proof carries no record")


def _own_key(packet: Packet) -> tuple[VerifierKey, ...]:
    """The public key that lies in the packet: good for finding damage, and for nothing else."""
    return (parse_verifier_key(packet.files[packets.SIGNER].decode("utf-8")),) if packets.SIGNER in packet.files else ()
