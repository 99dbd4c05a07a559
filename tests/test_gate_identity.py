"""Tokens: what is wrong with one is an error, and its bearer never passes as anonymous."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scanning import gk

from gk_hooks.evidence.keys import generate
from gk_hooks.gate.identity import Ed25519Signer, Ed25519Verifier, HmacSecret, IdentityError, Signer, mint, principal_of
from gk_hooks.gate.model import Principal

NOW = 1_800_000_000.0
SECRET = HmacSecret(b"s" * 32)
KEY = generate("agent")
SIGNER, VERIFIER = Ed25519Signer(KEY), Ed25519Verifier((generate("other").verifier, KEY.verifier))


def signed(signer: Signer, **changes: Any) -> str:
    """A token with a payload of our own making."""
    payload = {"agent_id": "a", "roles": ["r"], "issued_at": NOW, "claims": {}, **changes}
    raw = json.dumps({key: value for key, value in payload.items() if value is not ...}).encode()
    return f"{raw.hex()}.{signer.scheme}.{signer.sign(raw).hex()}"


@pytest.mark.parametrize("scheme", ["hmac", "ed25519"])
def test_a_token_proves_who_the_agent_is(scheme: str) -> None:
    signer, verifier = (SECRET, SECRET) if scheme == "hmac" else (SIGNER, VERIFIER)
    token = mint(signer, "support-1", ["b", "a"], now=NOW, audience="gate-1")  # type: ignore[arg-type]
    principal = principal_of(token, verifier, now=NOW + 10, audience="gate-1")  # type: ignore[arg-type]
    assert principal == Principal(
        "support-1",
        frozenset({"a", "b"}),
        signer.scheme,
        NOW + 3600,
        principal.token_id,  # type: ignore[attr-defined]
    )
    assert len(principal.token_id) == 32


def test_a_token_without_an_expiry_is_good_for_an_hour() -> None:
    token = signed(SECRET)
    assert principal_of(token, SECRET, now=NOW + 3599).expires == NOW + 3600
    with pytest.raises(IdentityError, match="expired 0 s ago"):
        principal_of(token, SECRET, now=NOW + 3600)


REFUSED: tuple[Any, ...] = (
    pytest.param(lambda: "", "malformed", id="empty"),
    pytest.param(lambda: "a.b.c", "malformed", id="not hex"),
    pytest.param(lambda: signed(SECRET).upper(), "malformed", id="another spelling"),
    pytest.param(lambda: signed(SECRET) + "\n", "malformed", id="a newline"),
    pytest.param(lambda: "00" * 20_000 + ".hmac-sha256.00", "malformed", id="without end"),
    pytest.param(lambda: signed(SIGNER), "takes hmac-sha256 alone", id="of the other scheme"),
    pytest.param(lambda: signed(SECRET).replace("hmac-sha256", "none"), "takes hmac-sha256 alone", id="of no scheme"),
    pytest.param(lambda: signed(HmacSecret(b"t")), "signature is wrong", id="of another secret"),
    pytest.param(lambda: "7b7d" + signed(SECRET)[4:], "signature is wrong", id="changed"),
    pytest.param(lambda: signed(SECRET, exp=NOW - 1), "expired 1 s ago", id="expired"),
    pytest.param(lambda: signed(SECRET, nbf=NOW + 60), "not good before 60 s", id="not yet good"),
    pytest.param(lambda: signed(SECRET, issued_at=NOW + 60), "not good before", id="from the future"),
    pytest.param(lambda: signed(SECRET, aud="gate-2"), "for the gate 'gate-2'", id="for another gate"),
    pytest.param(lambda: signed(SECRET, exp=float("nan")), "seconds since 1970", id="expires at NaN"),
    pytest.param(lambda: signed(SECRET, exp="never"), "seconds since 1970", id="expires in words"),
    pytest.param(lambda: signed(SECRET, exp=True), "seconds since 1970", id="expires at true"),
    pytest.param(lambda: signed(SECRET, issued_at=...), "needs agent_id", id="without a time"),
    pytest.param(lambda: signed(SECRET, agent_id="anonymous"), "no token", id="anonymous"),
    pytest.param(lambda: signed(SECRET, agent_id=""), "1 to 256", id="nobody"),
    pytest.param(lambda: signed(SECRET, agent_id="a\nb"), "printable", id="two lines"),
    pytest.param(lambda: signed(SECRET, roles="admin"), "roles is a list", id="roles in a text"),
    pytest.param(lambda: signed(SECRET, admin=True), "nothing knows admin", id="a claim that is not known"),
)


@pytest.mark.parametrize(("make", "told"), REFUSED)
def test_refused(make: Callable[[], str], told: str) -> None:
    with pytest.raises(IdentityError, match=told):
        principal_of(make(), SECRET, now=NOW)


def test_a_public_key_is_no_secret() -> None:
    public = KEY.verifier.public
    for secret in (public, public.hex().encode(), KEY.verifier.text.encode()):
        with pytest.raises(IdentityError, match="takes ed25519 alone"):
            principal_of(signed(HmacSecret(secret)), VERIFIER, now=NOW)


def test_a_key_given_twice_is_refused() -> None:
    raw = b'{"agent_id": "a", "roles": [], "issued_at": 1, "roles": ["admin"]}'
    with pytest.raises(IdentityError, match="not JSON"):
        principal_of(f"{raw.hex()}.hmac-sha256.{SECRET.sign(raw).hex()}", SECRET, now=1)


@given(st.text() | st.from_regex(r"([0-9a-f]{2})+\.(hmac-sha256|ed25519)\.([0-9a-f]{2})+", fullmatch=True))
def test_no_text_that_was_not_signed_is_a_token(token: str) -> None:
    for verifier in (SECRET, VERIFIER):
        with pytest.raises(IdentityError):
            principal_of(token, verifier, now=NOW)


@given(st.binary(max_size=80))
def test_any_signed_payload_is_read_or_refused(raw: bytes) -> None:
    with pytest.raises(IdentityError):
        principal_of(f"{raw.hex() or '00'}.hmac-sha256.{SECRET.sign(raw or bytes(1)).hex()}", SECRET, now=NOW)


# --- the command line

ECHO = 'import sys\nfor line in sys.stdin: print(\'{"jsonrpc": "2.0", "id": 1, "result": {}}\', flush=True)\n'
OPEN = '{"rules": [{"id": "a", "effect": "allow", "agents": ["support-*"]}]}'


def run_gate(folder: Path, *options: str, **env: str) -> tuple[int, str]:
    """``gk mcp run`` with no input: it starts and ends, or refuses to start."""
    (folder / "policy.json").write_text(OPEN, encoding="utf-8")
    (folder / "server.py").write_text(ECHO, encoding="utf-8")
    command = (
        "mcp",
        "run",
        "--policy",
        "policy.json",
        "--audit",
        "audit.jsonl",
        *options,
        "--",
        sys.executable,
        "server.py",
    )
    done = gk(*command, cwd=folder, env=env)
    said = done.stderr.splitlines(keepends=True)
    return done.returncode, "".join(line for line in said if "the audit log is not signed" not in line)


def test_keys_and_tokens_from_files(tmp_path: Path) -> None:
    made = gk("mcp", "keygen", cwd=tmp_path)
    private = (tmp_path / "agent.key").read_text(encoding="utf-8").strip()
    assert made.returncode == 0
    assert private not in made.stdout + made.stderr
    assert os.name == "nt" or stat.S_IMODE((tmp_path / "agent.key").stat().st_mode) == 0o600
    again = gk("mcp", "keygen", cwd=tmp_path)
    assert (again.returncode, (tmp_path / "agent.key").read_text(encoding="utf-8").strip()) == (3, private)
    token = gk(*"mcp token --scheme ed25519 --private-key-file agent.key --agent-id support-1".split(), cwd=tmp_path)
    assert (token.returncode, token.stderr) == (0, "")
    good = token.stdout.strip()
    assert run_gate(tmp_path, "--pubkey-file", "agent.key.pub", GK_MCP_TOKEN=good) == (0, "")
    hexadecimal = made.stdout.rsplit(" ", 1)[1].strip()
    assert run_gate(tmp_path, "--pubkey", hexadecimal, MCPGATE_AGENT_TOKEN=good) == (0, "")
    altered = good[:-1] + ("1" if good[-1] == "0" else "0")
    code, told = run_gate(tmp_path, "--pubkey-file", "agent.key.pub", GK_MCP_TOKEN=altered)
    assert (code, "signature is wrong" in told) == (3, True)


def test_hmac_needs_no_package_and_warns_of_secrets_on_the_command_line(tmp_path: Path) -> None:
    assert gk("mcp", "keygen", "--scheme", "hmac", "--out", "secret", cwd=tmp_path).returncode == 0
    secret = (tmp_path / "secret").read_text(encoding="utf-8").strip()
    quiet = gk("mcp", "token", "--agent-id", "support-1", "--role", "r", "--secret-file", "secret", cwd=tmp_path)
    assert quiet.stderr == ""
    warned = gk("mcp", "token", "--secret", secret, "--agent-id", "support-1", cwd=tmp_path)
    assert "--secret shows the secret" in warned.stderr
    for token in (quiet.stdout.strip(), warned.stdout.strip()):
        (tmp_path / "token").write_text(token, encoding="utf-8")
        assert run_gate(tmp_path, "--token-file", "token", GK_MCP_SECRET=secret) == (0, "")
        code, told = run_gate(tmp_path, "--token-file", "token", "--secret", secret)
        assert (code, "--secret shows the secret" in told) == (0, True)


@pytest.mark.parametrize(
    ("options", "env", "told"),
    (
        pytest.param([], {"GK_MCP_TOKEN": "x"}, "nothing to check it with", id="a token and no key"),
        pytest.param([], {"GK_MCP_SECRET": "s" * 32}, "no token: set $GK_MCP_TOKEN", id="a key and no token"),
        pytest.param([], {"GK_MCP_SECRET": "s" * 32, "GK_MCP_TOKEN": "x"}, "malformed", id="a bad token"),
        pytest.param(["--secret", "a", "--pubkey", "0" * 64], {}, "one scheme alone", id="two schemes"),
        pytest.param(["--secret", ""], {"GK_MCP_TOKEN": "x"}, "secret is empty", id="an empty secret"),
        pytest.param(["--pubkey", "zz"], {"GK_MCP_TOKEN": "x"}, "not a public key", id="a bad public key"),
        pytest.param(["--token-file", "nowhere"], {}, "nowhere: cannot be read", id="no token file"),
    ),
)
def test_the_gate_does_not_start(tmp_path: Path, options: list[str], env: dict[str, str], told: str) -> None:
    code, said = run_gate(tmp_path, *options, **env)
    assert code == 3
    assert told in said
    assert not (tmp_path / "audit.jsonl").exists()


def test_no_token_is_anonymous_only_where_that_is_said(tmp_path: Path) -> None:
    assert run_gate(tmp_path)[0] == 0
    assert run_gate(tmp_path, "--allow-anonymous", GK_MCP_SECRET="s" * 32)[0] == 0


def test_the_server_does_not_see_our_secrets(tmp_path: Path) -> None:
    spy = "import os; open('seen', 'w').write(str([name for name in os.environ if 'GK' in name or 'MCP' in name]))"
    (tmp_path / "policy.json").write_text(OPEN, encoding="utf-8")
    names = ("GK_MCP_SECRET", "GK_MCP_PRIVATE_KEY", "GK_MCP_TOKEN", "MCPGATE_AGENT_TOKEN")
    token = mint(SECRET, "support-1", now=time.time())
    env = dict.fromkeys(names, token) | {"GK_MCP_SECRET": "s" * 32}
    command = ("mcp", "run", "--policy", "policy.json", "--audit", "a", "--", sys.executable, "-c", spy)
    gk(*command, cwd=tmp_path, env=env)
    assert (tmp_path / "seen").read_text(encoding="utf-8").strip() == "[]"
