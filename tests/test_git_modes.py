"""gk scan --staged, --since and --at, and gk audit, on awkward repositories; what cannot be told is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repo import GitRepo
from test_diff import told
from test_git_hostile import trap

from gk_hooks.cli import main
from gk_hooks.errors import GkError
from gk_hooks.pipeline.scan import scan
from gk_hooks.pipeline.targets import Options, commit_job, directory_job, since_job, staged_job

GET = "import requests\n"
EVIL = 'requests.get("http://evil.example/")\n'
CALM = "".join(f"line_{number} = {number}\n" for number in range(20))
__all__ = ["trap"]  # the fixture

NEW_A = ["new NET001 a.py:2 (the file is new)"]

posix = pytest.mark.skipif(sys.platform == "win32", reason="the file system does not take these names")


@pytest.fixture
def gk(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs gk with an output folder elsewhere; the exit code and all that it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        folder = ["--output-dir", str(tmp_path / "out")] if arguments[0] in ("scan", "audit") else []
        code = main([*arguments, *folder])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def report(tmp_path: Path) -> dict[str, dict]:
    return json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))


def since(ref: str, until: str = "HEAD", **options: object) -> list[str]:
    return told(scan(since_job(ref, until, Options(**options), state=False)))  # type: ignore[arg-type]


def branches(repo: GitRepo) -> GitRepo:
    """main and topic, which part at a commit with one finding, known.py."""
    repo.commit(known_py=GET + EVIL)
    repo.git("checkout", "-q", "-b", "topic")
    repo.git("checkout", "-q", "main")
    repo.commit(main_py=GET + EVIL)
    repo.git("checkout", "-q", "topic")
    return repo


# --- since


def test_since_looks_at_what_the_branch_adds(repo: GitRepo, carrier: str) -> None:
    branches(repo).commit(a_py=GET + EVIL)
    before = repo.listing()
    assert since("main") == NEW_A
    assert since("main", "main") == []
    assert since("topic", "main") == ["new NET001 main.py:2 (the file is new)"]
    assert repo.listing() == before


def test_what_a_merge_of_main_brought_is_not_new(repo: GitRepo) -> None:
    branches(repo).commit(a_py=GET + EVIL)
    repo.git("merge", "-q", "main", "-m", "merge main")
    assert since("main") == NEW_A


def test_a_criss_cross_history_has_two_bases(repo: GitRepo) -> None:
    """Each merged the other's first commit; a finding of either is known."""
    repo.commit(z_py="")
    repo.git("checkout", "-q", "-b", "topic")
    one = repo.commit(one_py=GET + EVIL)
    repo.git("checkout", "-q", "main")
    two = repo.commit(two_py=GET + EVIL)
    repo.git("merge", "-q", "-m", "1", one)
    repo.git("checkout", "-q", "topic")
    repo.git("merge", "-q", "-m", "2", two)
    repo.stage("one.py", GET + EVIL + "x = 1\n")
    repo.commit(a_py=GET + EVIL)
    job = since_job("main", "HEAD", Options())
    assert job.git().base_commits == tuple(sorted((one, two)))
    assert told(scan(job)) == [*NEW_A, "unchanged NET001 one.py:2"]


def test_an_octopus_is_compared_with_every_parent(repo: GitRepo) -> None:
    repo.commit(a_py=CALM)
    for name in ("one", "two"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.stage(f"{name}.py", GET + EVIL)
        repo.commit()
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "one", "two")
    repo.stage("one.py", GET + EVIL + EVIL)
    assert told(scan(staged_job(Options(), state=False))) == [
        "unchanged NET001 one.py:2", "new NET001 one.py:3 (line 3 was added or changed)"
    ]  # fmt: skip


