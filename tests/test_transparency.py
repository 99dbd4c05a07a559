"""The tree, the notes and the proofs of a transparency log, against what others have published."""

from __future__ import annotations

import base64
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gk_hooks.evidence import checkpoint, merkle, note, tlog
from gk_hooks.evidence.keys import (
    KeyTextError,
    generate,
    parse_signing_key,
    parse_verifier_key,
    read_signing_key,
    read_verifier_keys,
    write_key_pair,
)
from gk_hooks.evidence.note import NoteError

# golang.org/x/mod/sumdb/note, ExampleSign and ExampleOpen
PETER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETERS = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SAYING = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
)
ENOCH = "EnochRoot", bytes(32)  # the key that the same package makes of 32 zero bytes
ENOCHS_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# c2sp.org/signed-note, the example of its section on verifier keys
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

# the eight leaves of the Certificate Transparency project's own tests, and the roots that it gives for each size
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# github.com/transparency-dev/merkle, testdata/inclusion/1 and testdata/consistency/2 and 3
PATH_0_OF_8 = (
    "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
    "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
    "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
)
GROWTH_6_TO_8 = (
    "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
    "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
    "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
)
GROWTH_2_TO_5 = (
    "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
    "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
)


def tree_of_eight() -> merkle.Tree:
    return merkle.Tree(merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES)


def decoded(lines: tuple[str, ...]) -> list[bytes]:
    return [base64.b64decode(line) for line in lines]


def test_leaves_and_nodes_hash_as_published() -> None:
    # github.com/transparency-dev/merkle, rfc6962_test.go
    assert merkle.leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    node = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert merkle.node_hash(b"N123", b"N456").hex() == node


def test_roots_are_the_published_ones_while_the_tree_grows() -> None:
    frontier, tree = merkle.Frontier(), tree_of_eight()
    for size, root in enumerate(ROOTS):
        assert (frontier.root().hex(), tree.root(size).hex()) == (root, root)
        if size < 8:
            frontier.append(merkle.leaf_hash(bytes.fromhex(LEAVES[size])))


def test_proofs_are_the_published_ones() -> None:
    tree = tree_of_eight()
    assert tree.inclusion(0) == decoded(PATH_0_OF_8)
    assert tree.consistency(6) == decoded(GROWTH_6_TO_8)
    assert tree.consistency(2, 5) == decoded(GROWTH_2_TO_5)


@given(st.integers(1, 70), st.data())
@settings(deadline=None, max_examples=60)
def test_every_honest_proof_holds_and_no_other(size: int, data: st.DataObject) -> None:
    tree = merkle.Tree(merkle.leaf_hash(str(index).encode()) for index in range(size))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path, growth, leaf = tree.inclusion(index), tree.consistency(old), merkle.leaf_hash(str(index).encode())
    assert merkle.verify_inclusion(leaf, index, size, path, tree.root())
    assert merkle.verify_consistency(old, size, growth, tree.root(old), tree.root())
    wrong = bytes(32)
    assert not merkle.verify_inclusion(wrong, index, size, path, tree.root())
    assert not merkle.verify_inclusion(leaf, index, size, [*path, wrong], tree.root())
    assert not merkle.verify_inclusion(leaf, index, size, path, wrong)
    assert not any(
        merkle.verify_inclusion(leaf, other, size, path, tree.root()) for other in range(size) if other != index
    )
    assert not merkle.verify_consistency(old, size, growth, wrong, tree.root())
    assert not merkle.verify_consistency(old, size, [*growth, wrong], tree.root(old), tree.root())
    if old < size:
        assert not merkle.verify_consistency(old, size, growth, tree.root(old), wrong)
        assert not merkle.verify_consistency(old, size, growth[:-1], tree.root(old), tree.root())


def test_a_frontier_is_taken_up_again_and_a_wrong_one_is_not() -> None:
    frontier = merkle.Frontier()
    for index in range(11):
        frontier.append(merkle.leaf_hash(bytes([index])))
    assert merkle.Frontier(11, frontier.peaks).root() == frontier.root()
    with pytest.raises(ValueError, match="2 peaks do not fit a tree of 11 leaves"):
        merkle.Frontier(11, frontier.peaks[:2])


