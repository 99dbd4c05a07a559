"""Approvals: a question about one call, put where a human can answer it, and an answer that serves once.

An approval is bound to the principal, the method and name, the digest of the arguments, the policy's digest and a time.
Who answers sees the very record that the answer then replaces: had it changed in between, the answer would not count.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from gk_hooks.errors import GkError
from gk_hooks.gate.model import Call, Principal, Verdict
from gk_hooks.gate.policy.model import Policy
from gk_hooks.gate.state import Store
from gk_hooks.model.text import printable

SPACE = "approvals"
DEFAULT_TIMEOUT = 300.0
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class State(StrEnum):
    """How far a question has come."""

    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """A question and, once there is one, its answer. binding: what the answer is good for, see ``binding_of``.

    params: exactly what the call holds. expires: seconds since the epoch. by, note: who answered, and why.
    """

    id: str
    binding: str
    principal: str
    method: str
    name: str
    params: Any
    rule: str
    reason: str
    policy: str
    asked: float
    expires: float
    state: State = State.WAITING
    by: str = ""
    note: str = ""

    def text(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> Approval:
        """The approval that was stored as *text*. Raises GkError."""
        try:
            read = cls(**json.loads(text))
            return replace(read, state=State(read.state))
        except (ValueError, TypeError, RecursionError) as error:
            raise GkError(f"the state holds something that is no approval: {error}") from None


def canonical(value: Any) -> bytes:
    """JSON that is the same for equal values, whatever the order of the keys was."""
    return _CANONICAL.encode(value).encode("ascii")


def binding_of(call: Call, principal: Principal, policy: Policy) -> str:
    """What an approval of *call* is good for: this principal, this call with these params, this policy.

    ``_meta`` holds progress tokens and the like, which change when the same call is sent again.
    """
    params = call.params
    if isinstance(params, dict):
        params = {key: value for key, value in params.items() if key != "_meta"}
    bound = [principal.id, sorted(principal.roles), str(call.direction), call.method, params, policy.digest]
    return hashlib.sha256(canonical(bound)).hexdigest()


class Approvals:
    """The questions of one policy and principal, in the store that other processes see too."""

    def __init__(
        self, store: Store, principal: Principal, policy: Policy, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._principal, self._policy, self._clock = store, principal, policy, clock

    def ask(self, call: Call, verdict: Verdict) -> Approval:
        """Puts the question. Raises GkError when the state cannot be used."""
        now = self._clock()
        approval = Approval(
            id=secrets.token_hex(16),
            binding=binding_of(call, self._principal, self._policy),
            principal=self._principal.id,
            method=call.method,
            name=call.name,
            params=call.params,
            rule=verdict.rule,
            reason=verdict.reason,
            policy=f"{self._policy.name} {self._policy.version} (sha256 {self._policy.digest[:16]})",
            asked=now,
            expires=now + (verdict.ask.timeout if verdict.ask else DEFAULT_TIMEOUT),
        )
        if not self._store.put(SPACE, approval.id, approval.text(), approval.expires):
            raise GkError("an approval's id is in use")
        return approval

    def settle(self, approval: Approval) -> Approval:
        """The answer, which is used up by asking for it. Without one the question has expired, and is taken back."""
        text = self._store.take(SPACE, approval.id)
        settled = approval if text is None else Approval.parse(text)
        return replace(settled, state=State.EXPIRED) if settled.state is State.WAITING else settled

    def withdraw(self, approval: Approval) -> None:
        """Takes the question back, since nobody waits for the answer any more."""
        self._store.take(SPACE, approval.id)

    def unanswered(self, approval: Approval) -> bool:
        """Whether the question still stands as it was put."""
        return self._store.get(SPACE, approval.id) == approval.text()

    def allows(self, approval: Approval, call: Call) -> bool:
        """Whether this answer lets exactly this call through, now."""
        good = approval.state is State.APPROVED and self._clock() < approval.expires
        return good and approval.binding == binding_of(call, self._principal, self._policy)


def told(approval: Approval) -> str:
    """What is asked, in lines that are safe to show: all of it, and nothing that could act on a terminal."""
    asked = json.dumps(approval.params, ensure_ascii=False, indent=2)
    lines = [
        f"{approval.principal} asks for {approval.method} {approval.name}".rstrip(),
        *asked.split("\n"),
        f"held by rule {approval.rule}: {approval.reason}",
        f"policy {approval.policy}",
    ]
    return "\n".join(map(printable, lines))


def waiting(store: Store) -> list[Approval]:
    """Every question without an answer, the oldest first."""
    found = [Approval.parse(text) for _, text in store.items(SPACE)]
    return sorted((each for each in found if each.state is State.WAITING), key=lambda each: (each.asked, each.id))


def answer(store: Store, asked: Approval, *, approve: bool, by: str, note: str = "") -> bool:
    """Answers the question *asked*, as it was shown. False if it was answered, withdrawn or has expired meanwhile."""
    state = State.APPROVED if approve else State.DENIED
    return store.swap(SPACE, asked.id, asked.text(), replace(asked, state=state, by=by, note=note).text())
