"""The sentences that reports share: what a decision means, what must happen next, what a static scan cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gk_hooks.model.findings import Decision, Rule, Severity
from gk_hooks.model.report import BaselineState, GitState, Report, Result
from gk_hooks.reports.view import coverage, in_state, suppressed

LIMITATIONS = (
    "The scan reads source text and never runs it. Behavior that only shows at run time (values from the "
    "environment, a configuration file, a user or the network) is reported as unknown, not as safe.",
    "In scope are Python, notebooks, PowerShell, batch, shell and VBScript, and files that start something by "
    "themselves (systemd, cron, launchd, scheduled tasks, registry, desktop entries). Compiled code, other languages, "
    "documents with macros and the contents of archives and wheels are not analyzed.",
    "Code that is called through installed packages is judged by the call that is visible here, not by what the "
    "package does inside.",
    "No finding is no proof of absence: obfuscation, reflection or a technique that no rule knows can hide behavior.",
    "PASS means that no rule of this profile reported a blocker or a review item in the files that were analyzed. "
    "It is not an Authority to Operate (ATO), not a STIG compliance statement and not a risk acceptance; it supports "
    "a decision that a responsible person takes.",
)

_MODES = {
    "directory": "the files as they are on disk",
    "staged": "the staged changes: what the next commit will hold",
    "since": "the changes since the base",
    "at": "the full tree of a commit, read from the object database",
}


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 file``, ``1,234 files``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def severities(totals: Mapping[str, int]) -> str:
    """``2 blocker, 1 high``; ``no findings`` when there are none."""
    return ", ".join(f"{number:,} {severity}" for severity, number in totals.items() if number) or "no findings"


def mode(report: Report) -> str:
    """What was scanned, in words."""
    return _MODES.get(report.mode, report.mode)


def meaning(report: Report) -> str:
    """One paragraph on what the decision means."""
    sentences = [_verdict(report)]
    if report.mode in ("staged", "since"):
        sentences.append("Only findings that this change adds count.")
    if report.decision is not report.decision_unsuppressed:
        sentences.append(f"Without its suppressions the decision would be {report.decision_unsuppressed.value}.")
    return " ".join([*sentences, completeness(report)])


def _verdict(report: Report) -> str:
    totals = report.totals_by_severity()
    blockers, reviews = totals[Severity.BLOCKER], totals[Severity.HIGH]
    if report.decision is Decision.FAIL:
        return f"{count(blockers, 'finding')} of behavior that the profile {report.profile} does not allow."
    if report.decision is Decision.PASS:
        return "Nothing was found that the profile forbids or that must be reviewed."
    if reviews:
        return (
            f"Nothing that the profile forbids was found, but {count(reviews, 'finding')} of high severity must be "
            "reviewed by a person before this code is used."
        )
    return "Nothing that the profile forbids was found, but what was accepted keeps the decision from PASS."


def completeness(report: Report) -> str:
    """One sentence on whether the audit is complete."""
    files = coverage(report)
    if not files.in_scope:
        return "No file was in scope, so the decision rests on nothing."
    scope = count(files.in_scope, "file")
    linked = f", {len(files.linked):,} linked to files that were analyzed themselves" if files.linked else ""
    if files.complete:
        return f"The audit is complete: {scope} in scope, {files.analyzed:,} analyzed{linked}."
    return (
        f"The audit is incomplete: of {scope} in scope, {files.analyzed:,} analyzed{linked}, "
        f"{len(files.skipped):,} skipped, {len(files.unparsed):,} not parsed."
    )


def next_steps(report: Report) -> list[str]:
    """What must happen next, most urgent first."""
    totals, files = report.totals_by_severity(), coverage(report)
    accepted = suppressed(report)
    unused = len(report.allowlist.unused) if report.allowlist else 0
    steps = (
        (
            totals[Severity.BLOCKER],
            f"Do not use this code as it is. Remove or change {count(totals[Severity.BLOCKER], 'blocker')}, then scan "
            "again.",
        ),
        (
            totals[Severity.HIGH],
            f"Have a person review {count(totals[Severity.HIGH], 'finding')} of high severity and record the result; "
            "change the code where the review does not clear it.",
        ),
        (
            files.missing,
            f"Review by hand, or repair, {count(len(files.missing), 'file')} that could not be analyzed; the decision "
            "says nothing about what they hold.",
        ),
        (not files.in_scope, "Check that something was meant to be scanned: no file was in scope."),
        (
            accepted,
            f"Confirm that {count(len(accepted), 'suppression')} and the people who approved them are still right.",
        ),
        *((True, f"Settle {sentence}.") for sentence, _ in baseline_problems(report)),
        (unused, f"Remove {count(unused, 'unused allowlist entry', 'unused allowlist entries')}."),
        (
            report.git.dirty and report.mode == "directory",
            "Scan a clean commit before release: this tree holds changes that no commit holds.",
        ),
    )
    return [step for needed, step in steps if needed] or ["Nothing: keep this report with the release."]


def dirtiness(git: GitState) -> str:
    """Whether the work tree holds what the commit holds, and in which way not."""
    if not git.is_repo:
        return "not a git repository"
    parts = {
        "the index differs from the commit": git.index_differs,
        "the work tree differs from the index": git.worktree_differs,
        "there are untracked files": git.untracked,
        "changes are hidden from git (assume-unchanged or skip-worktree)": git.hidden,
    }
    found = "; ".join(part for part, is_so in parts.items() if is_so)
    word = {True: "dirty", False: "clean", None: "unknown"}[git.dirty]
    return f"{word}: {found}" if found else word


def references(rule: Rule) -> str:
    """Where a rule stands in the catalogues of others, and its category."""
    parts = [
        ", ".join(rule.cwe),
        f"NIST SP 800-53 {', '.join(rule.nist)}" if rule.nist else "",
        f"ATT&CK {', '.join(rule.attack)}" if rule.attack else "",
        f"category {rule.category.value}",
    ]
    return "; ".join(part for part in parts if part)


def introduced(result: Result) -> str:
    """The commit that brought the finding, its author and day; "" where nobody asked."""
    by = result.introduced
    if by is None:
        return ""
    return f"{by.commit[:12]}{' or before' if by.boundary else ''}, {by.author}, {by.date[:10] or 'no date'}"


def not_counted(report: Report) -> list[str]:
    """The results that are there but do not count, in short clauses."""
    sources = {"allowlist": 0, "baseline": 0}
    for result in suppressed(report):
        assert result.suppression is not None
        sources[result.suppression.source] = sources.get(result.suppression.source, 0) + 1
    clauses = [f"{number:,} suppressed by the {source}" for source, number in sources.items() if number]
    known = len(in_state(report, BaselineState.UNCHANGED))
    gone = len(in_state(report, BaselineState.ABSENT))
    clauses += [f"{known:,} known from the base"] if known else []
    clauses += [f"{gone:,} gone since the base"] if gone else []
    return clauses


def baseline_problems(report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What somebody has to do about the baseline: a sentence, and the entries that it speaks of."""
    use = report.baseline
    problems = (
        (use.expired, "expired", "accept the finding again with gk baseline add, or fix it"),
        (use.newly_added, "newly added", "honoured only with --accept-new-baseline, after a review"),
        (use.unreadable, "unreadable", "the accepted version cannot be compared, so nothing is suppressed"),
        (use.stale, "stale", "gk baseline prune takes out what matches nothing any more"),
    ) if use else ()  # fmt: skip
    for entries, state, advice in problems:
        if entries:
            yield f"{count(len(entries), f'{state} baseline entry', f'{state} baseline entries')}: {advice}", entries
