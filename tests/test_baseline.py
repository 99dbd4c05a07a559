from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

import pytest

from gk_hooks.errors import UsageError
from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Confidence, Decision, Finding, Severity
from gk_hooks.model.kinds import Kind
from gk_hooks.model.linemap import LineMap, Run
from gk_hooks.model.records import replace
from gk_hooks.model.report import BaselineState, Result, Suppression
from gk_hooks.model.snapshot import Record, Status
from gk_hooks.model.values import Step
from gk_hooks.policy.accepted import Carried, Scanned, State, Verdict, accept, judge, suppress, usage
from gk_hooks.policy.baseline import Baseline, BaselineEntry, in_change, parse, render
from gk_hooks.policy.decide import decide_results

TODAY = date(2025, 6, 30)
OLD, NEW = "a" * 64, "b" * 64
BLOB = "c" * 40


def entry(path: str = "a.py", rule: str = "NET002", line: int = 3, column: int = 5, **more: object) -> BaselineEntry:
    values = {"sha256": OLD, "blob": BLOB, "reason": "known", "approved_by": "A. Reviewer", **more}
    return BaselineEntry(path, rule, line, column, **values)  # type: ignore[arg-type]


# --- the file


def line_of(**changes: object) -> str:
    keys = {
        "path": "a.py",
        "rule": "NET002",
        "line": 3,
        "column": 5,
        "reason": "known",
        "approved_by": "A. Reviewer",
        "sha256": OLD,
        "blob": BLOB,
    } | changes
    return json.dumps({key: value for key, value in keys.items() if value is not None})


def test_entries_are_sorted_ascii_lines_and_come_back() -> None:
    entries = [
        entry("b.py"),
        entry("a.py", line=10, nth=2),
        entry("a.py", line=9, expires="2025-12-31", reason="Prüfung ‮ done\nline"),
        entry("caf\udce9.sh"),
        entry("win\ud800dows.bat"),
    ]
    text = render(entries)
    assert text.isascii()
    assert text == render(reversed(entries))
    assert [(json.loads(line)["path"], json.loads(line)["line"]) for line in text.splitlines()] == [
        ("a.py", 9),
        ("a.py", 10),
        ("b.py", 3),
        ("caf\\xe9.sh", 3),
        ("win\\ud800dows.bat", 3),
    ]
    assert set(parse("b", text.encode()).entries) == set(entries)


def test_one_line_holds_one_entry() -> None:
    assert render([entry(nth=2, expires="2025-12-31")]) == (
        '{"path": "a.py", "rule": "NET002", "line": 3, "column": 5, "nth": 2, "reason": "known", '
        f'"approved_by": "A. Reviewer", "expires": "2025-12-31", "sha256": "{OLD}", "blob": "{BLOB}"}}\n'
    )


@pytest.mark.parametrize(
    "data",
    (
        pytest.param(b"", id="an empty file"),
        pytest.param(b"\n \r\n", id="blank lines"),
        pytest.param(b"\xef\xbb\xbf", id="a byte order mark"),
    ),
)
def test_nothing_is_accepted_by(data: bytes) -> None:
    assert parse("b", data).entries == ()


def test_a_checkout_may_convert_line_ends() -> None:
    text = render([entry(), entry("b.py")])
    assert parse("b", text.replace("\n", "\r\n").encode()).entries == parse("b", text.encode()).entries


