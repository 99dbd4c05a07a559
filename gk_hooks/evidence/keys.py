"""Ed25519 keys in the text forms of signed notes (c2sp.org/signed-note).

A private key is one line, ``PRIVATE+KEY+<name>+<key id>+<base64>``, as the note tools of Go write it; a public one is a
*vkey*, ``<name>+<key id>+<base64>``. Keys come from files or from the environment, never from a command line. A PKCS#8
PEM file, a PEM public key, or 64 hexadecimal digits are read too; those carry no name, so the caller gives one.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gk_hooks.errors import GkError
from gk_hooks.model.records import dataclass, field
from gk_hooks.model.regex import regex

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNING_KEY_VARIABLE = "GK_SIGNING_KEY"
"""The environment variable that holds a private key's text, for machines that hand secrets over that way."""

NEEDS_CRYPTOGRAPHY = "Ed25519 signatures need the cryptography package: pip install 'gk_hooks[crypto]'"

_PRIVATE = "PRIVATE+KEY+"
_ED25519 = b"\x01"  # the signature type byte of Ed25519 in signed notes
_HEX_KEY = regex(r"[0-9a-fA-F]{64}")
_LARGEST_FILE = 65_536


class KeyTextError(GkError):
    """A key cannot be read, or the package that could use it is not installed."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key and the name under which it signs."""

    name: str
    public: bytes

    @cached_property
    def id(self) -> bytes:
        """The four bytes that stand before each signature: SHA-256(name, newline, type, public key)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as a vkey, one line without its end."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def verify(self, signature: bytes, message: bytes) -> bool:
        """True if *signature* is this key's over *message* (RFC 8032). Works without cryptography too, but slower."""
        try:
            from cryptography.exceptions import InvalidSignature
        except ImportError:
            from gk_hooks.evidence import ed25519

            return ed25519.verify(self.public, signature, message)
        try:
            self._loaded.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _loaded(self) -> Ed25519PublicKey:
        require_cryptography()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        return Ed25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True)
class SigningKey:
    """A private key and the name under which it signs. Its secret never shows in a repr."""

    name: str
    seed: bytes = field(repr=False)

    @cached_property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._loaded.public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The key as one line without its end. It is the secret itself."""
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{base64.b64encode(_ED25519 + self.seed).decode()}"

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of this key's signature over *message*."""
        return self._loaded.sign(message)

    @cached_property
    def _loaded(self) -> Ed25519PrivateKey:
        require_cryptography()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)


def require_cryptography() -> None:
    """Raises KeyTextError, naming the extra, when the cryptography package is not installed."""
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    except ImportError as error:
        raise KeyTextError(NEEDS_CRYPTOGRAPHY) from error


def generate(name: str) -> SigningKey:
    """A fresh key. *name* should be a URL without its scheme, such as ``example.com/agents``."""
    require_cryptography()
    return SigningKey(_checked_name(name), os.urandom(32))


def parse_signing_key(text: str, name: str = "") -> SigningKey:
    """Reads a private key: the line of a note key, PKCS#8 PEM, or 64 hexadecimal digits (these two under *name*).

    Raises KeyTextError; its message never quotes the text.
    """
    require_cryptography()
    text = text.strip()
    if text.startswith("-----BEGIN"):
        seed = _seed_of_pem(text)
        return SigningKey(_checked_name(name), seed)
    if _HEX_KEY.fullmatch(text):
        return SigningKey(_checked_name(name), bytes.fromhex(text))
    if not text.startswith(_PRIVATE):
        raise KeyTextError(f"not a private key: expected a line that begins with {_PRIVATE}, PEM, or 64 hex digits")
    key_name, key_id, seed = _parts(text.removeprefix(_PRIVATE), "private key")
    key = SigningKey(key_name, seed)
    if key.verifier.id.hex() != key_id:
        raise KeyTextError("the private key is damaged: its key id does not fit its name and secret")
    return key


def parse_verifier_key(text: str, name: str = "") -> VerifierKey:
    """Reads a public key: a vkey, PEM, or 64 hexadecimal digits (these two under *name*). Raises KeyTextError."""
    text = text.strip()
    if text.startswith(_PRIVATE):
        raise KeyTextError("this is a private key; a public one is needed here, and the private one stays secret")
    if text.startswith("-----BEGIN"):
        return VerifierKey(_checked_name(name), _public_of_pem(text))
    if _HEX_KEY.fullmatch(text):
        return VerifierKey(_checked_name(name), bytes.fromhex(text))
    key_name, key_id, public = _parts(text, "public key")
    key = VerifierKey(key_name, public)
    if key.id.hex() != key_id:
        raise KeyTextError("the public key is damaged: its key id does not fit its name and bytes")
    return key


