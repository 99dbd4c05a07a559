"""The findings of report.md: by severity, then by rule, each place with its code and what is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gk_hooks.model.findings import Rule
from gk_hooks.model.report import Report, Result
from gk_hooks.model.text import printable
from gk_hooks.reports import view, words
from gk_hooks.reports.frame import frame
from gk_hooks.reports.markup import block, code, prose


def findings(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    """The lines of the section."""
    groups = view.grouped(report.counted)
    if not groups:
        yield from ("No findings count in this scan.", "")
    for severity, by_rule in groups.items():
        yield f"### {severity.value.upper()} ({sum(map(len, by_rule.values())):,})"
        yield ""
        for rule_id, results in by_rule.items():
            rule = rules[rule_id]
            yield f"#### {rule_id} {prose(rule.title)} ({len(results):,})"
            yield ""
            yield f"- Why it matters: {prose(rule.why)}"
            yield f"- Remediation: {prose(rule.fix)}"
            yield f"- References: {prose(words.references(rule))}"
            yield ""
            for number, result in enumerate(results, 1):
                yield from _finding(number, result, report)


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
    facts += [
        f"From {code(step.file) + ' ' if step.file else ''}line {step.line}: {code(view.shown(step.what))}"
        for step in finding.trail
    ]
    facts += [f"Inside: {_chain(site.chain)}"] if site.chain else []
    facts += [f"New because: {prose(result.why_new)}"] if result.why_new else []
    facts += [f"Introduced by: {code(words.introduced(result))}"] if result.introduced else []
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