def test_a_note_is_signed_byte_for_byte_as_published() -> None:
    text, line = SAYING
    assert note.sign(text, parse_signing_key(PETER)).format() == f"{text}\n{line}"
    assert parse_signing_key(PETER).verifier.text == PETERS
    enoch = parse_signing_key(ENOCH[1].hex(), ENOCH[0])
    both = note.sign(text, parse_signing_key(PETER), enoch)
    assert both.format() == f"{text}\n{line}{ENOCHS_LINE}"
    assert note.verified(note.parse(both.format()), [enoch.verifier]) == (enoch.verifier,)


def test_the_specification_s_example_verifies() -> None:
    assert note.verified(note.parse(FOO_NOTE), [parse_verifier_key(FOO)])[0].name == "example.com/foo"


@pytest.mark.parametrize(
    ("changed", "message"),
    (
        pytest.param(FOO_NOTE.replace("example message", "example massage"), "does not fit", id="another text"),
        pytest.param(FOO_NOTE.replace("Uw2QOkn8", "Uw2QOkn9"), "does not fit", id="another signature"),
        pytest.param(FOO_NOTE.replace("Uw2QOk", "Vw2QOk"), "no key that is trusted", id="another key id"),
        pytest.param(FOO_NOTE.replace("— example.com/foo", "— example.com/bar"), "no key that", id="another name"),
        pytest.param(FOO_NOTE.replace("\n\n", "\n"), "an empty line", id="no empty line"),
        pytest.param(FOO_NOTE.rstrip("\n"), "an empty line", id="cut at its end"),
        pytest.param(FOO_NOTE.replace("— ", "- "), "a signature line", id="a plain dash"),
        pytest.param(FOO_NOTE.replace("example message", "example\tmessage"), "control character", id="a tab"),
        pytest.param(FOO_NOTE.replace("=\n", "\n"), "not base64", id="base64 without its padding"),
    ),
)
def test_a_changed_note_is_refused(changed: str, message: str) -> None:
    with pytest.raises(NoteError, match=message):
        note.verified(note.parse(changed), [parse_verifier_key(FOO)])


def test_every_single_changed_byte_of_a_note_is_found() -> None:
    key = parse_verifier_key(FOO)
    for place in range(len(FOO_NOTE)):
        changed = FOO_NOTE[:place] + chr(ord(FOO_NOTE[place]) ^ 1) + FOO_NOTE[place + 1 :]
        with pytest.raises(NoteError):
            note.verified(note.parse(changed), [key])


def test_no_piece_and_no_change_of_a_public_key_is_a_key() -> None:
    pieces = {PETERS[low:high] for low, high in itertools.combinations(range(len(PETERS) + 1), 2)} - {PETERS}
    changes = {PETERS[:i] + chr(ord(PETERS[i]) + 1) + PETERS[i + 1 :] for i in range(len(PETERS))}
    for text in sorted(pieces | changes):
        with pytest.raises(KeyTextError):
            parse_verifier_key(text)


def test_keys_go_to_files_and_come_back(tmp_path) -> None:
    key = generate("example.com/agents")
    private, public = tmp_path / "audit.key", tmp_path / "audit.pub"
    write_key_pair(key, private, public)
    assert read_signing_key(private) == key
    assert read_signing_key(None, {"GK_SIGNING_KEY": key.text}) == key
    assert read_signing_key(None, {}) is None
    assert read_verifier_keys(public) == (key.verifier,)
    assert base64.b64encode(key.seed).decode() not in repr(key) and repr(key.seed) not in repr(key)
    with pytest.raises(KeyTextError, match="exists already"):
        write_key_pair(key, private, tmp_path / "other.pub")


