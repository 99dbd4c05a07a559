"""``gk baseline``: accepts findings one by one, shows what became of that, and takes out what matches nothing more."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from gk_hooks.commands.explain import find
from gk_hooks.commands.options import add_policy_arguments, policy_options
from gk_hooks.commands.output import run_job
from gk_hooks.errors import GkError, UsageError
from gk_hooks.model.findings import Severity
from gk_hooks.model.records import replace
from gk_hooks.model.report import Report, Suppression
from gk_hooks.model.text import display_width, path_keys, printable, to_json
from gk_hooks.pipeline.acceptance import MAX_SIZE, Home, directory_acceptance, home_of, identifier
from gk_hooks.pipeline.scan import Job
from gk_hooks.pipeline.targets import Options, commit_job, directory_job
from gk_hooks.policy import accepted
from gk_hooks.policy.accepted import Scanned, State, Verdict
from gk_hooks.policy.baseline import FILE_NAME, Baseline, BaselineEntry, day, parse, render, to_keys, words
from gk_hooks.policy.decide import PROTECTED
from gk_hooks.policy.files import read_small, read_text
from gk_hooks.reports.view import place
from gk_hooks.reports.words import count
from gk_hooks.reports.write import print_text, replace_file
from gk_hooks.source.directory import DirectorySnapshot

NEXT = "next: read it line by line, commit it together with the code, and have somebody else review the change"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One parser for each action."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", prog=parser.prog, required=True)
    create = actions.add_parser("create", help="accept every finding that is high or worse, in a new baseline")
    create.add_argument("paths", nargs="*", metavar="PATH", help="folders or files as they are on disk (default: .)")
    create.add_argument("--at", metavar="REV", help="the whole tree at a commit or tag instead of PATH")
    create.add_argument("--rule", action="append", default=[], metavar="ID", help="only findings of this rule")
    add = actions.add_parser("add", help="accept one finding")
    add.add_argument("rule", metavar="RULE", help="the rule's id, for example NET002")
    add.add_argument("place", metavar="PATH:LINE[:COLUMN]", help="where the finding stands, as reports print it")
    show = actions.add_parser("show", help="list what is accepted and what became of it")
    show.add_argument("--format", choices=("text", "json"), default="text", help="how to print it (default: text)")
    prune = actions.add_parser("prune", help="take out the entries that match nothing any more")
    for action in (show, prune):
        action.add_argument("folder", nargs="?", default=".", metavar="PATH", help="in the repository (default: .)")
    for action in (create, add):
        group = action.add_argument_group("the approval")
        group.add_argument("--reason", required=True, metavar="TEXT", help="why this is acceptable")
        group.add_argument("--by", required=True, metavar="NAME", help="who approves it")
        group.add_argument("--expires", default="", metavar="DATE", help="the last day it holds, such as 2025-01-31")
    for action in (create, add, show, prune):
        add_policy_arguments(action)
        action.set_defaults(output_dir=None)


def run(options: argparse.Namespace) -> int:
    """Runs one action; 0 when it did what it is for."""
    lines = {"create": _create, "add": _add, "show": _show, "prune": _prune}[options.action](options)
    print_text("".join(line + "\n" for line in lines), sys.stdout)
    return 0


# --- create and add


def _create(options: argparse.Namespace) -> Iterator[str]:
    approval = _approval(options)
    rules = {find(name).id for name in options.rule}
    job = _job(options)
    home = home_of(job.snapshot.root)
    if options.at is not None and (home.repository is None or not home.repository.worktree):
        raise GkError("a bare repository has no place for the baseline: run this in a clone with a work tree")
    if os.path.lexists(home.path):
        raise UsageError(f"{_shown(home)} exists already: accept more with gk baseline add RULE PATH:LINE")
    report = run_job(job)
    hashed = {record.path for record in report.records if record.sha256}
    wanted = [
        number
        for number, result in enumerate(report.results)
        if result.suppression is None
        and result.severity.rank <= Severity.HIGH.rank
        and (not rules or result.finding.rule_id in rules)
    ]
    chosen = [number for number in wanted if report.results[number].finding.file in hashed]
    entries = _entries(chosen, report, job, home, approval)
    if entries:
        replace_file(Path(home.path), render(entries))
        yield from _written(home, entries)
    else:
        yield "nothing to accept: no finding is high or worse" + (f" for {', '.join(sorted(rules))}" if rules else "")
    if len(chosen) < len(wanted):
        yield f"note: {count(len(wanted) - len(chosen), 'file')} could not be read, which nobody can accept"


def _add(options: argparse.Namespace) -> Iterator[str]:
    approval = _approval(options)
    rule = find(options.rule).id
    path, line, column = _place(options.place)
    job = directory_job([path], _policy(options))
    home = home_of(job.snapshot.root)
    baseline = home.baseline() or Baseline(home.path, "")
    report = run_job(job)
    chosen = _findings_at(report, rule, path, line, column)
    verdicts = _verdicts(baseline, home, job, report)
    used = {verdict.result: verdict.entry for verdict in verdicts if verdict.state is State.USED}
    missing = [number for number in chosen if number not in used]
    if not missing:
        yield f"nothing to add: line {used[chosen[0]].number} of {_shown(home)} accepts it already"
        return
    entries = _entries(missing, report, job, home, approval)
    renewed = {verdict.entry.key for verdict in verdicts if verdict.result in missing}
    replaced = renewed | {entry.key for entry in entries}
    replace_file(Path(home.path), render([*(e for e in baseline.entries if e.key not in replaced), *entries]))
    yield from _written(home, entries)


def _job(options: argparse.Namespace) -> Job:
    if options.at is None:
        return directory_job(options.paths or ["."], _policy(options))
    if options.paths:
        raise UsageError("name either paths or --at")
    return commit_job(options.at, _policy(options))


def _policy(options: argparse.Namespace) -> Options:
    """Without the baseline, which is what these actions are about."""
    return replace(policy_options(options), baseline=False)


def _approval(options: argparse.Namespace) -> Suppression:
    values = {"--reason": options.reason, "--by": options.by, "--expires": options.expires}
    for option, value in values.items():
        try:
            if option == "--expires":
                value and day(value)
            else:
                values[option] = words(value)
        except ValueError as error:
            raise UsageError(f"{option} {error}") from None
    return Suppression("baseline", values["--reason"], values["--by"], expires=values["--expires"])


def _place(text: str) -> tuple[str, int, int]:
    match = re.fullmatch(r"(.+?):([0-9]{1,9})(?::([0-9]{1,9}))?", text, re.DOTALL)
    if match is None:
        raise UsageError(f"{text!r} is no place: write PATH:LINE or PATH:LINE:COLUMN, as reports print it")
    return match[1], int(match[2]), int(match[3] or 0)


def _findings_at(report: Report, rule: str, path: str, line: int, column: int) -> list[int]:
    """The numbers of the results at one place; UsageError where there are none, or several places."""
    sites = {n: r.finding.site for n, r in enumerate(report.results) if r.finding.rule_id == rule}
    if not sites:
        raise UsageError(f"gk finds no {rule} in {path}")
    on_line = {number: site for number, site in sites.items() if site.line == line}
    columns = sorted({site.column for site in on_line.values()})
    if not columns or (column and column not in columns):
        places = sorted({(site.line, site.column) for site in sites.values()})
        found = ", ".join(f"{line}:{column}" for line, column in places[:5]) + (" …" if len(places) > 5 else "")
        raise UsageError(f"there is no {rule} at {place(path, line, column)}; it is at {found}")
    if not column and len(columns) > 1:
        raise UsageError(
            f"{rule} stands there more than once: say {place(path, line)}:{' or :'.join(map(str, columns))}"
        )
    return [number for number, site in on_line.items() if site.column == (column or columns[0])]


def _entries(chosen: list[int], report: Report, job: Job, home: Home, approval: Suppression) -> list[BaselineEntry]:
    scanned = Scanned(report.results, report.records, prefix=home.prefix)
    return accepted.accept(chosen, scanned, identifier(home, job.snapshot), approval)


def _written(home: Home, entries: list[BaselineEntry]) -> Iterator[str]:
    rules = Counter(entry.rule for entry in entries)
    counts = ", ".join(f"{number} {rule}" for rule, number in sorted(rules.items()))
    yield printable(f"wrote {_shown(home)}: {count(len(entries), 'finding')} accepted ({counts})")
    if protected := sorted(PROTECTED & rules.keys()):
        yield f"note: with an accepted {' or '.join(protected)} the decision is CONDITIONAL_PASS at best"
    yield NEXT


# --- show and prune


def _show(options: argparse.Namespace) -> Iterator[str]:
    home = home_of(os.path.abspath(options.folder))
    baseline = home.baseline() or _none(home)
    report, verdicts = _judge(baseline, home, options)
    now = [_now(verdict, report) for verdict in verdicts]
    if options.format == "json":
        entries = [_document(verdict, where) for verdict, where in zip(verdicts, now, strict=True)]
        yield to_json({**path_keys(home.path), "sha256": baseline.sha256, "entries": entries}).rstrip("\n")
        return
    yield from _table(verdicts, now)
    counts = Counter(verdict.state for verdict in verdicts)
    states = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    yield printable(f"{_shown(home)}: {count(len(verdicts), 'entry', 'entries')}" + (f" ({states})" if states else ""))
    if counts[State.STALE]:
        yield "next: gk baseline prune takes the stale entries out"


def _prune(options: argparse.Namespace) -> Iterator[str]:
    home = home_of(os.path.abspath(options.folder))
    if not os.path.lexists(home.path):
        _none(home)
    data = read_small(home.path, MAX_SIZE)
    baseline = parse(home.path, data, repeated=True)
    report, verdicts = _judge(baseline, home, options)
    if not report.records:
        raise GkError("no file is in scope, so nothing shows which entries are stale: check the settings")
    stale = [verdict for verdict in verdicts if verdict.state is State.STALE]
    kept = {verdict.entry.number for verdict in verdicts} - {verdict.entry.number for verdict in stale}
    lines = list(enumerate(read_text(home.path, data).split("\n"), start=1))
    left = [line for number, line in lines if number in kept or not line.strip()]
    repeated = len(lines) - len(left) - len(stale)
    if len(left) < len(lines):
        replace_file(Path(home.path), "\n".join(left))
    yield from (printable(f"took out {verdict.label}") for verdict in stale)
    if repeated:
        yield f"took out {count(repeated, 'line')} that stood there twice"
    yield from (
        printable(f"kept {verdict.label}") for verdict in verdicts if verdict.state in (State.EXPIRED, State.UNREADABLE)
    )
    taken = f"{len(lines) - len(left)} taken out, " if len(left) < len(lines) else "nothing is stale, "
    yield printable(f"{_shown(home)}: {taken}{count(len(kept), 'entry', 'entries')} left")
    if len(left) < len(lines):
        yield "next: commit it"


def _judge(baseline: Baseline, home: Home, options: argparse.Namespace) -> tuple[Report, tuple[Verdict, ...]]:
    """A scan of all that the baseline may speak of, and what its entries come to."""
    job = directory_job([home.folder], _policy(options))
    report = run_job(job)
    return report, _verdicts(baseline, replace(home, prefix=""), job, report)


def _verdicts(baseline: Baseline, home: Home, job: Job, report: Report) -> tuple[Verdict, ...]:
    assert isinstance(job.snapshot, DirectorySnapshot)
    acceptance = directory_acceptance(baseline, home, job.snapshot, date.today())
    return acceptance.verdicts(report.results, report.records)


def _shown(home: Home) -> str:
    """The path of the file, short where it lies below the current folder."""
    try:
        below = os.path.relpath(home.path)
    except ValueError:  # another drive
        return home.path
    return home.path if below.startswith(os.pardir) else below


def _none(home: Home) -> Baseline:
    raise UsageError(f"{home.folder} has no {FILE_NAME}: accept findings with gk baseline create or add")


def _now(verdict: Verdict, report: Report) -> str:
    """Where the finding stands now, "" where it stands still or there is none."""
    if verdict.result is None:
        return ""
    finding, entry = report.results[verdict.result].finding, verdict.entry
    same = (finding.file, finding.site.line) == (entry.path, entry.line)
    return "" if same else place(finding.file, finding.site.line, finding.site.column)


def _document(verdict: Verdict, now: str) -> dict[str, object]:
    return {**to_keys(verdict.entry), "state": verdict.state.value, "why": verdict.why, "now": now}


def _table(verdicts: Iterable[Verdict], now: Iterable[str]) -> Iterator[str]:
    """The entries in aligned columns, each with why on a line of its own."""
    rows: list[tuple[str, ...]] = [("state", "rule", "place", "approved by", "expires", "reason")]
    whys = [""]
    for verdict, moved in zip(verdicts, now, strict=True):
        entry = verdict.entry
        where = place(entry.path, entry.line, entry.column) + (f" (now {moved})" if moved else "")
        cells = (verdict.state.value, entry.rule, where, entry.approved_by, entry.expires or "-", entry.reason)
        rows.append(tuple(map(printable, cells)))
        whys.append(printable(verdict.why))
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    for row, why in zip(rows, whys, strict=True):
        padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()
        if why:
            yield f"{'':{widths[0]}}  {why}"
