"""Who did what from where: joins a call with the process that made it and the Python stack behind it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from gk_hooks.egress.decode import Address
from gk_hooks.egress.events import BLOCKED, DNS, Log
from gk_hooks.egress.process import Tree
from gk_hooks.egress.sites import MOST, Sites
from gk_hooks.egress.stacks import Frames, Stacks

Particulars = Callable[[], dict[str, Any]]
Findings = dict[tuple[str, int], list[str]]
"""(real path, line) → labels of the static findings there."""


class Witness:
    """Writes events with everything that is known about their origin."""

    def __init__(self, log: Log, tree: Tree, stacks: Stacks, findings: Findings) -> None:
        self.log, self.tree, self.stacks, self._findings = log, tree, stacks, findings
        self.sites = Sites()
        self._telling: set[int] = set()

    def event(
        self,
        action: str,
        op: str,
        tid: int,
        address: Address | None = None,
        *,
        host: str = "",
        reason: str = "",
        dns_query: str = "",
        purpose: str = "",
        more: Particulars | None = None,
    ) -> None:
        """Counts one event and writes it unless it repeats others."""
        if address is not None:
            host = address.host
        port = address.port if address is not None else None
        record = self.stacks.take(tid, op) if tid else None
        stack = record.stack if record else []
        self.sites.add(action, dns_query or host, [frame[:2] for frame in stack])
        if action in (BLOCKED, DNS):
            self.log.went_to(dns_query or (address.shown if address is not None else host))
        if not self.log.wants(action, (action, op, tid, host, port, dns_query, stack[-1][:2] if stack else None)):
            return
        particulars: dict[str, Any] = {"host": host, "port": port}
        if address is not None:
            particulars["address"] = address.shown
        particulars |= {"dns_query": dns_query, "purpose": purpose, "reason": reason, **(more() if more else {})}
        if tid:
            particulars |= self._origin(tid, action, dns_query or host, bool(stack))
        if stack:
            particulars["stack"] = [{"file": file, "line": line, "function": name} for file, line, name in stack]
            particulars["findings"] = self._found(stack)
            particulars["stack_source"] = "python-audit-hook, self-reported"
        self.log.write(action, op, **particulars)

    def _found(self, stack: Frames) -> list[str]:
        """The static findings on the lines of *stack*, innermost first, each once."""
        places = ((os.path.realpath(file), line) for file, line, _ in reversed(stack))
        return list(dict.fromkeys(label for place in places for label in self._findings.get(place, ())))

    def _origin(self, tid: int, action: str, host: str, told: bool) -> dict[str, Any]:
        facts = self.tree.facts(tid)
        if told and len(self._telling) < MOST:
            self._telling.add(facts.pid)
        self.sites.add_script(action, host, facts.cmdline, facts.pid in self._telling)
        self.sites.add_script(action, host, self.tree.words(facts.ppid), False)
        return {"tid": tid, **facts._asdict()}
