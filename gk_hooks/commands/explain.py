"""``gk explain RULE``: what a rule means, offline; ``--markdown`` prints docs/rules.md, the page of all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable

from gk_hooks import rules
from gk_hooks.commands.selftest import findings_in
from gk_hooks.errors import UsageError, hint
from gk_hooks.model.findings import Example, Finding, Rule
from gk_hooks.model.kinds import Kind, kind_of
from gk_hooks.model.text import printable
from gk_hooks.pipeline.workers import NOWHERE
from gk_hooks.policy.profile import Profile, judge
from gk_hooks.reports.view import shown
from gk_hooks.reports.write import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which rule."""
    parser.add_argument("rule", nargs="?", metavar="RULE", help="a rule's id, for example NET001 (default: list all)")
    parser.add_argument("--markdown", action="store_true", help="print every rule as one Markdown page")


def run(options: argparse.Namespace) -> int:
    """Prints one rule, or a line for each."""
    if options.markdown:
        lines = rules_page(rules.RULES if options.rule is None else [find(options.rule)])
    elif options.rule is None:
        lines = [f"{rule.id}  {rule.severity.value:<8} {rule.title}" for rule in rules.RULES]
    else:
        lines = explain(find(options.rule))
    print_text("\n".join(lines) + "\n", sys.stdout)
    return 0


def find(name: str) -> Rule:
    """The rule called *name* in any case; UsageError with a suggestion when there is none."""
    rule = rules.BY_ID.get(name.upper())
    if rule is None:
        raise UsageError(f"there is no rule {name!r}: {hint(name.upper(), rules.BY_ID, 'rules are')}")
    return rule


def explain(rule: Rule) -> list[str]:
    """The rule as lines of plain text."""
    facts = [
        f"{rule.id}: {rule.title}",
        "",
        f"  category    {rule.category.value}",
        f"  severity    {rule.severity.value} when proven (confidence {rule.confidence.value})",
        f"  references  {', '.join((*rule.cwe, *rule.attack))}; NIST SP 800-53: {', '.join(rule.nist)}",
        "",
        f"Why it matters: {rule.why}",
        f"What to do: {rule.fix}",
    ]
    return [*facts, *_examples("Reported", rule.bad, rule.id), *_examples("Not reported", rule.good)]


def _examples(title: str, examples: tuple[Example, ...], rule: str = "") -> list[str]:
    """Each example as it stands, and what gk says of it in the name of *rule*."""
    lines = ["", f"{title}:"]
    for example in examples:
        lines += ["", f"  # {example.name}", *(f"  {printable(line)}" for line in example.code.split("\n"))]
        for finding in findings_in(example) if rule else ():
            if finding.rule_id == rule:
                lines.append(f"  -> line {finding.site.line}: {printable(shown(finding.evidence))}")
    return lines


# --- the page

FENCES = {Kind.POWERSHELL: "powershell", Kind.BATCH: "bat", Kind.SHELL: "sh", Kind.VBSCRIPT: "vb"}

INTRODUCTION = """\
# Rules

This page is made from the rules themselves: `python3 -m gk_hooks explain --markdown > docs/rules.md`.

A rule sees what code would do, not how it is written, so each holds in every language. Severities are those of a proven
finding; what is only likely, or only looks like it, is never a blocker (see the
[specification](MCEN_Python_Safety_Scanner_SPEC.md)). An allowlist can accept `PEX003` and nothing else.

| rule | title | category | practical | strict | confidence |
| --- | --- | --- | --- | --- | --- |"""


def rules_page(wanted: Iterable[Rule]) -> list[str]:
    """docs/rules.md: a table of the rules, then each with its reasons and examples."""
    wanted = list(wanted)
    lines = INTRODUCTION.split("\n")
    for rule in wanted:
        practical, strict = (_severity(rule, profile) for profile in Profile)
        cells = (f"[{rule.id}](#{rule.id.lower()})", rule.title, rule.category.value, practical, strict)
        lines.append(f"| {' | '.join(cells)} | {rule.confidence.value} |")
    for rule in wanted:
        lines += _section(rule)
    return lines


def _severity(rule: Rule, profile: Profile) -> str:
    return judge(Finding(rule.id, NOWHERE, ""), rule, profile, frozenset())[0].value


def _section(rule: Rule) -> list[str]:
    attack = f"; ATT&CK {', '.join(rule.attack)}" if rule.attack else ""
    lines = [
        *("", f"## {rule.id}", ""),
        *(f"**{rule.title}.** {rule.why}", ""),
        *(f"What to do: {rule.fix}", ""),
        f"References: {', '.join(rule.cwe)}; NIST SP 800-53 {', '.join(rule.nist)}{attack}.",
    ]
    for title, examples in (("Reported", rule.bad), ("Not reported", rule.good)):
        lines += ["", f"{title}:"]
        for example in examples:
            kind = kind_of(example.name) or Kind.PYTHON
            code = [printable(line) for line in example.code.split("\n")]
            lines += ["", f"```{FENCES.get(kind, kind.value)}", *code, "```"]
    return lines
