"""The sections of a report beside its findings, for security officers and engineers: one function for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from gk_hooks.model.kinds import Kind
from gk_hooks.model.report import BaselineState, Report, Result
from gk_hooks.reports import runtime, view, words
from gk_hooks.reports.blocks import Block, Bullets, Code, Line, Paragraph, Table, codes, facts, joined

Section = Callable[[Report], Iterator[Block]]


def scanned(report: Report) -> Iterator[Block]:
    """What was scanned, and in which state."""
    git, files = report.git, view.coverage(report)
    state = f"{words.dirtiness(git)}{'; ' + git.note if git.note else ''}" if git.is_repo else ""
    yield facts(
        (
            ("Target", (Code(report.target), f": {words.mode(report)}")),
            ("Root", Code(report.root_path)),
            ("Commit", Code(git.head_commit or "") if git.is_repo else "none: not a git repository"),
            ("Release", Code(git.tag or git.describe or "")),
            ("Branch", Code(git.branch or "")),
            ("State", state),
            ("Files in scope", f"{files.in_scope:,} ({files.size:,} bytes)"),
            ("Audit", words.completeness(report)),
        )
    )
    yield from (Paragraph(f"Note: {note}") for note in report.notes)


def network(report: Report) -> Iterator[Block]:
    """Every call that can use the network."""
    yield Paragraph("Every call that can use the network, and where it goes as far as the source tells.")
    if not report.network:
        yield Paragraph("No network-capable call was found.")
        return
    reaches = sorted(Counter(call.reach for call in report.network).items())
    yield Paragraph(f"Reach: {', '.join(f'{number:,} {reach}' for reach, number in reaches)}.")
    rows = []
    for call in report.network:
        chain = joined(" → ", map(view.shown, call.chain))
        what: Line = (Code(view.shown(call.callee)), *((" inside ", *chain) if chain else ()))
        where: Line = Code(view.shown(call.destination)) if call.destination else "unknown"
        rows.append((Code(view.place(call.file, call.line)), what, call.direction, where, call.reach))
    yield Table(("place", "call", "direction", "destination", "reach"), tuple(rows))


def completeness(report: Report) -> Iterator[Block]:
    """The coverage ledger: what the decision says nothing about."""
    files = view.coverage(report)
    yield Paragraph(words.completeness(report))
    if files.missing:
        yield Table(
            ("file", "what", "bytes", "why"),
            tuple(
                (Code(record.path), record.status.value, f"{max(record.size, 0):,}", record.reason)
                for record in files.missing
            ),
        )
    if report.left_out:
        yield Paragraph("Not looked into, because it lies out of scope:")
        yield Bullets(codes(report.left_out))
    if report.undetermined:
        yield Paragraph("Constants that were not followed, because nobody can tell which file they come from:")
        yield Bullets(codes(view.undetermined(report)))


def suppressed(report: Report) -> Iterator[Block]:
    """What somebody accepted, and what is to be said of the allowlist and the baseline."""
    accepted = view.worst_first(view.suppressed(report))
    if accepted:
        yield Paragraph("These findings were found and do not count, because somebody accepted them.")
        yield Table(
            ("place", "rule", "severity", "evidence", "accepted by", "justification"),
            tuple((*_row(result), approval(result), _justification(result)) for result in accepted),
        )
    if report.allowlist:
        use = report.allowlist
        if not accepted:
            yield Paragraph("No finding is suppressed.")
        entries = words.count(use.entries, "entry", "entries")
        yield Paragraph(("Allowlist ", Code(use.path), " (SHA-256 ", Code(use.sha256), f"): {entries}."))
        if use.unused:
            yield Paragraph("Entries that matched nothing:")
            yield Bullets(codes(use.unused))
    yield from _baseline(report)


def _row(result: Result) -> tuple[Line, ...]:
    finding = result.finding
    place = view.place(finding.file, finding.site.line, finding.site.column)
    return Code(place), finding.rule_id, result.severity.value, Code(view.shown(finding.evidence))


def approval(result: Result) -> str:
    """By what, by whom, when and until when a finding was accepted; "" when it was not."""
    accepted = result.suppression
    if accepted is None:
        return ""
    parts = [accepted.source, accepted.approved_by or "no approver named", accepted.approved_on]
    until = f", until {accepted.expires}" if accepted.expires else ""
    return ", ".join(part for part in parts if part) + until


def _justification(result: Result) -> str:
    return result.suppression.justification if result.suppression else ""


def _baseline(report: Report) -> Iterator[Block]:
    use = report.baseline
    if use is None:
        return
    counted = f"{words.count(use.entries, 'entry', 'entries')}, {len(use.honoured):,} used."
    yield Paragraph(("Baseline ", Code(use.source), " (SHA-256 ", Code(use.sha256), f"): {counted}"))
    for sentence, entries in words.baseline_problems(report):
        yield Paragraph(f"{sentence}:")
        yield Bullets(codes(entries))


def base(report: Report) -> Iterator[Block]:
    """For a change: what the base has too, or had."""
    known, gone = view.in_state(report, BaselineState.UNCHANGED), view.in_state(report, BaselineState.ABSENT)
    if known or gone:
        yield Paragraph("Findings that the base has too, or had; they do not count here.")
        rows = []
        for result in view.worst_first([*known, *gone]):
            *row, evidence = _row(result)
            rows.append((*row, result.state.value if result.state else "", evidence))
        yield Table(("place", "rule", "severity", "state", "evidence"), tuple(rows))


def inventory(report: Report) -> Iterator[Block]:
    """What there is."""
    counts = Counter(record.kind for record in report.records)
    yield Table(("type", "files"), tuple((kind.value, f"{counts[kind]:,}") for kind in Kind))
    if not report.artifacts:
        yield Paragraph("No third-party artifacts (wheels, archives) were found.")
        return
    yield Paragraph("Third-party artifacts, listed and not analyzed:")
    yield Bullets(codes(report.artifacts))


def limitations(report: Report) -> Iterator[Block]:
    """What a static scan cannot show."""
    yield Bullets(words.LIMITATIONS)


def identity(report: Report) -> Iterator[Block]:
    """What the report is bound to."""
    git = report.git
    yield facts(
        (
            ("Tool", f"gk {report.version}"),
            ("Profile", Code(report.profile)),
            ("Rule pack (SHA-256)", Code(report.rulepack_hash)),
            ("Configuration (SHA-256)", Code(report.config_hash)),
            ("Commit", Code(git.head_commit or "")),
            ("Tree", Code(git.tree or "")),
            ("Index", Code(git.index or "")),
            ("Base", joined(", ", git.base_commits) or ""),
        )
    )
    yield Paragraph("The manifest lists the SHA-256 of every file in scope.")


def run(report: Report) -> Iterator[Block]:
    """When and where."""
    this = report.run
    yield facts(
        (
            ("Started", this.started_at),
            ("Finished", f"{this.finished_at} ({this.duration_ms:,} ms)"),
            ("Host", Code(this.hostname)),
            ("System", this.os),
            ("Python", this.python_version),
            ("Working directory", Code(this.cwd)),
        )
    )


SECTIONS: tuple[tuple[str, Section], ...] = (
    ("Network evidence", network),
    ("Runtime egress", runtime.section),
    ("Audit completeness", completeness),
    ("Suppressed findings", suppressed),
    ("Base findings", base),
    ("Inventory", inventory),
    ("Limitations", limitations),
    ("Identity", identity),
    ("Run", run),
)
"""In the order of the report, after the findings; one that yields nothing is left out."""
