"""Ties what happened to what the scan found: which network findings this run exercised, and how."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from gk_hooks.egress.events import BLOCKED, DNS, LOCAL, LOOPBACK
from gk_hooks.egress.sites import Sites
from gk_hooks.model.findings import Finding
from gk_hooks.model.report import Report

EXERCISED_BLOCKED, EXERCISED_LOOPBACK, NOT_EXERCISED = (
    "exercised and blocked",
    "exercised, loopback only",
    "not exercised",
)
REFUSED = frozenset({BLOCKED, DNS})
PERMITTED = frozenset({LOOPBACK, LOCAL})
MOST_HOSTS = 20
MOST_LINES = 500
"""Of one finding: an expression that goes on for longer is matched by its first lines."""


def correlate(report: Report, sites: Sites) -> list[dict[str, Any]]:
    """One entry for each network finding, in the order of the report."""
    by_place: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for (file, line, action, host), _ in sites.places.items():
        by_place.setdefault((_inside(report.root_path, file), line), []).append((action, host))
    by_script: dict[str, list[tuple[str, str, bool]]] = {}
    for (word, action, host, tells), _ in sites.scripts.items():
        by_script.setdefault(_inside(report.root_path, word), []).append((action, host, tells))
    found = []
    for result in report.current:
        finding = result.finding
        if finding.rule_id.startswith("NET"):
            joined, events = _events(finding, by_place, by_script, sites)
            found.append(_entry(finding, joined, events))
    return found


def by_line(report: Report) -> dict[tuple[str, int], list[str]]:
    """(real path, line) → the network findings that stand there, for the events of the log."""
    found: dict[tuple[str, int], list[str]] = {}
    for result in report.current:
        finding, site = result.finding, result.finding.site
        if finding.rule_id.startswith("NET"):
            path = os.path.realpath(os.path.join(report.root_path, finding.file))
            for line in _lines(finding):
                found.setdefault((path, line), []).append(f"{finding.rule_id} {finding.file}:{site.line}")
    return found


def _lines(finding: Finding) -> range:
    site = finding.site
    return range(site.line, min(max(site.line, site.end_line), site.line + MOST_LINES) + 1)


def _events(
    finding: Finding,
    by_place: dict[tuple[str, int], list[tuple[str, str]]],
    by_script: dict[str, list[tuple[str, str, bool]]],
    sites: Sites,
) -> tuple[str, list[tuple[str, str]]]:
    """How the finding could be joined with events, and these events: by the stack, else by script and host.

    A finding that knows no destination is joined with whatever its script did, unless that told its stacks: then the
    attempt has a line, and it is another one.
    """
    events = [event for line in _lines(finding) for event in by_place.get((finding.file, line), ())]
    if events:
        return "stack", events
    script = by_script.get(finding.file, ())
    here = [event[:2] for event in script if _same_host(finding.destination, event[1])]
    if here:
        return "script and destination", here
    if not _host(finding.destination):
        done = [event[:2] for event in script if not event[2]]
        return ("script", done) if done else ("", [])
    there = [key for key in sites.hosts if key[0] in REFUSED and _same_host(finding.destination, key[1])]
    return ("destination", there) if there else ("", [])


def _same_host(destination: str, host: str) -> bool:
    """Whether a finding's destination, as far as it is known, names *host*."""
    name = _host(destination)
    return bool(name and host) and host.lower() in (name, name.rpartition(":")[0].strip("[]"))


def _host(destination: str) -> str:
    """The host in a finding's destination, perhaps with a port; "" where it is not known."""
    name = destination.partition("://")[2] or destination
    name = name.partition("/")[0].rpartition("@")[2].lower()
    return "" if "{" in name else name


def _entry(finding: Finding, joined: str, events: Iterable[tuple[str, str]]) -> dict[str, Any]:
    actions = {action for action, _ in events}
    state = NOT_EXERCISED
    if actions & REFUSED:
        state = EXERCISED_BLOCKED
    elif actions & PERMITTED:
        state = EXERCISED_LOOPBACK
    return {
        "rule_id": finding.rule_id,
        "file": finding.file,
        "line": finding.site.line,
        "destination": finding.destination,
        "state": state,
        "joined_by": joined or None,
        "hosts": sorted({host for _, host in events if host})[:MOST_HOSTS],
    }


def _inside(root: str, path: str) -> str:
    """*path* below *root* with ``/``, or as it is."""
    if not os.path.isabs(path):
        path = os.path.join(os.getcwd(), path)
    try:
        below = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
    except ValueError:
        return path
    return path if below.startswith(os.pardir) else below.replace(os.sep, "/")
