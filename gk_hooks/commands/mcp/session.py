"""``gk mcp run --policy FILE --audit FILE -- SERVER …``: the policy firewall in front of a stdio MCP server."""

from __future__ import annotations

import argparse
import math
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gk_hooks.commands.mcp.identity import add_identity_arguments, forget_secrets, principal_from
from gk_hooks.errors import UsageError

if TYPE_CHECKING:
    from gk_hooks.gate.audit import AuditLog

CODES = "exit codes: 0 the session ended, 3 the gate could not do its work or the server failed, 128 + N signal N"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What decides, where it is recorded, and which server."""
    parser.usage = f"{parser.prog} --policy FILE --audit FILE [options] -- SERVER [ARGUMENT …]"
    parser.epilog = CODES
    parser.add_argument("--policy", required=True, metavar="FILE", help="the policy, YAML or JSON")
    parser.add_argument("--audit", required=True, metavar="FILE", help="the audit log; made when it is not there")
    parser.add_argument(
        "--fail",
        choices=("closed", "open"),
        default="closed",
        help="when the gate itself cannot work (default: closed)",
    )
    parser.add_argument("--state", metavar="FILE", help="budgets, approvals (default: AUDIT.sqlite)")
    parser.add_argument("--session", metavar="NAME", help="name for budgets kept by session")
    parser.add_argument(
        "--ask",
        choices=("both", "terminal"),
        default="both",
        help="who is asked for approvals: gk mcp approve and the client's user (default), or the first alone",
    )
    parser.add_argument(
        "--denial",
        choices=("result", "error"),
        default="result",
        help="a denied call gets a result (default) or an error",
    )
    parser.add_argument(
        "--drain",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="time for calls under way at the end (default: 60)",
    )
    parser.add_argument(
        "--pins", metavar="FILE", help="reviewed tool definitions (gk mcp pins --export); all else is held"
    )
    parser.add_argument("--no-pins", action="store_true", help="let changed and poisoned tool definitions through")
    add_identity_arguments(parser)
    _add_audit_arguments(parser)


def _add_audit_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who vouches for the audit log")
    group.add_argument(
        "--signing-key", metavar="FILE", help="Ed25519 key that signs its checkpoints (default: $GK_SIGNING_KEY)"
    )
    group.add_argument("--retiring-key", metavar="FILE", help="the key that signed until now")
    group.add_argument(
        "--checkpoints", metavar="FILE", help="where they go, best on another disk (default: AUDIT.checkpoints)"
    )
    group.add_argument("--digest-key", metavar="FILE", help="key of the arguments' digests (default: AUDIT.digest-key)")


def run(options: argparse.Namespace) -> int:
    """Relays one session and returns its exit code."""
    from gk_hooks.gate.approvals import Approvals
    from gk_hooks.gate.engine import View
    from gk_hooks.gate.model import FailMode
    from gk_hooks.gate.pins import Pins, read_pins
    from gk_hooks.gate.policy.load import load_policy
    from gk_hooks.gate.proxy.enforcement import Session
    from gk_hooks.gate.proxy.holding import Holding
    from gk_hooks.gate.proxy.relay import Relay
    from gk_hooks.gate.proxy.tasks import Tasks
    from gk_hooks.gate.state import SqliteStore, default_path
    from gk_hooks.gate.threats import HeuristicScanner

    command = getattr(options, "after_dashes", None)
    if not command:
        raise UsageError("write the server to run after --: gk mcp run --policy FILE --audit FILE -- SERVER …")
    principal = principal_from(options)
    policy = load_policy(options.policy)
    reviewed = read_pins(Path(options.pins)) if options.pins else None
    name, tasks = options.session or secrets.token_hex(8), Tasks()
    about = {
        "policy": policy.digest,
        "policy_name": policy.name,
        "session": name,
        "principal": principal.id,
        "identity": principal.how,
        "token": principal.token_id,
    }
    with (
        _open_log(options, command, about) as log,
        closing(SqliteStore(options.state or default_path(options.audit))) as store,
    ):
        forget_secrets()
        scan = HeuristicScanner().scan
        view = View(spent=store.spent, scan=scan, issued=tasks.issued, fail=FailMode(options.fail), session=name)
        pins = None if options.no_pins else Pins(store, "\0".join(command), scan, reviewed)
        session = Session(policy, principal, view, store, log, note, tasks, options.denial == "error", pins)
        approvals = Approvals(store, principal, policy)
        where = f"--state {options.state}" if options.state else f"--audit {options.audit}"
        holding = Holding(session, approvals, ask_client=options.ask == "both", where=where)
        return Relay(session, holding, command, drain=options.drain).run()


def _open_log(options: argparse.Namespace, command: Sequence[str], about: Mapping[str, object]) -> AuditLog:
    """The audit log, with what it is about. Of the server's arguments, which may hold secrets, it keeps a digest."""
    from gk_hooks.evidence.keys import read_signing_key
    from gk_hooks.gate.audit import AuditLog, load_digest_key
    from gk_hooks.gate.audit.secrets import Digester

    audit = Path(options.audit)
    key = load_digest_key(Path(options.digest_key or f"{audit}.digest-key"))
    words = Digester(key).digest("\0".join(command).encode("utf-8", "surrogateescape"))
    log = AuditLog.open(
        audit,
        digest_key=key,
        key=read_signing_key(Path(options.signing_key) if options.signing_key else None, name="audit"),
        retiring=read_signing_key(Path(options.retiring_key), name="audit") if options.retiring_key else None,
        checkpoints=Path(options.checkpoints) if options.checkpoints else None,
        about={**about, "server": command[0], "server_command": words},
    )
    for notice in log.notices:
        note(notice)
    return log


def note(text: str) -> None:
    """One line for the operator. Standard output belongs to the protocol."""
    from gk_hooks.model.text import printable

    line = f"gk mcp: {printable(text)}\n".encode("utf-8", "backslashreplace")
    os.write(sys.stderr.fileno(), line)


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{word!r} is no number of seconds from 0 to 86400")
    return seconds
