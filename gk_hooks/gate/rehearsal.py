"""Rehearsing a policy: calls from a file are decided as they would be, nothing is forwarded, and the verdicts compared.

Each line is a JSON object: ``expect`` (an effect) and ``tool`` with ``arguments``, or ``method`` with ``params``; and
``why``, ``agent``, ``roles``, ``rule`` (the id that should decide), ``session``, ``direction`` as needed. Budgets add
up over the calls of a session, or of a principal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gk_hooks.errors import UsageError
from gk_hooks.gate.engine import View, decide
from gk_hooks.gate.methods import call_of
from gk_hooks.gate.model import ANONYMOUS, Call, Direction, Effect, Hit, Principal, Verdict
from gk_hooks.gate.policy.model import Policy
from gk_hooks.gate.state import memory_store
from gk_hooks.policy.files import read_small, read_text, unknown_key

LARGEST_FILE = 64 * 1024 * 1024
_TYPES: dict[str, tuple[type, ...]] = {
    "why": (str,),
    "agent": (str,),
    "roles": (list,),
    "session": (str,),
    "direction": (str,),
    "method": (str,),
    "params": (dict,),
    "tool": (str,),
    "arguments": (dict,),
    "expect": (str,),
    "rule": (str,),
}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One call, what was expected, and the verdict."""

    line: int
    why: str
    expect: Effect
    rule: str
    verdict: Verdict

    @property
    def as_expected(self) -> bool:
        """Whether effect and rule are what the file says."""
        return self.verdict.effect is self.expect and self.rule in ("", self.verdict.rule)


def rehearse(policy: Policy, path: str, scan: Callable[[Any], Sequence[Hit]]) -> Iterator[Rehearsed]:
    """The verdicts on the calls in the file at *path*. UsageError with its line for one that cannot be meant."""
    with memory_store() as store:
        for number, sample in _samples(path):
            call, principal = _call(sample), _principal(sample)
            view = View(spent=store.spent, scan=scan, session=sample.get("session", f"call-{number}"))
            verdict = decide(call, principal, policy, view)
            if verdict.charges and not verdict.effect.stops:
                store.reserve(verdict.charges)
            why = sample.get("why") or f"{call.method} {call.name}".strip()
            yield Rehearsed(number, why, Effect(sample["expect"]), sample.get("rule", ""), verdict)


def _samples(path: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    text = read_text(path, read_small(path, LARGEST_FILE))
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            sample = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}:{number}: is not JSON: {error}") from None
        problem = _problem(sample)
        if problem:
            raise UsageError(f"{path}:{number}: {problem}")
        yield number, sample


def _problem(sample: Any) -> str:
    """What is wrong with a line, or ""."""
    if not isinstance(sample, dict):
        return "a call is an object"
    for key, value in sample.items():
        if key not in _TYPES:
            return unknown_key(key, _TYPES)
        if not isinstance(value, _TYPES[key]):
            return f"{key!r} is of the wrong type"
    if sample.get("expect") not in list(Effect):
        return f"'expect' is one of {', '.join(Effect)}"
    if ("tool" in sample) == ("method" in sample):
        return "needs either 'tool' or 'method'"
    if sample.get("direction", "to_server") not in list(Direction):
        return f"'direction' is one of {', '.join(Direction)}"
    return ""


def _call(sample: Mapping[str, Any]) -> Call:
    params = sample.get("params", {})
    if "tool" in sample:
        params = {"name": sample["tool"], "arguments": sample.get("arguments", {})}
    message = {"jsonrpc": "2.0", "id": 0, "method": sample.get("method", "tools/call"), "params": params}
    return call_of(Direction(sample.get("direction", "to_server")), message)


def _principal(sample: Mapping[str, Any]) -> Principal:
    if "agent" not in sample:
        return ANONYMOUS
    return Principal(sample["agent"], frozenset(map(str, sample.get("roles", []))), "rehearsed")