def test_in_the_middle_of_a_rebase(repo: GitRepo) -> None:
    branches(repo).commit(a_py="1\n", main_py=GET)
    repo.git("rebase", "-q", "main", check=False)
    repo.stage("main.py", GET + EVIL + EVIL)
    assert told(scan(staged_job(Options(), state=False))) == [
        "unchanged NET001 main.py:2", "new NET001 main.py:3 (line 3 was added or changed)"
    ]  # fmt: skip


def test_the_base_decides_what_is_left_out(repo: GitRepo, gk) -> None:
    repo.stage("pyproject.toml", "[tool.gk]\nexclude = ['old/**']\n")
    repo.commit()
    repo.stage("old/a.py", GET + EVIL)
    repo.stage("gk.toml", "exclude = ['a.py']\n")
    repo.commit(a_py=GET + EVIL)
    assert since("HEAD~1") == NEW_A
    code, printed = gk("scan", "--since", "HEAD~1")
    assert code == 1
    assert "note: gk.toml changes here; what the base says of it was used\n" in printed
    assert "note: pyproject.toml leaves out old/**\n" in printed


def test_the_base_decides_what_is_accepted(repo: GitRepo, gk) -> None:
    repo.commit(b_py=GET + EVIL)
    repo.stage("a.py", GET + EVIL)
    assert gk("baseline", "create", "--reason", "r", "--by", "me")[0] == 0
    repo.git("add", ".gk-baseline.jsonl")
    assert gk("scan", "--staged")[0] == 2
    repo.commit()
    code, printed = gk("scan", "--since", "HEAD~1")
    assert code == 1
    assert "warning: 2 newly added baseline entries: honoured only with --accept-new-baseline" in printed
    code, printed = gk("scan", "--since", "HEAD~1", "--accept-new-baseline")
    assert (code, "without suppressions: FAIL" in printed) == (2, True)
    assert gk("scan", "--at", "HEAD")[0] == 2
    assert gk("audit")[0] == 2
    assert gk("scan", ".")[0] == 2


def test_hunks_around_new_findings(repo: GitRepo, gk) -> None:
    repo.commit(a_py='import requests\nHOST = "http://127.0.0.1"\n' + CALM + "requests.get(HOST)\n")
    repo.stage("a.py", 'import requests\nHOST = "http://evil.example"\n' + CALM + "requests.get(HOST)\nx = 1\n")
    _, printed = gk("scan", "--staged", "--diff")
    assert (
        "     | @@ -2,1 +2,1 @@\n"
        "     |  import requests\n"
        '     | -HOST = "http://127.0.0.1"\n'
        '     | +HOST = "http://evil.example"\n'
        "     |  line_0 = 0\n"
    ).replace("     |", "    |") in printed
    assert "+x = 1" not in printed
    assert gk("scan", "--diff") == (3, "gk: --diff goes with --staged or --since\n")


# --- the whole tree


@pytest.mark.parametrize("revision", ("v1", "v2", "HEAD~1", "main~1", "HEAD~1^{tree}"))
def test_at_reads_the_tree_and_not_the_disk(repo: GitRepo, carrier: str, revision: str) -> None:
    repo.commit(a_py=GET + EVIL)
    repo.git("tag", "v1")
    repo.git("tag", "-a", "-m", "2", "v2")
    repo.commit(a_py="")
    repo.write("b.py", GET + EVIL)
    before = repo.listing()
    report = scan(commit_job(revision, Options()))
    assert [result.finding.file for result in report.results] == ["a.py"]
    assert report.git.tree == repo.id("HEAD~1^{tree}")
    assert (report.git.head_commit, report.git.dirty) == (None if "tree" in revision else repo.id("HEAD~1"), None)
    assert repo.listing() == before


def test_audit_takes_the_tag_at_head(repo: GitRepo, gk, tmp_path: Path) -> None:
    repo.commit(a_py=GET + EVIL)
    assert gk("audit")[0] == 1
    assert report(tmp_path)["target"]["requested"] == "HEAD"
    repo.git("tag", "v1.9")
    repo.git("tag", "v1.10")
    assert gk("audit")[0] == 1
    assert report(tmp_path)["target"]["requested"] == "v1.10"
    assert report(tmp_path)["target"]["git"]["tag"] == "v1.10"
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"report.json", "report.md", "manifest.json"}


