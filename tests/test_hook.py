"""gk hook in every situation that git and pre-commit call it in, by the function that the command line calls."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest
from git_repo import GitRepo

from gk_hooks.cli import main

GET = "import requests\n"
EVIL = 'requests.get("http://evil.example/")\n'
REVIEW = "def fetch(url):\n    requests.get(url)\n"
BLOCKED = "gk: blocked, FAIL: 1 to fix in 1 changed file (what is staged)"
NOTHING = "0" * 40


@pytest.fixture
def hook(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs gk hook; the exit code and what it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["hook", *arguments])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


@pytest.fixture
def push(hook, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs gk hook as git push does; each update is "local id, id there"."""

    def run(*updates: tuple[str, str], remote: str = "origin") -> tuple[int, str]:
        lines = "".join(f"refs/heads/x {here} refs/heads/x {there}\n" for here, there in updates)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
        return hook("--pre-push", remote, "somewhere")

    return run


# --- what blocks, and what is said


def test_what_blocks_is_said_with_why_and_what_to_do(repo: GitRepo, hook) -> None:
    repo.commit(a_py=GET + 'HOST = "http://127.0.0.1/"\nrequests.get(HOST)\n')
    repo.stage("a.py", GET + 'HOST = "http://evil.example/"\nrequests.get(HOST)\n')
    before = repo.listing()
    code, printed = hook()
    assert code == 1
    assert printed.splitlines() == [
        BLOCKED,
        "",
        "a.py:3:1: BLOCKER NET001 requests.get connects to evil.example",
        "    requests.get(HOST)",
        "    new: line 3 is unchanged, but what it depends on changed: line 2",
        "",
        "fix it:    gk explain NET001 tells why it matters and what to do",
        "or accept: gk baseline add NET001 a.py:3:1 --reason WHY --by NAME; git add .gk-baseline.jsonl",
    ]
    assert repo.listing() == before


VERDICTS = (
    pytest.param(EVIL, [], 1, "blocked, FAIL: 1 to fix in 1 changed file", id="a blocker"),
    pytest.param(REVIEW, [], 0, "passed, CONDITIONAL_PASS: 1 to review in 1 changed file", id="a review item"),
    pytest.param(
        REVIEW,
        ["--fail-on", "review"],
        2,
        "blocked, CONDITIONAL_PASS: 1 to review in 1 changed file",
        id="that has to block",
    ),
    pytest.param(
        REVIEW,
        ["--profile", "mcen_strict"],
        1,
        "blocked, FAIL: 1 to fix in 1 changed file",
        id="under the strict profile",
    ),
    pytest.param(EVIL, ["--exclude", "a.py"], 0, "passed, PASS: nothing new in 0 changed files", id="left out"),
    pytest.param("", [], 0, "passed, PASS: nothing new in 1 changed file", id="nothing"),
)


@pytest.mark.parametrize(("text", "arguments", "code", "headline"), VERDICTS)
def test_verdict(repo: GitRepo, hook, text: str, arguments: list[str], code: int, headline: str) -> None:
    repo.stage("a.py", GET + text if text else "")
    found, printed = hook(*arguments)
    assert (found, printed.splitlines()[0]) == (code, f"gk: {headline} (what is staged)")


def test_many_findings_stay_under_a_screen(repo: GitRepo, hook) -> None:
    repo.stage("a.py", GET + EVIL * 30)
    _, printed = hook()
    assert "… and 25 more: gk scan --staged shows them all" in printed
    assert len(printed.splitlines()) <= 26
    assert all(len(line) <= 118 for line in printed.splitlines())


def test_names_cannot_speak_to_the_terminal(repo: GitRepo, hook) -> None:
    if sys.platform == "win32":
        pytest.skip("the file system does not take these names")
    repo.stage(b"caf\xe9 \x1b[31m\n.py", GET + EVIL)
    _, printed = hook()
    assert "caf\\xe9 \\x1b[31m\\n.py:2:1: BLOCKER NET001" in printed


def test_what_a_change_fixes_is_counted(repo: GitRepo, hook) -> None:
    repo.commit(a_py=GET + EVIL)
    repo.stage("a.py", "")
    assert hook() == (0, "gk: passed, PASS: 1 gone in 1 changed file (what is staged)\n")


