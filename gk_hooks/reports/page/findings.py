"""The findings: by severity, then by rule, each with its code, the way of its value, and how it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from gk_hooks.model.findings import Rule
from gk_hooks.model.report import Report, Result
from gk_hooks.reports import sections, view, words
from gk_hooks.reports.blocks import Code, Line, joined
from gk_hooks.reports.page import filters
from gk_hooks.reports.page.code import frame
from gk_hooks.reports.page.markup import element, line, source, text


def findings(report: Report, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Every result of *report*; the filters say which are shown."""
    if not report.results:
        yield element("p", "Nothing was found.")
        return
    yield filters.controls(report.results)
    if not report.counted:
        yield element("p", "No finding counts in this scan; these are on record.")
    numbers = count(1)
    linked: set[str] = set()
    for severity, by_rule in view.grouped(report.results).items():
        everything = [result for results in by_rule.values() for result in results]
        groups = []
        for rule_id, results in by_rule.items():
            articles = [_finding(next(numbers), result, report) for result in results]
            groups.append(_rule(rules[rule_id], results, articles, anchor=rule_id not in linked))
            linked.add(rule_id)
        marks = " ".join(f"has-{rule_id}" for rule_id in by_rule)
        yield element(
            "section",
            element("h3", element("span", text(severity.value), class_=f"badge {severity.value}"), _counts(everything)),
            *groups,
            class_=f"severity {severity.value} {marks} {_has(everything)}",
            aria_label=f"Severity {severity.value}",
        )


def _rule(rule: Rule, results: Sequence[Result], articles: Sequence[str], *, anchor: bool) -> str:
    advice = (
        element("dt", "Why it matters") + element("dd", text(rule.why)),
        element("dt", "What to do") + element("dd", text(rule.fix)),
        element("dt", "References") + element("dd", text(words.references(rule))),
    )
    title = element("h4", element("span", text(rule.id), class_="id"), " ", text(rule.title))
    return element(
        "details",
        element("summary", title, _counts(results)),
        element("dl", *advice, class_="advice"),
        *articles,
        class_=f"rule {rule.id} {_has(results)}",
        id=rule.id if anchor else "",
        open=True,
    )


def _finding(number: int, result: Result, report: Report) -> str:
    finding, site = result.finding, result.finding.site
    place = view.place(finding.file, site.line, site.column)
    state = filters.status(result)
    chips = [filters.STATUSES[state]] if state not in (filters.COUNTED, filters.NEW) else []
    chips += ["new"] if state == filters.NEW else []
    chips += [finding.certainty.value, f"confidence {result.confidence.value}"]
    head = element(
        "header",
        element("h5", element("a", f"#{number}", href=f"#finding-{number}"), " ", line(Code(place))),
        element("p", *(element("span", text(chip), class_="chip") for chip in chips), class_="chips"),
    )
    facts = [element("dt", name) + element("dd", line(value)) for name, value in _facts(result) if value]
    return element(
        "article",
        head,
        element("p", text(view.shown(finding.evidence)), class_="evidence"),
        frame(finding, report.sources),
        element("dl", *facts, class_="known") if facts else "",
        _hunks(result),
        class_=f"finding {state}",
        id=f"finding-{number}",
    )


def _facts(result: Result) -> Iterator[tuple[str, Line]]:
    finding, accepted = result.finding, result.suppression
    yield "Destination", _code(finding.destination)
    yield "Command", _code(finding.command)
    yield "Inside", joined(" → ", map(view.shown, finding.site.chain))
    yield "New because", result.why_new
    yield "Introduced by", Code(words.introduced(result)) if result.introduced else ""
    if accepted is not None:
        yield "Accepted by", sections.approval(result)
        yield "Because", accepted.justification


def _code(value: str) -> Line:
    return Code(view.shown(value)) if value else ""


def _hunks(result: Result) -> str:
    """What changed around the finding, as a unified diff."""
    kinds = {"+": "added", "-": "removed", "@": "gap"}
    rows = [element("code", source(row), class_=kinds.get(row[:1], "")) for row in result.hunks]
    return element("pre", *rows, class_="frame diff") if rows else ""


def _counts(results: Sequence[Result]) -> str:
    """How many there are, told apart by how they stand where they differ."""
    statuses = Counter(map(filters.status, results))
    kept = [name for name in filters.STATUSES if statuses[name]]
    if kept in ([filters.COUNTED], [filters.NEW]):
        told = f"{len(results):,}"
    else:
        told = ", ".join(f"{statuses[name]:,} {filters.SHORT[name]}" for name in kept)
    return element("span", told, class_="count")


def _has(results: Sequence[Result]) -> str:
    return " ".join(f"has-{name}" for name in sorted({filters.status(result) for result in results}))