def test_audit_names_the_tag_that_was_asked_for(repo: GitRepo, gk, tmp_path: Path) -> None:
    repo.commit(a_py="")
    repo.git("tag", "v1")
    repo.git("tag", "v2")
    assert gk("audit", "v1")[0] == 0
    assert report(tmp_path)["target"]["git"]["tag"] == "v1"


def test_in_a_bare_repository(repo: GitRepo, new_repo, gk, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(a_py=GET + EVIL)
    repo.commit(b_py="")
    bare = new_repo("bare", "--bare")
    repo.git("push", "-q", str(bare.path), "main")
    monkeypatch.chdir(bare.path)
    before = bare.listing()
    assert gk("scan", "--at", "main")[0] == 1
    assert gk("audit", "main")[0] == 1
    assert gk("scan", "--since", "main~1", "--until", "main")[0] == 0
    assert gk("scan", "--staged") == (3, "gk: a bare repository has no index: name a commit with --at or --since\n")
    assert gk("hook")[0] == 3
    assert bare.listing() == before


def test_every_mode_in_a_repository_of_sha256(new_repo, monkeypatch: pytest.MonkeyPatch, carrier: str) -> None:
    repo = new_repo("sha256", "--object-format=sha256")
    monkeypatch.chdir(repo.path)
    repo.commit(a_py=GET + EVIL + "x = 1\n")
    repo.stage("a.py", GET + CALM + EVIL + "x = 1\n" + EVIL)
    expected = ["unchanged NET001 a.py:22", "new NET001 a.py:24 (line 24 was added or changed)"]
    assert told(scan(staged_job(Options()))) == expected
    repo.commit()
    assert since("HEAD~1") == expected
    assert len(scan(commit_job("HEAD", Options())).results) == 2


def test_in_a_linked_worktree(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(b_py="")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.py").write_text(GET + EVIL, encoding="utf-8")
    repo.git("-C", str(tmp_path / "linked"), "add", "a.py")
    assert told(scan(staged_job(Options()))) == []
    monkeypatch.chdir(tmp_path / "linked")
    assert told(scan(staged_job(Options()))) == NEW_A


def test_what_a_sparse_checkout_leaves_out_is_scanned(repo: GitRepo) -> None:
    repo.stage("far/b.py", "")
    repo.commit(a_py="")
    repo.git("sparse-checkout", "set", "near")
    blob = repo.git("hash-object", "-w", "--stdin", stdin=(GET + EVIL).encode())
    repo.git("update-index", "--cacheinfo", f"100644,{blob},far/b.py")
    assert told(scan(staged_job(Options()))) == ["new NET001 far/b.py:2 (line 2 was added or changed)"]


def test_a_submodule_is_another_repository(repo: GitRepo, new_repo) -> None:
    other = new_repo("other")
    other.commit(a_py=GET + EVIL)
    repo.commit(b_py="")
    repo.git("submodule", "add", "-q", str(other.path), "sub")
    report = scan(staged_job(Options()))
    assert (told(report), report.left_out) == ([], ("sub/ (a submodule: its files are in another repository)",))


# --- names and configuration


@posix
@pytest.mark.parametrize(
    "name",
    (b"a b.py", b'q"uote.py', b"new\nline.py", b"-dash.py", b"caf\xe9.py", b"x b/y.py", b"a/a.py", b":(glob)x.py",
     b"\x1b[31m.py", b"tab\t.py", b"w/b/a.py"),
)  # fmt: skip
def test_odd_names(repo: GitRepo, name: bytes, gk) -> None:
    path = name.decode("utf-8", "surrogateescape")
    repo.stage(name, GET + EVIL + "x = 1\n")
    repo.commit()
    repo.stage(name, GET + CALM + EVIL + "x = 1\n" + EVIL)
    expected = [f"unchanged NET001 {path}:22", f"new NET001 {path}:24 (line 24 was added or changed)"]
    assert told(scan(staged_job(Options()))) == expected
    repo.commit()
    assert since("HEAD~1") == expected
    assert gk("scan", "--since", "HEAD~1", "--diff")[0] == 1
    assert gk("scan", "--at", "HEAD")[0] == 1


@pytest.mark.parametrize(
    "config",
    ("diff.noprefix=true", "diff.mnemonicPrefix=true", "color.diff=always", "color.ui=always", "core.quotePath=true",
     "diff.external=false", "diff.renames=false", "diff.algorithm=patience", "diff.context=9", "diff.orderFile=x",
     "diff.interHunkContext=99", "diff.ignoreSubmodules=all", "core.attributesFile=nowhere", "diff.colorMoved=zebra",
     "core.whitespace=cr-at-eol", "diff.wsErrorHighlight=all", "diff.suppressBlankEmpty=1", "core.abbrev=4"),
)  # fmt: skip
def test_no_configuration_changes_what_is_new(repo: GitRepo, config: str) -> None:
    repo.stage(".gitattributes", "*.py -diff\n")
    repo.commit(a_py=GET + EVIL + CALM)
    repo.git("config", *config.split("="))
    repo.git("mv", "a.py", "b.py")
    repo.stage("b.py", GET + CALM + EVIL + CALM + EVIL)
    assert [one.split(" (")[0] for one in told(scan(staged_job(Options())))] == [
        "unchanged NET001 b.py:22", "new NET001 b.py:43"
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="plants shell scripts")
@pytest.mark.usefixtures("carrier")
def test_nothing_of_the_repository_runs_and_nothing_is_written(trap: GitRepo, tmp_path: Path, gk) -> None:
    trap.write("evil.py", GET + EVIL)
    blob = trap.git("hash-object", "-w", "--stdin", stdin=(GET + EVIL).encode())
    settings = ("core.fsmonitor=", "filter.trap.process=", "filter.trap.clean=", "filter.trap.required=false")
    calm = [word for setting in settings for word in ("-c", setting)]
    trap.git(*calm, "update-index", "--add", "--cacheinfo", f"100644,{blob},evil.py")
    (tmp_path / "canary").unlink(missing_ok=True)
    before = trap.listing()
    for arguments in (
        ["hook"], ["hook", "--output-dir", str(tmp_path / "out")], ["scan", "--staged", "--diff"], ["scan", "."],
        ["scan", "--since", "side"], ["scan", "--at", "HEAD"], ["audit"], ["baseline", "show"],
    ):  # fmt: skip
        code, printed = gk(*arguments)
        finds = arguments[0] == "hook" or "--staged" in arguments or "." in arguments
        assert code == (1 if finds else 3 if arguments[0] == "baseline" else 0), printed
    assert trap.listing() == before
    assert not (tmp_path / "canary").exists()


# --- what cannot be told


def test_a_shallow_clone_without_a_merge_base(repo: GitRepo, new_repo, gk, monkeypatch: pytest.MonkeyPatch) -> None:
    branches(repo).commit(a_py="")
    clone = new_repo("clone")
    clone.git("fetch", "-q", "--depth=1", f"file://{repo.path}", "main:main2", "topic:topic")
    monkeypatch.chdir(clone.path)
    code, printed = gk("scan", "--since", "main2", "--until", "topic")
    assert (code, printed.count("\n")) == (3, 1)
    assert "share no commit in this shallow clone: run git fetch --unshallow" in printed


def test_histories_without_a_common_commit(repo: GitRepo, gk) -> None:
    repo.commit(a_py="")
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit(b_py="")
    code, printed = gk("scan", "--since", "main")
    assert (code, printed.count("\n"), "have no common ancestor" in printed) == (3, 1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="file URL")
def test_a_partial_clone_is_not_completed(repo: GitRepo, new_repo, gk, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit(a_py="1\n")
    repo.commit(a_py=GET + EVIL)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.path}", str(new_repo("x").path / "partial"))
    monkeypatch.chdir(repo.path.parent / "x" / "partial")
    assert gk("scan", "--at", "HEAD")[0] == 1
    code, printed = gk("scan", "--since", "HEAD~1")
    assert (code, printed.count("\n")) == (3, 1)
    assert "missing: the clone is partial or damaged" in printed


REFS = (
    pytest.param("", "the revision is empty", id="empty"),
    pytest.param("-x", "no single revision", id="like an option"),
    pytest.param("--output=x", "no single revision", id="like an option with a value"),
    pytest.param("main..topic", "no single revision", id="a range"),
    pytest.param("nowhere", "check its spelling, or fetch it first", id="unknown"),
    pytest.param("both", "is ambiguous: say refs/tags/both or refs/heads/both", id="a tag and a branch"),
    pytest.param("HEAD:a.py", "check its spelling", id="a file"),
)  # fmt: skip


@pytest.mark.parametrize(("ref", "complaint"), REFS)
@pytest.mark.parametrize("option", ("--since", "--until", "--at"))
def test_refs_that_cannot_be_meant(repo: GitRepo, gk, option: str, ref: str, complaint: str) -> None:
    branches(repo).commit(a_py="")
    repo.git("tag", "both")
    repo.git("branch", "both")
    before = repo.listing()
    code, printed = gk("scan", f"{option}={ref}", *(["--since=HEAD"] if option == "--until" else []))
    assert (code, printed.count("\n"), complaint in printed) == (3, 1, True), printed
    assert repo.listing() == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    (
        pytest.param(["--staged", "."], "name either paths or one of", id="paths and --staged"),
        pytest.param(["--until", "main"], "--until goes with --since", id="--until alone"),
        pytest.param(["--staged", "--at", "HEAD"], "not allowed with argument", id="two at once"),
    ),
)
def test_options_that_cannot_be_meant(repo: GitRepo, gk, arguments: list[str], complaint: str) -> None:
    repo.commit(a_py="")
    try:
        code, printed = gk("scan", *arguments)
    except SystemExit as stop:  # argparse leaves by itself
        assert stop.code == 3
    else:
        assert (code, complaint in printed) == (3, True)


def test_outside_of_a_repository(gk, git_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["scan", "--staged"], ["scan", "--since=x"], ["scan", "--at=x"], ["audit"], ["hook"]):
        assert gk(*arguments) == (3, f"gk: {tmp_path} is not in a git repository\n")


def test_changed_files_that_cannot_be_read_never_pass(repo: GitRepo) -> None:
    repo.commit(a_py="def (:\n")
    repo.stage("a.py", "def (:\n" + EVIL)
    assert scan(staged_job(Options())).decision.exit_code == 2


def test_a_missing_blob_is_no_empty_file(repo: GitRepo) -> None:
    repo.commit(a_py="")
    repo.stage("a.py", GET + EVIL)
    blob = repo.id(":a.py")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GkError, match="missing"):
        scan(staged_job(Options()))


def test_the_disk_is_scanned_with_the_same_annotations(repo: GitRepo) -> None:
    repo.commit(a_py="")
    repo.git("tag", "v1")
    repo.write("b.py", "x = 1\n")
    git = scan(directory_job(["."], Options())).git
    assert (git.head_commit, git.branch, git.tag, git.dirty, git.untracked) == (
        repo.id("HEAD"),
        "main",
        "v1",
        True,
        True,
    )
    assert (git.index_differs, git.worktree_differs, git.hidden) == (False, False, False)
