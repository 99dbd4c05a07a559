"""The kernel levels: one supervised run, from the waiting process to what became of it."""

from __future__ import annotations

import os
import select
import socket
from functools import partial

from gk_hooks.egress import kernel, launch
from gk_hooks.egress.calls import Judge
from gk_hooks.egress.descriptors import Inherited
from gk_hooks.egress.events import BLOCKED, NOTED
from gk_hooks.egress.levels import Chosen
from gk_hooks.egress.notify import Supervisor
from gk_hooks.egress.outcome import Outcome
from gk_hooks.egress.resolver import Resolver
from gk_hooks.egress.sockets import Sockets
from gk_hooks.egress.tally import Tally
from gk_hooks.egress.witness import Witness
from gk_hooks.reports.words import count


def become_parent_of_orphans() -> None:
    """Descendants whose parents end become ours, so that none is out of sight."""
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def supervise(chosen: Chosen, witness: Witness, inherited: list[Inherited], linger: float) -> Outcome:
    """Lets the waiting process go and serves it to the end."""
    gated, shape = chosen.gated, chosen.shape
    assert gated is not None and shape is not None and kernel.ARCH is not None
    names = [socket.socket(fileno=fd) for fd in gated.names]
    sockets = Sockets(witness.tree, shape.namespace, gated.diagnosis)
    poll = select.poll()
    resolver = Resolver(names, shape.namespace, witness, poll)
    judge = Judge(witness, sockets, kernel.ARCH, shape, resolver)
    supervisor = Supervisor(gated.pid, gated.listener, judge, witness, poll, linger)
    tally = Tally(gated.pid) if shape.namespace else None
    _report(witness, inherited, gated.pid)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # nobody of the same user looks into the supervisor
    problem = launch.release(gated)
    for item in inherited:
        if item.instead >= 0:
            os.close(item.instead)
    status = supervisor.serve()
    counted = tally.close() if tally is not None else {}
    doubts = []
    if sum(counted.values()):
        doubts.append(f"the kernel counted {count(sum(counted.values()), 'attempt')} that the log does not explain")
    if supervisor.faults:
        refused = count(supervisor.faults, "call was", "calls were")
        doubts.append(f"{refused} refused because the supervisor could not judge what was asked")
    if supervisor.orphans:
        orphans = count(len(supervisor.orphans), "process", "processes")
        doubts.append(f"{orphans} outlived the command, and had to be ended")
    return Outcome(None if problem else status, problem, counted, tuple(doubts))


def _report(witness: Witness, inherited: list[Inherited], pid: int) -> None:
    for item in inherited:
        replaced = "replaced" if item.instead >= 0 else "closed"
        witness.event(
            *(BLOCKED if item.blocked else NOTED, "inherited_fd", 0),
            host=item.address or f"descriptor {item.fd}",
            reason=f"descriptor {item.fd} was a {item.what} and was {replaced}",
            more=partial(dict, fd=item.fd, protocol=item.protocol, pid=pid),
        )
