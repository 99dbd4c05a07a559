"""The baseline on real repositories: what is read from where, and how entries reach files that have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.errors import GkError, UsageError
from gk_hooks.model.kinds import Kind
from gk_hooks.model.records import replace
from gk_hooks.model.report import BaselineState, BaselineUse, Report, Result, Suppression
from gk_hooks.pipeline.acceptance import (
    Acceptance,
    for_commit,
    for_directory,
    for_merge,
    for_staged,
    home_of,
    identifier,
    read_from_commit,
    read_from_folder,
    read_from_index,
)
from gk_hooks.pipeline.scan import Job, scan
from gk_hooks.pipeline.targets import Options, commit_job, directory_job, since_job, staged_job
from gk_hooks.policy.accepted import Scanned, accept
from gk_hooks.policy.baseline import FILE_NAME, BaselineEntry, render
from gk_hooks.policy.decide import decide_results
from gk_hooks.source.directory import DirectorySnapshot
from gk_hooks.source.git.changed import ChangedSnapshot
from gk_hooks.source.git.lines import line_map
from gk_hooks.source.git.snapshots import CommitSnapshot
from gk_hooks.source.git.texts import text_hunks

TODAY = date(2025, 6, 30)
OPTIONS = Options(no_config=True, baseline=False)
CALL = "import requests\n\n\ndef send(host):\n    requests.get(host)\n"
"""One NET002 on line 5."""


def acceptance_of(job: Job, *, accept_new: bool = False) -> Acceptance | None:
    snapshot = job.snapshot
    if isinstance(snapshot, DirectorySnapshot):
        return for_directory(snapshot, TODAY)
    if isinstance(snapshot, CommitSnapshot):
        return for_commit(snapshot, TODAY)
    assert isinstance(snapshot, ChangedSnapshot)
    return for_staged(snapshot, TODAY) if job.mode == "staged" else for_merge(snapshot, TODAY, accept_new=accept_new)


def checked(job: Job, **options: bool) -> tuple[list[str], BaselineUse | None]:
    """Where findings still count, and how the baseline was used."""
    report = scan(job)
    acceptance = acceptance_of(job, **options)
    results, use = acceptance.apply(report.results, report.records) if acceptance else (report.results, None)
    return counted(results), use


def counted(results: Iterable[Result]) -> list[str]:
    return [
        f"{result.finding.rule_id} {result.finding.file}:{result.finding.site.line}"
        for result in results
        if result.suppression is None and result.state is not BaselineState.ABSENT
    ]


def accept_all(job: Job, reason: str = "known") -> list[BaselineEntry]:
    report: Report = scan(job)
    home = home_of(job.snapshot.root)
    scanned = Scanned(report.results, report.records, prefix=home.prefix)
    approval = Suppression("baseline", reason, "A. Reviewer")
    return accept(range(len(report.results)), scanned, identifier(home, job.snapshot), approval)


def write_baseline(repo: GitRepo, entries: Iterable[BaselineEntry]) -> None:
    repo.stage(FILE_NAME, render(entries))


def accepted_repo(repo: GitRepo) -> GitRepo:
    """a.py with its finding, committed and accepted."""
    repo.commit(a_py=CALL)
    write_baseline(repo, accept_all(commit_job("HEAD", OPTIONS)))
    repo.commit("accept it")
    return repo


def jobs() -> dict[str, Job]:
    """The same files, scanned in every way."""
    return {
        "directory": directory_job(["."], OPTIONS),
        "staged": staged_job(OPTIONS),
        "at": commit_job("HEAD", OPTIONS),
    }


# --- where it is read


def test_every_way_to_scan_has_its_own_baseline(repo: GitRepo, carrier: str) -> None:
    assert read_from_commit(repo.open(), repo.commit(a_py=CALL)) is None
    repo.stage(FILE_NAME, render([]))
    commit = repo.commit("an empty one")
    (entry,) = accept_all(directory_job(["."], OPTIONS))
    write_baseline(repo, [entry])
    repo.write(FILE_NAME, "edited later")
    before = repo.listing()
    in_commit, in_index = read_from_commit(repo.open(), commit), read_from_index(repo.open())
    assert in_commit and in_index
    assert (in_commit.source, in_commit.entries) == (f"commit {commit}", ())
    assert (in_index.source, in_index.entries) == ("index", (entry,))
    assert in_index.sha256 != in_commit.sha256
    with pytest.raises(UsageError, match=r"\.gk-baseline\.jsonl:1: is not valid JSON"):
        read_from_folder(str(repo.path))
    assert repo.listing() == before


def test_a_link_in_its_place_is_not_followed(repo: GitRepo) -> None:
    accepted_repo(repo)
    (repo.path / FILE_NAME).rename(repo.path / "elsewhere")
    (repo.path / FILE_NAME).symlink_to("elsewhere")
    with pytest.raises(GkError, match="is a symbolic link: put the file itself there"):
        read_from_folder(str(repo.path))
    repo.git("add", "-A")
    assert read_from_index(repo.open()) is None


def test_a_conflict_ends_the_scan(repo: GitRepo) -> None:
    accepted_repo(repo)
    text = (repo.path / FILE_NAME).read_text()
    repo.stage(FILE_NAME, f"<<<<<<< HEAD\n{text}=======\n>>>>>>> topic\n")
    with pytest.raises(UsageError, match=r"\.gk-baseline\.jsonl \(index\):1: holds a merge conflict"):
        checked(staged_job(OPTIONS))


# --- which bytes


def test_entries_name_what_git_has(repo: GitRepo) -> None:
    repo.commit(a_py=CALL)
    by_directory, by_commit = accept_all(directory_job(["."], OPTIONS)), accept_all(commit_job("HEAD", OPTIONS))
    assert by_directory == by_commit
    (entry,) = by_commit
    assert (entry.path, entry.rule, entry.line, entry.blob) == ("a.py", "NET002", 5, repo.id("HEAD:a.py"))


def test_a_repository_with_sha256_ids(new_repo: Callable[..., GitRepo], monkeypatch: pytest.MonkeyPatch) -> None:
    repo = new_repo("sha256", "--object-format=sha256")
    monkeypatch.chdir(repo.path)
    repo.commit(a_py=CALL)
    (entry,) = accept_all(directory_job(["."], OPTIONS))
    assert entry.blob == repo.id("HEAD:a.py")
    write_baseline(repo, [entry])
    repo.stage("a.py", "# first\n" + CALL)
    assert checked(staged_job(OPTIONS))[0] == []
    write_baseline(repo, [replace(entry, blob=entry.blob[:40])])
    found, use = checked(staged_job(OPTIONS))
    assert found == ["NET002 a.py:6"], "a shortened id is none"
    assert use and use.unreadable[0].endswith("the version that was accepted, is not in this repository")


def test_without_a_repository_the_same_bytes_are_accepted(tmp_path: Path, git_environment: None) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a.py").write_bytes(CALL.encode())
    job = directory_job([str(folder)], OPTIONS)
    (folder / FILE_NAME).write_text(render(accept_all(job)))
    assert checked(job)[0] == []
    (folder / "a.py").write_bytes(CALL.encode() + b"\n")
    found, use = checked(directory_job([str(folder)], OPTIONS))
    assert found == ["NET002 a.py:5"]
    assert use and use.unreadable == (
        "NET002 a.py:5:5: the file changed, and without a repository nobody can tell how",
    )


def test_a_folder_of_a_repository_has_the_baseline_of_the_whole(repo: GitRepo) -> None:
    repo.stage("src/a.py", CALL)
    repo.stage("other/b.py", CALL)
    write_baseline(repo, [*accept_all(directory_job(["src"], OPTIONS)), *accept_all(directory_job(["other"], OPTIONS))])
    found, use = checked(directory_job(["src"], OPTIONS))
    assert found == []
    assert use and (use.honoured, use.stale) == (("NET002 src/a.py:5:5",), ())
    assert checked(directory_job(["."], OPTIONS))[0] == []
    assert checked(directory_job(["src/a.py"], OPTIONS))[0] == []


def test_converted_line_ends_change_nothing(repo: GitRepo) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write("a.py", CALL.replace("\n", "\r\n"))
    repo.git("add", "a.py")
    repo.commit()
    (entry,) = accept_all(directory_job(["."], OPTIONS))
    assert entry.blob == repo.id("HEAD:a.py"), "not the bytes on disk, which nobody else has"
    write_baseline(repo, [entry])
    repo.commit("accept it")
    for job in jobs().values():
        assert checked(job)[0] == []
    repo.write("a.py", "# first\r\n" + CALL.replace("\n", "\r\n"))
    assert checked(directory_job(["."], OPTIONS))[0] == []


# --- changed files

MOVED = "# one\n# two\n" + CALL


@pytest.mark.parametrize(
    ("text", "found", "why"),
    (
        pytest.param(MOVED, [], "", id="lines above"),
        pytest.param(CALL + "# more\n", [], "", id="lines below"),
        pytest.param(CALL.removesuffix("\n"), ["NET002 a.py:5"], "line 5 changed", id="its line end"),
        pytest.param(CALL.replace("(host)\n    ", "(host):\n"), [], "", id="nothing at all"),
        pytest.param(CALL.replace("get(host)", "get(host, 1)"), ["NET002 a.py:5"], "line 5 changed", id="its line"),
        pytest.param(
            CALL + CALL.replace("send", "again"), ["NET002 a.py:10"], "", id="the same line once more, further down"
        ),
        pytest.param("pass\n", [], "line 5 changed", id="the finding went"),
    ),
)
@pytest.mark.parametrize("mode", ("directory", "staged", "at"))
def test_a_changed_file(repo: GitRepo, carrier: str, mode: str, text: str, found: list[str], why: str) -> None:
    accepted_repo(repo)
    repo.stage("a.py", text)
    if mode == "at":
        repo.commit()
    counted, use = checked(jobs()[mode])
    assert counted == found
    assert use
    assert list(use.stale) == ([f"NET002 a.py:5:5: {why}"] if why else [])


SECRETLY = 'import requests\n\nURL = "https://{}.example"\n\n\nrequests.get(URL)\n'


@pytest.mark.parametrize("mode", ("directory", "staged"))
def test_an_untouched_line_that_does_something_else_is_not_accepted(repo: GitRepo, mode: str) -> None:
    repo.commit(a_py=SECRETLY.format("partner"))
    write_baseline(repo, accept_all(commit_job("HEAD", OPTIONS)))
    repo.commit("accept it")
    repo.stage("a.py", "# first\n" + SECRETLY.format("partner"))
    assert checked(jobs()[mode])[0] == []
    repo.stage("a.py", "# first\n" + SECRETLY.format("evil"))
    found, use = checked(jobs()[mode])
    assert found == ["NET001 a.py:7"]
    assert use and use.stale == ("NET001 a.py:6:1: what it finds changed",)


def test_lines_are_counted_as_the_language_counts_them(repo: GitRepo) -> None:
    repo.commit(a_py="x = 1\r" + CALL)
    write_baseline(repo, accept_all(commit_job("HEAD", OPTIONS)))
    repo.commit("accept it")
    for text in ("# a\r# b\n" + "x = 1\r" + CALL, "x = 1\r" + CALL + "\r# c"):
        repo.stage("a.py", text)
        assert checked(directory_job(["."], OPTIONS))[0] == []
        assert checked(staged_job(OPTIONS))[0] == []


@pytest.mark.parametrize(
    ("blob", "why"),
    (
        pytest.param(
            "1" * 40, "blob 111111111111, the version that was accepted, is not in this repository", id="gone"
        ),
        pytest.param(
            "1" * 64, "blob 111111111111, the version that was accepted, is not in this repository", id="long"
        ),
        pytest.param("other", "is not the file with its sha256", id="another file"),
    ),
)
def test_a_version_that_cannot_be_had_suppresses_nothing(repo: GitRepo, blob: str, why: str) -> None:
    accepted_repo(repo)
    repo.stage("other.py", "pass\n")
    text = (repo.path / FILE_NAME).read_text()
    repo.stage(FILE_NAME, text.replace(repo.id("HEAD:a.py"), repo.id(":other.py") if blob == "other" else blob))
    assert checked(directory_job(["."], OPTIONS))[0] == [], "the bytes are the same, so nothing has to be read"
    repo.stage("a.py", MOVED)
    for job in (directory_job(["."], OPTIONS), staged_job(OPTIONS)):
        found, use = checked(job)
        assert found == ["NET002 a.py:7"]
        assert use and len(use.unreadable) == 1
        assert use.unreadable[0].endswith(why)


# --- other paths


def test_a_renamed_file_takes_its_entries_along(repo: GitRepo) -> None:
    accepted_repo(repo)
    repo.git("mv", "a.py", "b.py")
    for job in (directory_job(["."], OPTIONS), staged_job(OPTIONS)):
        found, use = checked(job)
        assert (found, use and use.honoured) == ([], ("NET002 a.py:5:5",))


def test_a_renamed_and_changed_file_takes_them_along_where_git_sees_it(repo: GitRepo) -> None:
    accepted_repo(repo)
    repo.git("mv", "a.py", "b.py")
    repo.stage("b.py", "# first\n" + CALL)
    assert checked(staged_job(OPTIONS))[0] == []
    found, use = checked(directory_job(["."], OPTIONS))
    assert found == ["NET002 b.py:6"]
    assert use and use.stale == ("NET002 a.py:5:5: the file is gone",)


def test_a_file_that_moved_out_of_the_scanned_part_is_not_stale(repo: GitRepo) -> None:
    repo.stage("src/a.py", CALL)
    write_baseline(repo, accept_all(directory_job(["."], OPTIONS)))
    repo.stage("src/b.py", "pass\n")
    (repo.path / "src/a.py").rename(repo.path / "c.py")
    found, use = checked(directory_job(["src/b.py"], OPTIONS))
    assert (found, use and use.stale) == ([], ())


def test_a_copy_is_not_accepted(repo: GitRepo) -> None:
    accepted_repo(repo)
    repo.stage("b.py", CALL)
    for job in (directory_job(["."], OPTIONS), staged_job(OPTIONS)):
        assert checked(job)[0] == ["NET002 b.py:5"]


def test_a_deleted_file_leaves_its_entry_stale(repo: GitRepo) -> None:
    accepted_repo(repo)
    repo.commit(z_py="pass\n")
    repo.git("rm", "-q", "a.py")
    for job in (directory_job(["."], OPTIONS), staged_job(OPTIONS)):
        assert checked(job)[1] == BaselineUse(
            **{**_source(job), "entries": 1, "stale": ("NET002 a.py:5:5: the file is gone",)}
        )


def _source(job: Job) -> dict[str, str]:
    acceptance = acceptance_of(job)
    assert acceptance
    return {"source": acceptance.baseline.source, "sha256": acceptance.baseline.sha256}


def test_files_that_a_change_does_not_touch_are_neither_used_nor_stale(repo: GitRepo) -> None:
    accepted_repo(repo)
    repo.stage("z.py", "pass\n")
    found, use = checked(staged_job(OPTIONS))
    assert found == []
    assert use and (use.honoured, use.stale) == ((), ())


def test_what_is_out_of_scope_or_sparse_is_not_stale(repo: GitRepo) -> None:
    accepted_repo(repo)
    found, use = checked(directory_job(["."], Options(no_config=True, exclude=("a.py",))))
    assert (found, use and use.stale) == ([], ())
    repo.git("update-index", "--skip-worktree", "a.py")
    (repo.path / "a.py").unlink()
    found, use = checked(directory_job(["."], OPTIONS))
    assert (found, use and use.stale) == ([], ())


@pytest.mark.parametrize("name", (b"caf\xe9.py", b"two\nlines.py", b"-x.py", b"a b/:(top)c.py"))
def test_awkward_names(repo: GitRepo, name: bytes) -> None:
    repo.stage(name, CALL)
    repo.commit()
    write_baseline(repo, accept_all(directory_job(["."], OPTIONS)))
    repo.stage(name, MOVED)
    assert checked(directory_job(["."], OPTIONS))[0] == []
    assert checked(staged_job(OPTIONS))[0] == []


# --- a merge check


def branch(repo: GitRepo) -> None:
    """A branch that adds a finding and accepts it, on a main branch that accepts the old one."""
    accepted_repo(repo)
    repo.git("checkout", "-q", "-b", "topic")
    repo.stage("a.py", MOVED)
    repo.stage("b.py", CALL)
    write_baseline(repo, accept_all(directory_job(["."], OPTIONS), reason="harmless"))
    repo.commit("add and accept")


def test_a_merge_check_reads_the_base(repo: GitRepo, carrier: str) -> None:
    branch(repo)
    found, use = checked(since_job("main", "HEAD", OPTIONS))
    assert found == ["NET002 b.py:5"]
    assert use
    assert use.source == f"commit {repo.id('main')}"
    assert use.honoured == ("NET002 a.py:5:5",)
    assert use.newly_added == (
        "NET002 a.py:7:5 (approved by A. Reviewer: harmless)",
        "NET002 b.py:5:5 (approved by A. Reviewer: harmless)",
    )


def test_a_merge_check_may_be_told_that_it_was_reviewed(repo: GitRepo) -> None:
    branch(repo)
    found, use = checked(since_job("main", "HEAD", OPTIONS), accept_new=True)
    assert found == []
    assert use and use.source == f"commit {repo.id('HEAD')}"
    assert len(use.newly_added) == 2


def test_the_hook_takes_what_is_committed_together(repo: GitRepo) -> None:
    branch(repo)
    repo.git("reset", "-q", "--soft", "main")
    assert checked(staged_job(OPTIONS))[0] == []


def test_a_merge_check_without_any_baseline(repo: GitRepo) -> None:
    repo.commit(a_py="pass\n")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit(a_py=CALL)
    assert checked(since_job("main", "HEAD", OPTIONS)) == (["NET002 a.py:5"], None)


# --- the decision


def test_an_accepted_finding_of_a_protected_rule_never_passes_in_silence(repo: GitRepo) -> None:
    repo.commit(a_py=SECRETLY.format("partner"), b_py=CALL)
    write_baseline(repo, accept_all(commit_job("HEAD", OPTIONS)))
    job = directory_job(["."], OPTIONS)
    report, acceptance = scan(job), acceptance_of(job)
    assert acceptance
    results, _ = acceptance.apply(report.results, report.records)
    assert counted(results) == []
    assert decide_results(results) == "CONDITIONAL_PASS"
    assert decide_results(result for result in results if result.finding.file == "b.py") == "PASS"


# --- hunks without git


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    (
        pytest.param("", "", {}, id="nothing"),
        pytest.param("a\nb\n", "a\nb\n", {1: 1, 2: 2}, id="the same"),
        pytest.param("a\nb\n", "x\na\nb\n", {1: 2, 2: 3}, id="one at the top"),
        pytest.param("a\nb\n", "a\nb\nx\n", {1: 1, 2: 2}, id="one at the end"),
        pytest.param("a\nb", "a\nb\n", {1: 1}, id="a line end at the end"),
        pytest.param("a\nb\nc\n", "a\nx\nc\n", {1: 1, 3: 3}, id="one in the middle"),
        pytest.param("a\nx\nx\nb\nx\nc\n", "a\nx\nx\nq\nb\nx\nc\n", {1: 1, 2: 2, 3: 3, 4: 5, 5: 6, 6: 7}, id="repeats"),
        pytest.param("a\nb\nc\nd\n", "c\nd\na\nb\n", {3: 1, 4: 2}, id="a block moved"),
        pytest.param("p\nx\ny\nx\nq\n", "1\np\nx\ny\nx\nq\n2\n", {1: 2, 2: 3, 3: 4, 4: 5, 5: 6}, id="both ends"),
        pytest.param(
            "A\nu\nr\ns\nr\nv\ns\nB\n",
            "C\nu\nr\n1\ns\n2\nr\n3\nv\ns\nD\n",
            {2: 2, 3: 3, 4: 5, 5: 7, 6: 9, 7: 10},
            id="gaps in gaps",
        ),
        pytest.param("x\n" * 3, "x\n" * 5, {1: 1, 2: 2, 3: 3}, id="nothing but repeats"),
        pytest.param(
            "u\nr\nv\nk\nr\nw\n", "u\nr\nV\nk\nr\nW\n", {1: 1, 2: 2, 4: 4, 5: 5}, id="several changes between anchors"
        ),
    ),
)
def test_hunks_of_texts(old: str, new: str, lines: dict[int, int]) -> None:
    one, other = old.encode(), new.encode()
    found = line_map(one, other, text_hunks(one, other), Kind.SHELL)
    assert found is not None
    mapped = {line: found.new_line(line) for line in range(1, len(old.splitlines()) + 1)}
    assert {line: at for line, at in mapped.items() if at is not None} == lines


def test_large_texts_take_no_time() -> None:
    old = b"".join(b"%d\n" % (number % 997) for number in range(200_000))
    new = b"".join(b"%d\n" % (number % 991) for number in range(200_000))
    assert text_hunks(old, new)
    assert text_hunks(b"x\n" * 200_000, b"x\ny\n" * 100_000)
    many = [b"%d\n" % number for number in range(100_000)]
    assert len(text_hunks(b"".join(many), b"".join(many[::-1]))) > 0