def test_reports_are_written_only_where_asked(repo: GitRepo, hook, tmp_path) -> None:
    repo.commit(a_py="")
    repo.stage("a.py", GET + EVIL)
    before = repo.listing()
    assert hook("--output-dir", str(tmp_path / "out"))[0] == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"report.json", "report.md", "manifest.json"}
    assert repo.listing() == before


# --- which files


def test_a_baseline_in_the_index_counts(repo: GitRepo, hook, capsys: pytest.CaptureFixture[str]) -> None:
    repo.stage("a.py", GET + REVIEW)
    repo.commit()
    repo.stage("b.py", GET + REVIEW)
    assert main(["baseline", "add", "NET002", "b.py:3", "--reason", "checked", "--by", "A. Reviewer"]) == 0
    capsys.readouterr()
    assert hook("--fail-on", "review")[0] == 2
    repo.git("add", ".gk-baseline.jsonl")
    assert hook("--fail-on", "review") == (0, "gk: passed, PASS: 1 accepted in 1 changed file (what is staged)\n")


def test_an_accepted_blocker_never_passes_in_silence(repo: GitRepo, hook, capsys: pytest.CaptureFixture[str]) -> None:
    repo.stage("a.py", GET + EVIL)
    main(["baseline", "create", "--reason", "checked", "--by", "A. Reviewer"])
    capsys.readouterr()
    repo.git("add", ".gk-baseline.jsonl")
    assert hook()[1].splitlines()[0] == (
        "gk: passed, CONDITIONAL_PASS: 1 accepted in 1 changed file (what is staged)"
    )  # fmt: skip


def test_settings_are_those_of_the_index(repo: GitRepo, hook) -> None:
    repo.stage("a.py", GET + EVIL)
    repo.write("gk.toml", 'exclude = ["a.py"]\n')
    assert hook()[0] == 1
    repo.git("add", "gk.toml")
    code, printed = hook()
    assert (code, printed.splitlines()[-1]) == (0, "note: gk.toml leaves out a.py")


def test_with_nothing_staged_all_of_head_is_scanned(repo: GitRepo, hook) -> None:
    repo.commit(a_py=GET + EVIL, b_py="")
    assert hook()[1].splitlines()[0] == "gk: blocked, FAIL: 1 to fix in 2 files (HEAD)"


