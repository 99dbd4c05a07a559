"""The technical part of report.md, for security officers and engineers: one function per section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from gk_hooks.model.findings import Rule
from gk_hooks.model.kinds import Kind
from gk_hooks.model.report import BaselineState, Report, Result
from gk_hooks.model.text import printable
from gk_hooks.reports import runtime, view, words
from gk_hooks.reports.frame import frame
from gk_hooks.reports.markup import block, code, prose, table

Section = Callable[[Report, Mapping[str, Rule]], Iterator[str]]


def sections(report: Report, rules: Mapping[str, Rule]) -> Iterator[Iterable[str]]:
    """Every section that has something to say, in the order of the report."""
    for title, section in _SECTIONS:
        lines = list(section(report, rules))
        if lines:
            yield [f"## {title}", "", *(lines if lines[-1] else lines[:-1])]


def _findings(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    groups = view.grouped(report.counted)
    if not groups:
        yield "No findings count in this scan."
    for severity, by_rule in groups.items():
        yield f"### {severity.value.upper()} ({sum(map(len, by_rule.values())):,})"
        yield ""
        for rule_id, results in by_rule.items():
            rule = rules[rule_id]
            yield f"#### {rule_id} {prose(rule.title)} ({len(results):,})"
            yield ""
            yield f"- Why it matters: {prose(rule.why)}"
            yield f"- Remediation: {prose(rule.fix)}"
            yield f"- References: {_references(rule)}"
            yield ""
            for number, result in enumerate(results, 1):
                yield from _finding(number, result, report)


def _references(rule: Rule) -> str:
    parts = [
        ", ".join(rule.cwe),
        f"NIST SP 800-53 {', '.join(rule.nist)}" if rule.nist else "",
        f"ATT&CK {', '.join(rule.attack)}" if rule.attack else "",
        f"category {rule.category.value}",
    ]
    return prose("; ".join(part for part in parts if part))


def _finding(number: int, result: Result, report: Report) -> Iterator[str]:
    finding, site = result.finding, result.finding.site
    indent = " " * (len(str(number)) + 2)
    yield (
        f"{number}. {_place(result)}: {code(view.shown(finding.evidence))} "
        f"({finding.certainty.value}, confidence {result.confidence.value})"
    )
    source = frame(finding.file, site, report.sources)
    if source:
        yield ""
        yield from block(source, indent)
    facts = [] if source or not site.excerpt else [f"Code: {code(site.excerpt)}"]
    facts += [f"Destination: {code(view.shown(finding.destination))}"] if finding.destination else []
    facts += [f"Command: {code(view.shown(finding.command))}"] if finding.command else []
    facts += [f"From line {step.line}: {code(view.shown(step.what))}" for step in finding.trail]
    facts += [f"Inside: {_chain(site.chain)}"] if site.chain else []
    facts += [f"New because: {prose(result.why_new)}"] if result.why_new else []
    if facts:
        yield ""
        yield from (f"{indent}- {fact}" for fact in facts)
    if result.hunks:
        yield ""
        yield from block([printable(line.replace("\t", "    ")) for line in result.hunks], indent, "diff")
    yield ""


def _place(result: Result) -> str:
    site = result.finding.site
    return code(view.place(result.finding.file, site.line, site.column))


def _chain(chain: Iterable[str]) -> str:
    return " → ".join(code(view.shown(link)) for link in chain)


def _network(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield "Every call that can use the network, and where it goes as far as the source tells."
    yield ""
    if not report.network:
        yield "No network-capable call was found."
        return
    reaches = sorted(Counter(call.reach for call in report.network).items())
    yield f"Reach: {', '.join(f'{number:,} {reach}' for reach, number in reaches)}."
    yield ""
    yield from table(
        ["place", "call", "direction", "destination", "reach"],
        (
            (
                code(view.place(call.file, call.line)),
                code(view.shown(call.callee)) + (f" inside {_chain(call.chain)}" if call.chain else ""),
                call.direction,
                code(view.shown(call.destination)) if call.destination else "unknown",
                call.reach,
            )
            for call in report.network
        ),
    )


def _completeness(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    files = view.coverage(report)
    yield words.completeness(report)
    if files.missing:
        yield ""
        yield from table(
            ["file", "what", "bytes", "why"],
            (
                (code(record.path), record.status.value, f"{max(record.size, 0):,}", prose(record.reason))
                for record in files.missing
            ),
        )
    if report.left_out:
        yield ""
        yield "Not looked into, because it lies out of scope:"
        yield ""
        yield from (f"- {code(place)}" for place in report.left_out)


def _suppressed(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    accepted = view.worst_first(view.suppressed(report))
    if accepted:
        yield "These findings were found and do not count, because somebody accepted them."
        yield ""
        yield from table(
            ["place", "rule", "severity", "evidence", "accepted by", "justification"],
            (
                (
                    _place(result),
                    result.finding.rule_id,
                    result.severity.value,
                    code(view.shown(result.finding.evidence)),
                    _approval(result),
                    prose(result.suppression.justification if result.suppression else ""),
                )
                for result in accepted
            ),
        )
    if report.allowlist:
        use = report.allowlist
        yield "" if accepted else "No finding is suppressed."
        yield f"Allowlist {code(use.path)} (SHA-256 `{use.sha256}`): {words.count(use.entries, 'entry', 'entries')}."
        if use.unused:
            yield "Entries that matched nothing:"
            yield ""
            yield from (f"- {code(entry)}" for entry in use.unused)
    yield from _baseline(report)


def _baseline(report: Report) -> Iterator[str]:
    use = report.baseline
    if use is None:
        return
    yield ""
    counted = words.count(use.entries, "entry", "entries")
    yield f"Baseline {code(use.source)} (SHA-256 `{use.sha256}`): {counted}, {len(use.honoured):,} used."
    for sentence, entries in words.baseline_problems(report):
        yield ""
        yield f"{prose(sentence)}:"
        yield ""
        yield from (f"- {code(entry)}" for entry in entries)


def _approval(result: Result) -> str:
    accepted = result.suppression
    assert accepted is not None
    parts = [accepted.source, accepted.approved_by or "no approver named", accepted.approved_on]
    return prose(", ".join(part for part in parts if part)) + (
        f", until {accepted.expires}" if accepted.expires else ""
    )


def _base(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    known, gone = view.in_state(report, BaselineState.UNCHANGED), view.in_state(report, BaselineState.ABSENT)
    if known or gone:
        yield "Findings that the base has too, or had; they do not count here."
        yield ""
        yield from table(
            ["place", "rule", "severity", "state", "evidence"],
            (
                (
                    _place(result),
                    result.finding.rule_id,
                    result.severity.value,
                    result.state.value if result.state else "",
                    code(view.shown(result.finding.evidence)),
                )
                for result in view.worst_first([*known, *gone])
            ),
        )


def _inventory(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    counts = Counter(record.kind for record in report.records)
    yield from table(["type", "files"], ((kind.value, f"{counts[kind]:,}") for kind in Kind))
    yield ""
    if not report.artifacts:
        yield "No third-party artifacts (wheels, archives) were found."
        return
    yield "Third-party artifacts, listed and not analyzed:"
    yield ""
    yield from (f"- {code(path)}" for path in report.artifacts)


def _limitations(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield from (f"- {sentence}" for sentence in words.LIMITATIONS)


def _identity(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    git = report.git
    rows = (
        ("Tool", f"gk {report.version}"),
        ("Profile", code(report.profile)),
        ("Rule pack (SHA-256)", code(report.rulepack_hash)),
        ("Configuration (SHA-256)", code(report.config_hash)),
        ("Commit", code(git.head_commit or "")),
        ("Tree", code(git.tree or "")),
        ("Index", code(git.index or "")),
        ("Base", ", ".join(map(code, git.base_commits))),
    )
    yield from table(["what", "value"], ((name, value) for name, value in rows if value not in ("", "–")))
    yield ""
    yield "The manifest lists the SHA-256 of every file in scope."


def _run(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    run = report.run
    yield from table(
        ["what", "value"],
        (
            ("Started", prose(run.started_at)),
            ("Finished", f"{prose(run.finished_at)} ({run.duration_ms:,} ms)"),
            ("Host", code(run.hostname)),
            ("System", prose(run.os)),
            ("Python", prose(run.python_version)),
            ("Working directory", code(run.cwd)),
        ),
    )


_SECTIONS: tuple[tuple[str, Section], ...] = (
    ("Findings", _findings),
    ("Network evidence", _network),
    ("Runtime egress", runtime.section),
    ("Audit completeness", _completeness),
    ("Suppressed findings", _suppressed),
    ("Base findings", _base),
    ("Inventory", _inventory),
    ("Limitations", _limitations),
    ("Identity", _identity),
    ("Run", _run),
)