def test_pem_keys_are_read_under_a_given_name(tmp_path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = Ed25519PrivateKey.generate()
    pem = raw.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    public = raw.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()
    assert parse_signing_key(pem, "example.com/a").verifier == parse_verifier_key(public, "example.com/a")


@pytest.mark.parametrize(
    ("text", "message"),
    (
        pytest.param("", "not a private key", id="empty"),
        pytest.param("hunter2", "not a private key", id="a password"),
        pytest.param(PETERS, "not a private key", id="a public key"),
        pytest.param(PETER[:-4], "must hold the byte 01 and 32 more", id="cut short"),
        pytest.param(PETER.replace("Peter", "Poter"), "key id does not fit", id="another name"),
        pytest.param("0" * 64, "is no key name", id="bare digits without a name"),
        pytest.param("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "PEM", id="damaged PEM"),
    ),
)
def test_what_is_no_private_key_is_told_without_quoting_it(text: str, message: str) -> None:
    with pytest.raises(KeyTextError, match=message) as caught:
        parse_signing_key(text)
    assert not text or text not in str(caught.value)


def test_a_checkpoint_comes_back_and_is_of_one_log() -> None:
    key = generate("example.com/log")
    made = checkpoint.Checkpoint("example.com/log", 8, bytes.fromhex(ROOTS[8]))
    assert made.text == "example.com/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
    assert checkpoint.open_checkpoint(made.sign(key), [key.verifier], "example.com/log") == made
    with pytest.raises(NoteError, match=r"of another log: example\.com/log, not example\.com/other"):
        checkpoint.open_checkpoint(made.sign(key), [key.verifier], "example.com/other")
    with pytest.raises(NoteError, match="no key that is trusted"):
        checkpoint.open_checkpoint(made.sign(key), [generate("example.com/log").verifier])


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("log\n8\n", id="no root"),
        pytest.param("log\n08\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n", id="a leading zero"),
        pytest.param("log\n-1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n", id="a negative size"),
        pytest.param("log\n٨\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n", id="a digit of another script"),
        pytest.param("log\n8\nXcnaeacGWamtVZy3\n", id="a short root"),
        pytest.param("log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n", id="base64 with loose bits"),
        pytest.param("\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n", id="no origin"),
        pytest.param("log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\nmore\n", id="an empty extension"),
    ),
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        checkpoint.parse_text(text)


def a_proof(index: int = 2) -> tuple[str, bytes, object]:
    key, tree = generate("example.com/log"), tree_of_eight()
    signed = checkpoint.Checkpoint("example.com/log", 8, tree.root()).sign(key)
    made = tlog.Proof(index, tuple(tree.inclusion(index)), signed, extra=bytes.fromhex(LEAVES[index]))
    return made.format(), merkle.leaf_hash(bytes.fromhex(LEAVES[index])), key.verifier


def test_a_proof_has_the_published_form() -> None:
    # the three texts that the tests of sigsum and of tlog libraries agree on
    first, second = (base64.b64encode(merkle.EMPTY_ROOT).decode() for _ in range(2))
    plain = tlog.Proof(5, (merkle.EMPTY_ROOT, merkle.EMPTY_ROOT), "test checkpoint\n")
    assert plain.format() == f"c2sp.org/tlog-proof@v1\nindex 5\n{first}\n{second}\n\ntest checkpoint\n"
    short = tlog.Proof(0, (), "checkpoint\n", b"extra information")
    assert short.format() == "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 0\n\ncheckpoint\n"
    assert (tlog.parse(plain.format()), tlog.parse(short.format())) == (plain, short)


def test_a_proof_holds_for_its_record_alone() -> None:
    text, leaf, key = a_proof()
    assert tlog.verify(tlog.parse(text), leaf, [key]).size == 8
    with pytest.raises(NoteError, match="does not stand at index 2"):
        tlog.verify(tlog.parse(text), merkle.leaf_hash(b"another"), [key])
    with pytest.raises(NoteError, match="does not stand at index 3"):
        tlog.verify(tlog.parse(text.replace("index 2", "index 3")), leaf, [key])


@pytest.mark.parametrize(
    "text",
    (
        pytest.param("not a proof at all", id="prose"),
        pytest.param("c2sp.org/tlog-proof@v1\n", id="the header alone"),
        pytest.param("c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n", id="an index that is no number"),
        pytest.param("c2sp.org/tlog-proof@v1\nindex 01\n\ncheckpoint\n", id="an index with a leading zero"),
        pytest.param("c2sp.org/tlog-proof@v1\nextra !!\nindex 0\n\ncheckpoint\n", id="extra that is not base64"),
        pytest.param("c2sp.org/tlog-proof@v2\nindex 0\n\ncheckpoint\n", id="another version"),
        pytest.param("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\ncheckpoint\n", id="a short hash"),
    ),
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(NoteError, match="not a"):
        tlog.parse(text)
