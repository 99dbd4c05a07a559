from __future__ import annotations

import re

import pytest

from gk_hooks.model.records import replace
from gk_hooks.model.report import Suppression
from gk_hooks.reports import markdown
from gk_hooks.reports.markup import block, code, prose, table
from tests.reports.sample import CLEAN, EMPTY, FULL, ODD, RULES, SINCE, result


@pytest.mark.parametrize(
    ("raw", "span"),
    (
        pytest.param("a.py", "`a.py`", id="a plain name"),
        pytest.param("a`b", "``a`b``", id="a backtick"),
        pytest.param("`a``", "``` `a`` ```", id="backticks at the ends"),
        pytest.param("<b>*x*</b>", "`<b>*x*</b>`", id="markup stays text inside a code span"),
        pytest.param("a\nb\u202e", "`a\\nb\\u202e`", id="controls are escaped"),
        pytest.param("", "–", id="nothing"),
        pytest.param(" a ", "`  a  `", id="blanks at the ends are kept"),
    ),
)
def test_code(raw, span):
    assert code(raw) == span


@pytest.mark.parametrize(
    ("raw", "escaped"),
    (
        pytest.param("plain words, 3 of them.", "plain words, 3 of them.", id="plain words"),
        pytest.param("*a* _b_ `c`", "\\*a\\* \\_b\\_ \\`c\\`", id="emphasis and code"),
        pytest.param("<img>&amp;", "&lt;img\\>\\&amp;", id="HTML"),
        pytest.param("see http://x.example/a* <b>", "see `http://x.example/a*` &lt;b\\>", id="no link is made"),
        pytest.param("![x](y)", "\\!\\[x\\](y)", id="an image"),
        pytest.param("# x\n# y", "\\# x\\\\n\\# y", id="a heading"),
    ),
)
def test_prose(raw, escaped):
    assert prose(raw) == escaped


def test_table_cells_keep_their_pipes():
    assert table(["a"], [["`x|y`"], ["`x\\|y`"]]) == ["| a |", "| --- |", "| `x\\|y` |", "| `x\\\\x7cy` |"]


def test_block_outlasts_its_content():
    assert block(["````"]) == ["`````text", "````", "`````"]


def section(report, title):
    return markdown.render(report, RULES).split(f"\n## {title}\n")[1].split("\n## ")[0]


HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/p.png) [y](javascript:z) `|\\| \n# head\n\u202e"


ESCAPE_OR_SPAN = re.compile(r"\\[!-/:-@\[-`{-~]|(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def markup(rendered):
    """What is left of the report without its code blocks, code spans and escapes, as CommonMark reads them."""
    return ESCAPE_OR_SPAN.sub("", re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", rendered))


def test_text_of_scanned_files_is_never_markup():
    accepted = Suppression("baseline", HOSTILE, HOSTILE, "2026-01-01")
    findings = (
        result("NET001", ODD + HOSTILE, (1, 1, 1, 2), HOSTILE, callee=HOSTILE, excerpt=HOSTILE, chain=(HOSTILE,)),
        result("PEX003", HOSTILE, (1, 1, 1, 2), HOSTILE, suppression=accepted, command=HOSTILE),
    )
    report = replace(
        FULL,
        results=findings,
        records=tuple(replace(record, path=HOSTILE, reason=HOSTILE) for record in FULL.records),
        network=tuple(replace(call, file=HOSTILE, callee=HOSTILE, destination=HOSTILE) for call in FULL.network),
        artifacts=(HOSTILE,),
        notes=(HOSTILE,),
        sources={(HOSTILE, 1): HOSTILE},
        target=HOSTILE,
        root_path=HOSTILE,
        git=replace(FULL.git, branch=HOSTILE, describe=HOSTILE, note=HOSTILE),
    )
    left = markup(markdown.render(report, RULES))
    assert not re.search(r"<|\]|`|://|^# head", left, re.MULTILINE)
    assert "\u202e" not in left
    rows = [line for line in markdown.render(report, RULES).splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows if "---" not in row} <= {3, 5, 6, 7}


def test_bottom_line_comes_first():
    lines = markdown.render(FULL, RULES).splitlines()
    assert lines[0] == "# Safety scan: FAIL"
    assert lines[2] == "**Decision: FAIL** (profile `mcen_practical`, exit code 1)"
    assert "The audit is incomplete" in lines[6]


def test_both_decisions_are_shown():
    assert "Without suppressions: FAIL" in markdown.render(SINCE, RULES)


@pytest.mark.parametrize(
    ("report", "step"),
    (
        pytest.param(FULL, "1. Do not use this code as it is. Remove or change 4 blockers", id="blockers"),
        pytest.param(FULL, "3 files that could not be analyzed", id="an incomplete audit"),
        pytest.param(FULL, "Scan a clean commit before release", id="a dirty tree"),
        pytest.param(FULL, "Remove 1 unused allowlist entry.", id="an unused allowlist entry"),
        pytest.param(SINCE, "1. Have a person review 1 finding of high severity", id="review items"),
        pytest.param(CLEAN, "1. Nothing: keep this report with the release.", id="nothing"),
        pytest.param(EMPTY, "1. Check that something was meant to be scanned", id="nothing in scope"),
    ),
)
def test_what_must_happen_next(report, step):
    assert step in section(report, "What must happen next")


def test_network_table_has_every_call():
    rows = [line for line in section(FULL, "Network evidence").splitlines() if line.startswith("| `")]
    assert [row.split(" | ")[-1] for row in rows] == ["remote |", "remote |", "loopback |", "unknown |"]
    assert "`bash -c` → `pipe to sh`" in rows[0]


def test_completeness_names_every_file_and_reason():
    part = section(FULL, "Audit completeness")
    assert "| `lib/weights.py` | skipped | 6,000,000 | larger than 5,000,000 bytes |" in part
    assert "| `lib/py2.py` | unparsed | 20 | line 3: invalid syntax |" in part
    assert "link.py" not in part


def test_suppressed_findings_stand_apart_with_their_approver():
    assert "tools/build.py" not in section(FULL, "Findings")
    part = section(FULL, "Suppressed findings")
    assert "| allowlist, A. Reviewer, 2026-03-01 | Builds the \\*docs\\* \\| see &lt;ticket 12\\> |" in part
    assert "- `entry 2: exact 'git status'`" in part


def test_findings_of_the_base_stand_apart():
    part = section(SINCE, "Base findings")
    assert "`src/agent.py:12:5` | NET001 | blocker | unchanged" in part
    assert "`tools/build.py:7:1` | PEX003 | high | absent" in part


def test_limits_are_said():
    part = section(CLEAN, "Limitations")
    assert "not an Authority to Operate" in part
    assert "never runs it" in part


def test_only_the_last_section_differs_between_two_runs():
    again = replace(FULL, run=replace(FULL.run, started_at="2027-01-01", hostname="elsewhere"))
    first, second = (markdown.render(report, RULES).split("\n## Run\n") for report in (FULL, again))
    assert first[0] == second[0]
    assert first[1] != second[1]