def test_an_empty_commit_passes(repo: GitRepo, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(a_py=GET + EVIL)
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert hook() == (0, "gk: passed, PASS: nothing new in 0 changed files (what is staged)\n")


def test_before_the_first_commit(repo: GitRepo, hook) -> None:
    assert hook() == (0, "gk: passed, PASS: nothing new in 0 changed files (what is staged)\n")
    repo.stage("a.py", GET + EVIL)
    assert hook()[0] == 1


def test_from_a_subdirectory(repo: GitRepo, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.stage("sub/a.py", "")
    repo.stage("b.py", GET + EVIL)
    monkeypatch.chdir(repo.path / "sub")
    assert "\nb.py:2:1: BLOCKER" in hook()[1]


def test_the_index_that_git_names(repo: GitRepo, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """git commit FILE gives its hook another index, by a relative name, while the usual one is locked."""
    repo.commit(a_py="", b_py="")
    repo.write("b.py", GET + EVIL)
    repo.git("add", "b.py", GIT_INDEX_FILE=".git/next-index-1.lock")
    repo.write(".git/index.lock")
    before = repo.listing()
    assert hook()[0] == 0
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index-1.lock")
    monkeypatch.setenv("GIT_PREFIX", "")
    assert hook()[0] == 1
    assert repo.listing() == before


def test_an_index_with_conflicts_is_refused(repo: GitRepo, hook) -> None:
    repo.commit(a_py="1\n")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit(a_py="2\n")
    repo.git("checkout", "-q", "main")
    repo.commit(a_py="3\n")
    repo.git("merge", "-q", "side", check=False)
    assert hook() == (3, "gk: a.py is unmerged: resolve the conflict and git add the file first\n")


# --- pre-commit's ranges, and pushes


def test_the_range_that_pre_commit_names(repo: GitRepo, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    first = repo.commit(a_py=GET + EVIL)
    second = repo.commit(b_py=GET + EVIL)
    repo.stage("c.py", GET + EVIL)
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", first)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", second)
    code, printed = hook()
    assert code == 1
    assert printed.splitlines()[0] == f"gk: blocked, FAIL: 1 to fix in 1 changed file ({first}..{second})"
    assert "b.py:2:1" in printed


def test_a_branch_of_which_the_remote_has_nothing(repo: GitRepo, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """pre-commit then names the branch alone; what is staged has nothing to do with it."""
    repo.commit(a_py=GET + EVIL)
    repo.stage("b.py", "")
    monkeypatch.setenv("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")
    assert hook()[1].splitlines()[0] == "gk: blocked, FAIL: 1 to fix in 1 file (refs/heads/main)"


@pytest.fixture
def pushed(repo: GitRepo, new_repo) -> GitRepo:
    """A repository that has pushed main, with one finding in it, to origin."""
    repo.commit(a_py=GET + EVIL)
    repo.git("remote", "add", "origin", str(new_repo("origin", "--bare").path))
    repo.git("push", "-q", "origin", "main")
    return repo


def test_a_push_is_compared_with_what_is_there(pushed: GitRepo, push) -> None:
    there = pushed.id("HEAD")
    here = pushed.commit(b_py=GET + EVIL)
    code, printed = push((here, there))
    assert code == 1
    assert printed.splitlines()[0] == (
        "gk: blocked, FAIL: 1 to fix in 1 changed file (what origin lacks for refs/heads/x)"
    )  # fmt: skip
    assert "b.py:2:1" in printed and "a.py" not in printed


def test_a_new_branch_is_compared_with_what_the_remote_has(pushed: GitRepo, push) -> None:
    pushed.git("checkout", "-q", "-b", "topic")
    assert push((pushed.commit(b_py=""), NOTHING))[0] == 0
    assert push((pushed.commit(b_py=GET + EVIL), NOTHING))[0] == 1


def test_a_first_push_is_scanned_whole(pushed: GitRepo, push) -> None:
    _, printed = push((pushed.id("HEAD"), NOTHING), remote="elsewhere")
    assert printed.startswith("gk: blocked, FAIL: 1 to fix in 1 file (")


def test_a_forced_push_is_compared_with_where_the_histories_part(pushed: GitRepo, push) -> None:
    there = pushed.commit(b_py=GET + EVIL)
    pushed.git("push", "-q", "origin", "main")
    pushed.git("reset", "-q", "--hard", "HEAD~1")
    assert push((pushed.commit(c_py=""), there))[0] == 0
    assert push((pushed.commit(c_py=GET + EVIL), there))[0] == 1


def test_a_tip_that_was_never_fetched_is_like_a_new_branch(pushed: GitRepo, push) -> None:
    assert push((pushed.commit(b_py=GET + EVIL), "1" * 40))[0] == 1


def test_what_main_brought_into_a_branch_is_not_new(pushed: GitRepo, push) -> None:
    pushed.git("checkout", "-q", "-b", "topic")
    there = pushed.commit(b_py="")
    pushed.git("push", "-q", "origin", "topic")
    pushed.git("checkout", "-q", "main")
    pushed.commit(c_py=GET + EVIL)
    pushed.git("push", "-q", "origin", "main")
    pushed.git("checkout", "-q", "topic")
    pushed.git("merge", "-q", "main")
    assert push((pushed.id("HEAD"), there))[0] == 0


@pytest.mark.parametrize("clean_first", (True, False))
def test_every_pushed_branch_is_scanned(pushed: GitRepo, push, clean_first: bool) -> None:
    clean = pushed.commit(b_py="")
    bad = pushed.commit(c_py=GET + EVIL)
    updates = [(clean, NOTHING), (bad, NOTHING)]
    assert push(*(updates if clean_first else updates[::-1]))[0] == 1


def test_nothing_to_push_says_nothing(pushed: GitRepo, push) -> None:
    head = pushed.id("HEAD")
    assert push((NOTHING, head)) == (0, "")
    assert push((head, head)) == (0, "")


def test_an_annotated_tag_is_pushed_like_its_commit(pushed: GitRepo, push) -> None:
    pushed.commit(b_py=GET + EVIL)
    pushed.git("tag", "-a", "-m", "1", "v1")
    assert push((pushed.id("v1"), NOTHING))[0] == 1


def test_words_that_git_never_says_are_refused(pushed: GitRepo, hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"what\n")))
    code, printed = hook("--pre-push", "origin", "url")
    assert (code, printed.count("\n")) == (3, 1)
    assert "is this run by git push?" in printed