@pytest.mark.parametrize(
    ("line", "message"),
    (
        pytest.param("[]", "must be an object: { … }", id="a list"),
        pytest.param("{", "is not valid JSON: Expecting property name enclosed in double quotes", id="no JSON"),
        pytest.param("[" * 100_000, "is nested too deeply", id="deep nesting"),
        pytest.param('{"path": "a", "path": "b"}', "the key 'path' stands twice", id="a key twice"),
        pytest.param(line_of(reasn="x"), "unknown key 'reasn': did you mean 'reason'?", id="a misspelt key"),
        pytest.param(line_of(number=1), "unknown key 'number'", id="a key that no file has"),
        pytest.param(line_of(reason=None), "needs 'reason'", id="no reason"),
        pytest.param(line_of(reason=" "), "'reason' must not be empty", id="an empty reason"),
        pytest.param(line_of(approved_by=None), "needs 'approved_by'", id="no approver"),
        pytest.param(line_of(approved_by="\t"), "'approved_by' must not be empty", id="an empty approver"),
        pytest.param(line_of(reason=["x"]), "'reason' must be a string", id="a list for a reason"),
        pytest.param(line_of(line=True), "'line' must be a whole number, at least 0", id="true for a line"),
        pytest.param(line_of(line=1.0), "'line' must be a whole number, at least 0", id="a fraction"),
        pytest.param(line_of(column=-1), "'column' must be a whole number, at least 0", id="below zero"),
        pytest.param(line_of(nth=0), "'nth' must be a whole number, at least 1", id="the zeroth"),
        pytest.param(line_of(line=1).replace("1,", "1" * 5000 + ",", 1), "", id="a number of 5000 digits"),
        pytest.param(line_of(rule="net 2"), "'rule' must be a rule's id such as NET001", id="no rule"),
        pytest.param(line_of(path=""), "'path' must be a string that is not empty", id="no path"),
        pytest.param(line_of(sha256=OLD.upper()), "'sha256' must be 64 hexadecimal digits", id="upper case"),
        pytest.param(line_of(blob="c" * 41), "'blob' must be a git object id", id="a blob of another length"),
        pytest.param(line_of(expires="20251231"), "'expires' must be a date such as 2025-01-31", id="a bare date"),
        pytest.param(line_of(expires="2025-02-30"), "'expires' must be a date such as", id="no such day"),
        pytest.param(line_of(path_bytes="616"), "'path_bytes' must be hexadecimal digits", id="half a byte"),
        pytest.param(line_of(path_bytes="62"), "'path_bytes' are not the bytes of 'path'", id="other bytes"),
    ),
)
def test_a_line_that_cannot_be_meant_is_refused(line: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse("base", f"{line_of(path='z.py')}\n\n{line}\n".encode())
    assert str(refused.value).startswith(f"base:3: {message}")
    assert "\n" not in str(refused.value)


def test_no_utf8_is_refused() -> None:
    with pytest.raises(Exception, match="base: is not UTF-8"):
        parse("base", b"\xff")


def test_two_lines_for_one_finding_are_refused() -> None:
    data = f"{line_of()}\n{line_of(path='b.py')}\n{line_of(reason='another')}\n".encode()
    with pytest.raises(UsageError, match="base:3: accepts the same finding as line 1: keep one of them"):
        parse("base", data, repeated=True)


def test_a_line_twice_is_refused_unless_it_is_about_to_be_pruned() -> None:
    data = f"{line_of()}\n{line_of()}\n".encode()
    with pytest.raises(UsageError, match="base:2: accepts the same finding as line 1"):
        parse("base", data)
    assert [each.number for each in parse("base", data, repeated=True).entries] == [1]


@pytest.mark.parametrize("style", ("merge", "diff3"))
def test_a_merge_conflict_is_explained(style: str) -> None:
    middle = f"||||||| base\n{line_of(path='c.py')}\n" if style == "diff3" else ""
    ours, theirs = line_of(path="a.py"), line_of(path="b.py")
    text = f"{line_of(path='0.py')}\n<<<<<<< HEAD\n{ours}\n{middle}=======\n{theirs}\n>>>>>>> topic\n"
    last = 6 + 2 * bool(middle)
    with pytest.raises(UsageError) as refused:
        parse("base", text.encode())
    assert str(refused.value) == (
        f"base:2: holds a merge conflict (lines 2 to {last}): keep the entries of both sides, delete the lines that "
        "start with <<<<<<<, ======= or >>>>>>>, then run gk baseline prune"
    )


# --- what entries come to


def finding(line: int = 3, column: int = 5, rule: str = "NET002", **more: object) -> Finding:
    site = Site(line, column, int(str(more.pop("end_line", line))), column + 9, "requests.get")
    values = {"evidence": "requests.get connects somewhere", "file": "a.py", **more}
    return Finding(rule, site, **values)  # type: ignore[arg-type]


def results_of(*findings: Finding) -> tuple[Result, ...]:
    return tuple(Result(each, Severity.HIGH, Confidence.HIGH) for each in findings)


def record(path: str = "a.py", sha256: str = OLD, status: Status = Status.ANALYZED, reason: str = "") -> Record:
    return Record(path, Kind.PYTHON, 10, sha256, status, reason)


def never(entry: BaselineEntry, record: Record) -> str:
    raise AssertionError("nothing had to be carried")


def verdicts_of(
    entries: Iterable[BaselineEntry], results: Iterable[Result], *records: Record, carry: object = never, **more: object
) -> tuple[Verdict, ...]:
    scanned = Scanned(tuple(results), records, **more)  # type: ignore[arg-type]
    return judge(Baseline("b", OLD, tuple(entries)), scanned, carry, TODAY)  # type: ignore[arg-type]


def short(verdicts: Iterable[Verdict]) -> list[tuple[str, str, int | None]]:
    return [(verdict.state.value, verdict.why, verdict.result) for verdict in verdicts]


STALE = ("stale", "there is no such finding any more", None)


@pytest.mark.parametrize(
    ("accepted", "verdict"),
    (
        pytest.param(entry(), ("used", "", 0), id="the finding itself"),
        pytest.param(entry(line=4), STALE, id="another line"),
        pytest.param(entry(column=4), STALE, id="another column"),
        pytest.param(entry(rule="NET001"), STALE, id="another rule"),
        pytest.param(entry(nth=2), STALE, id="a second one that is not there"),
    ),
)
def test_the_same_bytes(accepted: BaselineEntry, verdict: tuple[str, str, int | None]) -> None:
    assert short(verdicts_of([accepted], results_of(finding()), record())) == [verdict]


def test_each_entry_covers_one_of_several_findings_at_a_place() -> None:
    results = results_of(finding(evidence="to b"), finding(evidence="to a"))
    assert short(verdicts_of([entry()], results, record())) == [("used", "", 1)]
    assert short(verdicts_of([entry(), entry(nth=2)], results, record())) == [("used", "", 1), ("used", "", 0)]


def test_what_is_used_suppresses_and_keeps_what_others_suppressed() -> None:
    approval = Suppression("allowlist", "by list")
    results = (*results_of(finding(), finding(4)), replace(results_of(finding(5))[0], suppression=approval))
    entries = [entry(expires="2025-06-30"), entry(line=5), entry(line=6)]
    verdicts = verdicts_of(entries, results, record())
    suppressed = suppress(results, verdicts)
    assert [result.suppression for result in suppressed] == [
        Suppression("baseline", "known", "A. Reviewer", expires="2025-06-30"),
        None,
        approval,
    ]
    use = usage(Baseline("b", OLD, tuple(entries)), verdicts)
    assert use.honoured == ("NET002 a.py:3:5", "NET002 a.py:5:5")
    assert use.stale == ("NET002 a.py:6:5: there is no such finding any more",)


def test_an_expired_entry_counts_no_more() -> None:
    entries = [entry(expires="2025-06-29"), entry(line=4, expires="2025-06-29")]
    verdicts = verdicts_of(entries, results_of(finding()), record())
    assert short(verdicts) == [("expired", "expired after 2025-06-29", 0), STALE]
    use = usage(Baseline("b", OLD, tuple(entries)), verdicts)
    assert (use.honoured, use.expired) == ((), ("NET002 a.py:3:5: expired after 2025-06-29",))


def test_an_expired_entry_takes_nothing_from_a_valid_one() -> None:
    entries = [entry(expires="2025-06-29"), entry(sha256=NEW)]
    carried = Carried(LineMap.identity(), (finding(),))
    verdicts = verdicts_of(entries, results_of(finding()), record(), carry=lambda *_: carried)
    assert short(verdicts) == [("stale", "another entry covers its finding", None), ("used", "", 0)]


def test_what_a_change_removes_is_not_suppressed() -> None:
    (result,) = results_of(finding())
    verdicts = verdicts_of([entry()], [replace(result, state=BaselineState.ABSENT)], record())
    assert short(verdicts) == [STALE]


# --- other bytes

INSERTED = LineMap((Run(1, 1, 1), Run(3, 2, 100)))
"""A line was put in after the first."""


@pytest.mark.parametrize(
    ("now", "lines", "verdict"),
    (
        pytest.param(finding(4), INSERTED, ("used", "", 0), id="it moved with its line"),
        pytest.param(finding(3), INSERTED, STALE, id="another one stands on its old line"),
        pytest.param(finding(4, 6), INSERTED, STALE, id="its column changed"),
        pytest.param(finding(4, rule="NET001"), INSERTED, STALE, id="another rule finds it"),
        pytest.param(finding(3), LineMap((Run(1, 1, 2),)), ("stale", "line 3 changed", None), id="its line changed"),
        *(
            pytest.param(finding(4, **{key: value}), INSERTED, ("stale", "what it finds changed", None), id=key)
            for key, value in (
                ("evidence", "requests.get connects to evil.example"),
                ("destination", "evil.example"),
                ("command", "rm"),
                ("runs", "b.py"),
                ("trail", (Step(1, "url = secret"),)),
                ("end_line", 5),
            )
        ),
    ),
)
def test_other_bytes(now: Finding, lines: LineMap, verdict: tuple[str, str, int | None]) -> None:
    carried = Carried(lines, (finding(),))
    verdicts = verdicts_of([entry()], results_of(now), record(sha256=NEW), carry=lambda *_: carried)
    assert short(verdicts) == [verdict]


def test_a_line_put_into_an_expression_makes_it_another_one() -> None:
    carried = Carried(LineMap((Run(1, 1, 3), Run(5, 4, 100))), (finding(3, end_line=4),))
    verdicts = verdicts_of([entry()], results_of(finding(3, end_line=4)), record(sha256=NEW), carry=lambda *_: carried)
    assert short(verdicts) == [("stale", "line 3 changed", None)]


def test_of_equal_findings_each_entry_carries_one() -> None:
    carried = Carried(INSERTED, (finding(), finding()))
    entries = [entry(), entry(nth=2), entry(nth=3)]
    verdicts = verdicts_of(entries, results_of(*[finding(4)] * 3), record(sha256=NEW), carry=lambda *_: carried)
    assert short(verdicts) == [
        ("used", "", 0),
        ("used", "", 1),
        ("stale", "the file that it names has no such finding", None),
    ]


def test_a_carried_entry_leaves_the_finding_to_one_for_these_bytes() -> None:
    carried = Carried(LineMap.identity(), (finding(),))
    entries = [entry(sha256="0" * 64), entry(sha256=NEW)]
    verdicts = verdicts_of(entries, results_of(finding()), record(sha256=NEW), carry=lambda *_: carried)
    assert short(verdicts) == [("stale", "another entry covers its finding", None), ("used", "", 0)]


def test_what_cannot_be_carried_suppresses_nothing() -> None:
    results = results_of(finding())
    verdicts = verdicts_of([entry()], results, record(sha256=NEW), carry=lambda *_: "blob is missing")
    assert short(verdicts) == [("unreadable", "blob is missing", None)]
    assert suppress(results, verdicts) == results
    assert usage(Baseline("b", OLD, (entry(),)), verdicts).unreadable == ("NET002 a.py:3:5: blob is missing",)


@pytest.mark.parametrize("rule", ("SCAN001", "SCAN002"))
def test_a_file_that_was_not_read_is_accepted_for_its_bytes_alone(rule: str) -> None:
    results = results_of(finding(0, 0, rule))
    unparsed = record(status=Status.UNPARSED, reason="no Python")
    assert short(verdicts_of([entry(rule=rule, line=0, column=0)], results, unparsed)) == [("used", "", 0)]
    changed = replace(unparsed, sha256=NEW)
    assert short(verdicts_of([entry(rule=rule, line=0, column=0)], results, changed)) == [
        ("not scanned", "the file was unparsed: no Python", None)
    ]
    assert short(verdicts_of([entry(rule=rule, line=0, column=0)], (), record(sha256=NEW))) == [
        ("stale", "the file changed, and nobody has looked into it", None)
    ]


def test_a_file_that_could_not_be_read_makes_nothing_stale() -> None:
    skipped = record(sha256="", status=Status.SKIPPED, reason="too large")
    assert short(verdicts_of([entry()], (), skipped)) == [("not scanned", "the file was skipped: too large", None)]


# --- other paths


def at(path: str) -> Finding:
    return finding(file=path)


def test_a_file_that_is_gone_is_found_by_its_content() -> None:
    results = results_of(at("b.py"), at("c.py"))
    found = verdicts_of([entry()], results, record("b.py"), record("c.py"))
    assert short(found) == [("used", "", 0)]


def test_several_files_that_are_gone_are_found_each_once() -> None:
    results = results_of(at("x.py"), at("y.py"))
    entries = [entry("a.py"), entry("b.py"), entry("c.py")]
    found = verdicts_of(entries, results, record("x.py"), record("y.py"))
    assert short(found) == [("used", "", 0), ("used", "", 1), ("stale", "another entry covers its finding", None)]


def test_a_copy_of_a_file_that_is_still_there_is_not_accepted() -> None:
    results = results_of(at("a.py"), at("b.py"))
    assert short(verdicts_of([entry()], results, record("a.py"), record("b.py"))) == [("used", "", 0)]


def test_a_file_that_is_gone_for_good_leaves_its_entry_stale() -> None:
    assert short(verdicts_of([entry()], (), record("b.py", NEW))) == [("stale", "the file is gone", None)]


def test_a_renamed_and_changed_file_is_followed_by_what_git_says() -> None:
    carried = Carried(INSERTED, (finding(),))
    found = verdicts_of(
        [entry()],
        results_of(finding(4, file="b.py")),
        record("b.py", NEW),
        carry=lambda *_: carried,
        renames={"a.py": "b.py"},
    )
    assert short(found) == [("used", "", 0)]


def test_outside_of_a_scan_nothing_is_stale() -> None:
    elsewhere = "the file is not part of this scan"
    found = verdicts_of([entry()], (), record("b.py"), gone=lambda path: False)
    assert short(found) == [("not scanned", elsewhere, None)]
    found = verdicts_of([entry("other/a.py")], results_of(finding()), record(), prefix="src/")
    assert short(found) == [("not scanned", elsewhere, None)]
    found = verdicts_of([entry()], (), record("c.py"), renames={"a.py": "b.py"})
    assert short(found) == [("not scanned", "the file was renamed out of this scan", None)]


def test_a_folder_below_the_baseline_is_scanned() -> None:
    found = verdicts_of([entry("src/a.py")], results_of(finding()), record(), prefix="src/")
    assert short(found) == [("used", "", 0)]


def test_accepting_names_each_finding() -> None:
    results = results_of(finding(evidence="to b"), finding(evidence="to a"), finding(7))
    scanned = Scanned(results, (record(),), prefix="src/")
    made = accept(
        [0, 2], scanned, lambda record: (record.sha256, BLOB), Suppression("baseline", "known", "A. Reviewer")
    )
    assert made == [entry("src/a.py", nth=2), entry("src/a.py", line=7)]
    assert short(judge(Baseline("b", OLD, tuple(made)), scanned, never, TODAY)) == [  # type: ignore[arg-type]
        ("used", "", 0),
        ("used", "", 2),
    ]


# --- a merge check


def test_a_change_does_not_accept_its_own_findings() -> None:
    old, kept, new = entry("a.py"), entry("b.py"), entry("c.py")
    base = Baseline("commit 1", OLD, (old, kept))
    head = Baseline("commit 2", NEW, (kept, new))
    found = in_change([base], head)
    assert found is not None
    assert (found.source, found.entries, found.added) == ("commit 1", (old, kept), (new,))
    (stale, _) = judge(found, Scanned((), (record("b.py"),)), never, TODAY)  # type: ignore[arg-type]
    assert stale.state is State.STALE
    use = usage(found, [stale])
    assert use.stale == (), "the change has pruned it"
    assert use.newly_added == ("NET002 c.py:3:5 (approved by A. Reviewer: known)",)


def test_what_a_change_accepts_counts_when_that_was_reviewed() -> None:
    base, head = Baseline("commit 1", OLD, (entry("a.py"),)), Baseline("commit 2", NEW, (entry("c.py"),))
    found = in_change([base], head, accept_new=True)
    assert found is not None
    assert (found.source, found.entries, found.added) == ("commit 2", (entry("c.py"),), (entry("c.py"),))


def test_a_longer_term_is_new() -> None:
    before, after = entry(expires="2025-01-31"), entry(expires="2026-01-31")
    found = in_change([Baseline("commit 1", OLD, (before,))], Baseline("commit 2", NEW, (after,)))
    assert found is not None
    assert (found.entries, found.added) == ((before,), (after,))


def test_of_several_bases_each_accepts() -> None:
    bases = [Baseline("commit 1", OLD, (entry("a.py"),)), Baseline("commit 2", NEW, (entry("b.py"),))]
    found = in_change(bases, None)
    assert found is not None
    assert (found.source, found.entries) == ("commit 1, commit 2", (entry("a.py"), entry("b.py")))


def test_no_baseline_anywhere() -> None:
    assert in_change([], None) is None
    first = in_change([], Baseline("commit 2", NEW, (entry(),)))
    assert first is not None
    assert (first.source, first.entries, first.added) == ("the base, which has none", (), (entry(),))


# --- the decision

ACCEPTED = Suppression("baseline", "known", "A. Reviewer")


@pytest.mark.parametrize(
    ("rule", "severity", "suppression", "decision"),
    (
        pytest.param("PEX001", Severity.BLOCKER, None, Decision.FAIL, id="a blocker"),
        pytest.param("PEX001", Severity.BLOCKER, ACCEPTED, Decision.PASS, id="an accepted blocker"),
        pytest.param("NET002", Severity.HIGH, ACCEPTED, Decision.PASS, id="an accepted review item"),
        *(
            pytest.param(rule, Severity.BLOCKER, ACCEPTED, Decision.CONDITIONAL_PASS, id=f"an accepted {rule}")
            for rule in ("NET001", "NET003", "DEX001", "DEX002", "DES001", "PER001", "PER002")
        ),
        pytest.param("NET001", Severity.HIGH, ACCEPTED, Decision.CONDITIONAL_PASS, id="an accepted, likely NET001"),
        pytest.param("NET001", Severity.LOW, ACCEPTED, Decision.PASS, id="an accepted hint was never more than that"),
    ),
)
def test_decision(rule: str, severity: Severity, suppression: Suppression | None, decision: Decision) -> None:
    result = Result(finding(rule=rule), severity, Confidence.HIGH, suppression)
    assert decide_results(iter([result])) is decision
    assert decide_results([result, Result(finding(), Severity.BLOCKER, Confidence.HIGH)]) is Decision.FAIL
