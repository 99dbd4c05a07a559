"""Ed25519 verification without a library, against RFC 8032 and against OpenSSL."""

from __future__ import annotations

import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gk_hooks.evidence import ed25519
from gk_hooks.evidence.keys import generate

VECTORS = (
    pytest.param(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        id="RFC 8032 section 7.1, test 1",
    ),
    pytest.param(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        id="RFC 8032 section 7.1, test 2",
    ),
    pytest.param(
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        id="RFC 8032 section 7.1, test 3",
    ),
)


def openssl(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_published_vectors(public: str, message: str, signature: str) -> None:
    key, text, value = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519.verify(key, value, text)
    assert not ed25519.verify(key, value, text + b"x")


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=64),
    st.sampled_from(("key", "signature", "message")),
    st.integers(0, 511),
)
def test_every_flipped_bit_is_judged_as_openssl_judges_it(seed: bytes, message: bytes, part: str, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    parts = {"key": private.public_key().public_bytes_raw(), "signature": private.sign(message), "message": message}
    assert ed25519.verify(*parts.values())
    data = bytearray(parts[part])
    if data:
        data[bit // 8 % len(data)] ^= 1 << bit % 8
        parts[part] = bytes(data)
        assert ed25519.verify(*parts.values()) is openssl(*parts.values()) is False


def test_a_scalar_above_the_order_is_refused() -> None:
    private = Ed25519PrivateKey.generate()
    signature, public = private.sign(b"text"), private.public_key().public_bytes_raw()
    larger = int.from_bytes(signature[32:], "little") + ed25519.L
    second = signature[:32] + larger.to_bytes(32, "little")
    assert ed25519.verify(public, second, b"text") is openssl(public, second, b"text") is False


@pytest.mark.parametrize(("key", "signature"), ((b"", b"0" * 64), (b"0" * 32, b""), (b"\xff" * 32, b"0" * 64)))
def test_what_is_no_key_or_signature_does_not_verify(key: bytes, signature: bytes) -> None:
    assert not ed25519.verify(key, signature, b"text")


def test_keys_verify_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    key = generate("example.com/a")
    signature = key.sign(b"text")
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert key.verifier.verify(signature, b"text")
    assert not key.verifier.verify(signature, b"other")
