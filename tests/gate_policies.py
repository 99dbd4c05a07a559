"""What the tests of the tool gate's policy share: a policy from a text, and a call decided by it."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from gk_hooks.gate.engine import View, decide
from gk_hooks.gate.methods import call_of
from gk_hooks.gate.model import Direction, Effect, Principal, Verdict
from gk_hooks.gate.policy.load import PolicyError, load_policy
from gk_hooks.gate.policy.model import Policy

ALLOW, DENY, HOLD, REDACT = Effect.ALLOW, Effect.DENY, Effect.REQUIRE_APPROVAL, Effect.REDACT
AGENT = Principal("agent-1", frozenset({"support-agent"}), "ed25519")


def policy(folder: Path, text: str, name: str = "policy.yaml") -> Policy:
    """The policy in *text*."""
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return load_policy(str(path))


def problems(folder: Path, text: str, name: str = "policy.yaml") -> list[str]:
    """What is wrong with the policy in *text*, as ``line: what``."""
    try:
        policy(folder, text, name)
    except PolicyError as error:
        return [problem.removeprefix(f"{folder / name}:") for problem in error.problems]
    return []


def decided(
    policy: Policy,
    method: str,
    params: Any = None,
    principal: Principal = AGENT,
    direction: Direction = Direction.TO_SERVER,
    view: View | None = None,
) -> Verdict:
    """The verdict on a request."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return decide(call_of(direction, message), principal, policy, view or View())


def called(
    policy: Policy, tool: str, principal: Principal = AGENT, view: View | None = None, **arguments: Any
) -> Verdict:
    """The verdict on a call of *tool*."""
    return decided(policy, "tools/call", {"name": tool, "arguments": arguments}, principal, view=view)