def read_signing_key(
    path: Path | None, environ: Mapping[str, str] = os.environ, *, name: str = "", variable: str = SIGNING_KEY_VARIABLE
) -> SigningKey | None:
    """The key in the file *path*, else the one in the environment *variable*, else None. Raises KeyTextError."""
    where, text = (str(path), _read(path)) if path is not None else (f"${variable}", environ.get(variable, ""))
    if path is None and not text.strip():
        return None
    try:
        return parse_signing_key(text, name)
    except KeyTextError as error:
        raise KeyTextError(f"{where}: {error}") from error


def read_verifier_keys(path: Path, *, name: str = "") -> tuple[VerifierKey, ...]:
    """Every public key in a file: one vkey a line (``#`` begins a comment), or one PEM key. Raises KeyTextError."""
    text = _read(path)
    lines = [text] if "-----BEGIN" in text else [line for line in text.splitlines() if line.strip()]
    try:
        keys = tuple(parse_verifier_key(line, name) for line in lines if not line.lstrip().startswith("#"))
    except KeyTextError as error:
        raise KeyTextError(f"{path}: {error}") from error
    if not keys:
        raise KeyTextError(f"{path}: holds no key")
    return keys


def write_key_pair(key: SigningKey, private: Path, public: Path) -> None:
    """Writes both halves; the private file is new and readable by its owner alone. Never replaces a key."""
    for path in (private, public):
        if os.path.lexists(path):
            raise KeyTextError(f"{path} exists already, and a key is never replaced; choose another name")
    for path, text, mode in ((private, key.text, 0o600), (public, key.verifier.text, 0o644)):
        write_new_file(path, f"{text}\n".encode(), mode)


def write_new_file(path: Path, content: bytes, mode: int) -> None:
    """Creates *path* with *mode* and writes *content*; what exists is left alone. Raises KeyTextError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        with os.fdopen(os.open(path, flags, mode), "wb") as stream:
            stream.write(content)
    except OSError as error:
        raise KeyTextError(f"cannot write {path}: {error.strerror}") from error


def key_named(keys: Iterable[VerifierKey], name: str, key_id: bytes) -> VerifierKey | None:
    """The key that a signature line names, by name and id together."""
    return next((key for key in keys if key.name == name and key.id == key_id), None)


def valid_name(name: str) -> bool:
    """True for a name that a signature line can carry: not empty, no space, no plus, no control character."""
    return bool(name) and not any(char.isspace() or char == "+" or not char.isprintable() for char in name)


def _checked_name(name: str) -> str:
    if not valid_name(name):
        raise KeyTextError(f"{name!r} is no key name: use a URL without its scheme, such as example.com/agents")
    return name


def _parts(text: str, what: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        raise KeyTextError(f"not a {what}: expected name+id+base64")
    with contextlib.suppress(binascii.Error, ValueError):
        data = base64.b64decode(parts[2], validate=True)
        if data[:1] == _ED25519 and len(data) == 33 and base64.b64encode(data).decode() == parts[2]:
            return _checked_name(parts[0]), parts[1], data[1:]
    raise KeyTextError(f"not an Ed25519 {what}: its base64 must hold the byte 01 and 32 more")


def _seed_of_pem(text: str) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError) as error:  # TypeError: the file is encrypted
        raise KeyTextError("the PEM private key cannot be read; it must be PKCS#8 without a passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyTextError("the PEM private key is not an Ed25519 key")
    return key.private_bytes_raw()


def _public_of_pem(text: str) -> bytes:
    require_cryptography()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(text.encode())
    except ValueError as error:
        raise KeyTextError("the PEM public key cannot be read") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyTextError("the PEM public key is not an Ed25519 key")
    return key.public_bytes_raw()


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_FILE)
        return content.decode("utf-8")
    except OSError as error:
        raise KeyTextError(f"cannot read the key file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeyTextError(f"{path} is not a key file: it is not text") from error
