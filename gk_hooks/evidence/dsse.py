"""DSSE envelopes (github.com/secure-systems-lab/dsse, protocol v1): a payload, its type, and signatures over both."""

from __future__ import annotations

import base64
import binascii
import json

from gk_hooks.errors import GkError
from gk_hooks.evidence.keys import SigningKey, VerifierKey
from gk_hooks.model.records import dataclass
from gk_hooks.model.text import to_json

IN_TOTO = "application/vnd.in-toto+json"


class EnvelopeError(GkError):
    """An envelope is malformed, or its signature does not hold."""


@dataclass(frozen=True)
class Signature:
    """Who claims to have signed (``name+id`` of a key) and the bytes."""

    key_id: str
    value: bytes


@dataclass(frozen=True)
class Envelope:
    """An envelope that has been read, not believed."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def format(self) -> str:
        """The envelope as JSON, always with the same bytes."""
        signatures = [{"keyid": each.key_id, "sig": _encoded(each.value)} for each in self.signatures]
        return to_json({"payloadType": self.payload_type, "payload": _encoded(self.payload), "signatures": signatures})


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """PAE: what gets signed, in which neither part can be taken for the other."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, key: SigningKey, payload_type: str = IN_TOTO) -> Envelope:
    """An envelope with one signature."""
    value = key.sign(pre_authentication(payload_type, payload))
    return Envelope(payload_type, payload, (Signature(key_id(key.verifier), value),))


def parse(text: str) -> Envelope:
    """Takes an envelope apart and verifies nothing. Raises EnvelopeError for what ``format`` would not have written."""
    try:
        document = json.loads(text)
        envelope = Envelope(
            document["payloadType"],
            base64.b64decode(document["payload"], validate=True),
            tuple(
                Signature(each["keyid"], base64.b64decode(each["sig"], validate=True))
                for each in document["signatures"]
            ),
        )
        again = envelope.format()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise EnvelopeError("is no DSSE envelope") from error
    if again != text:
        raise EnvelopeError("is not written as gk writes an envelope")
    return envelope


def verify(envelope: Envelope, key: VerifierKey) -> bool:
    """Whether *key* has signed the envelope. A signature that names another key is passed over."""
    message = pre_authentication(envelope.payload_type, envelope.payload)
    return any(each.key_id == key_id(key) and key.verify(each.value, message) for each in envelope.signatures)


def key_id(key: VerifierKey) -> str:
    """The key as an envelope names it: its name and the hash of its bytes."""
    return f"{key.name}+{key.id.hex()}"


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
