from __future__ import annotations

import io
import os
import stat
import sys

import pytest

from gk_hooks.errors import GkError
from gk_hooks.reports.progress import Progress
from gk_hooks.reports.write import print_text, write_file, write_folder

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX file types")


def link(path, target):
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no links")


def test_a_new_folder_ignores_itself(tmp_path):
    folder = tmp_path / "deep" / "mcen_audit"
    assert write_folder(folder, {"report.md": "é\n"}, default=True) == [str(folder / "report.md")]
    assert (folder / "report.md").read_bytes() == b"\xc3\xa9\n"
    assert (folder / ".gitignore").read_bytes() == b"*\n"
    assert sorted(os.listdir(folder)) == [".gitignore", "report.md"]


def test_the_default_folder_ignores_itself_again(tmp_path):
    (tmp_path / "old.txt").touch()
    write_folder(tmp_path, {}, default=True)
    assert (tmp_path / ".gitignore").exists()


def test_a_folder_with_files_of_its_own_is_not_ignored(tmp_path):
    (tmp_path / "code.py").touch()
    write_folder(tmp_path, {"report.md": "x"}, default=False)
    assert sorted(os.listdir(tmp_path)) == ["code.py", "report.md"]


def test_an_ignore_file_is_kept(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    write_folder(tmp_path, {}, default=True)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_planted_link_is_replaced_not_followed(tmp_path):
    victim, folder = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    folder.mkdir()
    link(folder / "report.json", victim)
    write_folder(folder, {"report.json": "{}"}, default=True)
    assert victim.read_text() == "precious"
    assert not (folder / "report.json").is_symlink()
    assert (folder / "report.json").read_text() == "{}"


@pytest.mark.parametrize("exists", (True, False), ids=("a link to a folder", "a dangling link"))
def test_the_default_folder_must_not_be_a_link(tmp_path, exists):
    if exists:
        (tmp_path / "victim").mkdir()
    link(tmp_path / "mcen_audit", tmp_path / "victim")
    with pytest.raises(GkError, match="is a link, and reports are not written through it"):
        write_folder(tmp_path / "mcen_audit", {"report.md": "x"}, default=True)
    assert not exists or os.listdir(tmp_path / "victim") == []


def test_a_link_that_the_user_names_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    link(tmp_path / "out", tmp_path / "real")
    write_folder(tmp_path / "out", {"report.md": "x"}, default=False)
    assert (tmp_path / "real" / "report.md").read_text() == "x"


@pytest.mark.parametrize(
    "place",
    (
        pytest.param("file/out", id="a file in the way of the folder"),
        pytest.param("file", id="a file instead of the folder"),
        pytest.param("nul\0byte", id="an impossible name"),
    ),
)
def test_unwritable_is_one_clear_line(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(GkError, match=r"^cannot write [^\n]+$"):
        write_folder(tmp_path / place, {"report.md": "x"}, default=False)


def test_a_folder_in_place_of_a_report(tmp_path):
    (tmp_path / "report.md").mkdir()
    with pytest.raises(GkError, match=r"^cannot write [^\n]+$"):
        write_folder(tmp_path, {"report.md": "x"}, default=False)
    assert os.listdir(tmp_path) == ["report.md"]


def test_a_name_in_an_error_is_escaped(tmp_path):
    (tmp_path / "x").touch()
    with pytest.raises(GkError) as raised:
        write_file(tmp_path / "x" / "\x1b[31m", "x")
    assert "\x1b" not in str(raised.value)


def test_write_file_makes_its_folders_and_replaces(tmp_path):
    for content in ("one", "two"):
        write_file(tmp_path / "a" / "b.json", content)
        assert (tmp_path / "a" / "b.json").read_text() == content
    assert os.listdir(tmp_path / "a") == ["b.json"]


@posix
def test_files_have_ordinary_permissions(tmp_path):
    write_file(tmp_path / "a.md", "x")
    (tmp_path / "b.md").write_text("x")
    assert stat.S_IMODE((tmp_path / "a.md").stat().st_mode) == stat.S_IMODE((tmp_path / "b.md").stat().st_mode)


@posix
def test_a_device_is_written_to_and_stays(tmp_path):
    link(tmp_path / "null", "/dev/null")
    write_file(tmp_path / "null", "x")
    assert (tmp_path / "null").is_symlink()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_narrow_stream_gets_escapes():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    print_text("caf\u00e9 … x\n", stream)
    stream.flush()
    assert raw.getvalue() == b"caf\\xe9 \\u2026 x\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, seconds):
    """What a scan of 5,000 files that takes *seconds* draws on *stream*."""
    now = 0.0
    with Progress(5000, stream, lambda: now) as progress:
        for _ in range(5):
            now += seconds / 5
            progress.advance(1000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "seconds", "drawn"),
    (
        pytest.param(Terminal(), 0.9, "", id="a short scan"),
        pytest.param(io.StringIO(), 10, "", id="no terminal"),
        pytest.param(
            Terminal(),
            3,
            "\rscanned 2,000 of 5,000 files\rscanned 3,000 of 5,000 files\rscanned 4,000 of 5,000 files"
            ", about 0:01 left"
            "\rscanned 5,000 of 5,000 files" + " " * 17 + "\r" + " " * 28 + "\r",
            id="a long scan cleans up",
        ),
    ),
)
def test_progress(stream, seconds, drawn):
    assert shown(stream, seconds) == drawn


def test_progress_cleans_up_after_an_error():
    stream = Terminal()
    now = 0.0
    with pytest.raises(KeyboardInterrupt), Progress(10, stream, lambda: now) as progress:
        now = 2.0
        progress.advance()
        raise KeyboardInterrupt
    assert stream.getvalue().endswith("\r" + " " * len("scanned 1 of 10 files, about 0:18 left") + "\r")


def test_progress_survives_a_missing_stream(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    with Progress(1, None, lambda: 5.0) as progress:
        progress.advance()
