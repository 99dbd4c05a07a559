from __future__ import annotations

import random
import sys

import pytest
from git_repo import GitRepo

from gk_hooks.model.kinds import Kind
from gk_hooks.model.linemap import LineMap, Run
from gk_hooks.source.decode import decode, split_lines
from gk_hooks.source.git.lines import Hunk, hunks, line_map


def _map(repo: GitRepo, old: bytes, new: bytes, kind: Kind = Kind.PYTHON) -> dict[int, int | None] | None:
    """The old line of every new line."""
    repo.stage("old", old)
    repo.stage("new", new)
    found = line_map(old, new, hunks(repo.open(), repo.id(":old"), repo.id(":new")), kind)
    if found is None:
        return None
    lines = split_lines(decode(new, kind).text, kind)
    return {number: found.old_line(number) for number in range(1, len(lines) + 1) if lines[number - 1]}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    (
        pytest.param(b"a\nb\n", b"a\nb\n", {1: 1, 2: 2}, id="the same"),
        pytest.param(b"a\nb\n", b"x\na\nb\n", {1: None, 2: 1, 3: 2}, id="inserted at the top"),
        pytest.param(b"a\nb\nc\n", b"b\nc\n", {1: 2, 2: 3}, id="the first line deleted"),
        pytest.param(
            b"a\nb\n", b"a\nx\nb\ny\n", {1: 1, 2: None, 3: 2, 4: None}, id="inserted in the middle and at the end"
        ),
        pytest.param(b"a\nb\nc\n", b"a\nx\nc\n", {1: 1, 2: None, 3: 3}, id="replaced"),
        pytest.param(b"", b"a\n", {1: None}, id="from nothing"),
        pytest.param(b"a\n", b"", {}, id="to nothing"),
        pytest.param(b"a\nb", b"a\nb\nc", {1: 1, 2: None, 3: None}, id="the newline at the end of the file is added"),
        pytest.param(b"a\r\nb\r\n", b"a\nb\r\n", {1: None, 2: 2}, id="another line end"),
        pytest.param(
            b"# x\reval(a)\nb\n", b"y\n# x\reval(a)\nb\n", {1: None, 2: 1, 3: 2, 4: 3}, id="a lone CR ends a line"
        ),
        pytest.param(
            b"# x\nb\n", b"# x\reval(a)\nb\n", {1: None, 2: None, 3: 2}, id="a line hidden behind a lone CR is new"
        ),
        pytest.param(b"a\x0cb\nc\n", b"x\na\x0cb\nc\n", {1: None, 2: 1, 3: 2}, id="a form feed ends no line"),
        pytest.param(
            "ä\u2028\x85\nc\n".encode(), "x\nä\u2028\x85\nc\n".encode(), {1: None, 2: 1, 3: 2}, id="nor U+2028"
        ),
        pytest.param(b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfa\nx\nb\n", {1: 1, 2: None, 3: 2}, id="with a BOM"),
        pytest.param(b"a\nb\n", b"\xef\xbb\xbfa\nb\n", {1: None, 2: 2}, id="a BOM is added"),
        pytest.param(
            b"# coding: latin-1\n\xe4\nb\n",
            b"# coding: latin-1\nx\n\xe4\nb\n",
            {1: 1, 2: None, 3: 2, 4: 3},
            id="Latin-1",
        ),
        pytest.param(b"# coding: utf-7\na\n", b"# coding: utf-7\nb\na\n", {1: 1, 2: None, 3: 2}, id="plain UTF-7"),
        pytest.param(
            b"# coding: utf-7\na\n", b"# coding: utf-7\n#+AAo-eval(a)\na\n", None, id="a newline hidden by UTF-7"
        ),
        pytest.param(b"a\n", b"\xff\xfe\n", None, id="not readable"),
        pytest.param(
            b"--- a\n+++ b\n@@ -1 +1 @@\n-x\n",
            b"+++ b\n--- a\n@@ -1 +1 @@\n-x\n\\ y\n",
            None,
            id="what looks like a patch",
        ),
    ),
)
def test_lines_of_python(repo: GitRepo, old: bytes, new: bytes, expected: dict[int, int | None] | None) -> None:
    found = _map(repo, old, new)
    if expected is None and found is not None:
        lines, olds = split_lines(new.decode(), Kind.PYTHON), split_lines(old.decode(), Kind.PYTHON)
        assert all(line is None or lines[number - 1] == olds[line - 1] for number, line in found.items())
        assert [found[3], found[4]] == [3, 4]
    else:
        assert found == expected


@pytest.mark.parametrize("encoding", ("utf-16-le", "utf-16-be", "utf-32-le"))
def test_wide_scripts(repo: GitRepo, encoding: str) -> None:
    mark = "\ufeff"
    old = (mark + "a\r\nb Ċ\r\nc\r\n").encode(encoding)
    new = (mark + "a\r\nx\r\nb Ċ\r\nc\r\n").encode(encoding)
    assert _map(repo, old, new, Kind.POWERSHELL) == {1: 1, 2: None, 3: 2, 4: 3}


def test_a_lone_cr_ends_no_line_of_a_script(repo: GitRepo) -> None:
    assert _map(repo, b"a\rb\nc\n", b"x\na\rb\nc\n", Kind.SHELL) == {1: None, 2: 1, 3: 2}


@pytest.mark.parametrize(
    "config",
    (
        "diff.noprefix=true",
        "diff.mnemonicPrefix=true",
        "color.ui=always",
        "diff.algorithm=minimal",
        "diff.context=9",
        "diff.interHunkContext=99",
        "diff.orderFile=/nonexistent",
        "diff.external=false",
        "core.bigFileThreshold=1",
        "diff.suppressBlankEmpty=true",
        "diff.indentHeuristic=false",
        "diff.wsErrorHighlight=all",
        "diff.colorMoved=zebra",
    ),
)
def test_no_configuration_changes_the_map(repo: GitRepo, config: str) -> None:
    repo.git("config", *config.split("="))
    repo.write(".git/info/attributes", "* -diff\n")
    old = b"".join(b"%d\n" % n for n in range(50))
    new = old.replace(b"7\n", b"7\nx\n").replace(b"30\n", b"")
    found = _map(repo, old, new)
    assert found is not None
    assert (found[1], found[8], found[9], found[10]) == (1, 8, None, 9)


def _variants() -> list[tuple[bytes, bytes]]:
    chance = random.Random(7)
    pieces = [
        b"a\n",
        b"b\n",
        b"\n",
        b"\r",
        b"c\r\n",
        b"--- x\n",
        b"+++ y\n",
        b"@@ -1 +1 @@\n",
        b"\\ No newline\n",
        b"d",
        b"\x0c",
    ]
    texts = [b"".join(chance.choices(pieces, k=chance.randrange(12))) for _ in range(40)]
    return [(chance.choice(texts), chance.choice(texts)) for _ in range(40)]


def test_both_readers_agree_and_no_line_is_mapped_to_another(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("unidiff")
    for old, new in _variants():
        repo.stage("old", old)
        repo.stage("new", new)
        blobs = repo.id(":old"), repo.id(":new")
        with_unidiff = hunks(repo.open(), *blobs)
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "unidiff.patch", None)
            assert hunks(repo.open(), *blobs) == with_unidiff
        for kind in (Kind.PYTHON, Kind.BATCH):
            found = line_map(old, new, with_unidiff, kind)
            assert found is not None
            olds, news = (split_lines(text.decode(), kind) for text in (old, new))
            for number, text in enumerate(news, 1):
                line = found.old_line(number)
                assert line is None or olds[line - 1] == text
                assert line is None or found.new_line(line) == number


def test_hunks_of_other_texts_map_nothing_wrong() -> None:
    found = line_map(b"a\nb\n", b"x\ny\n", [], Kind.PYTHON)
    assert found is not None
    assert found.old_line(1) is None
    assert line_map(b"a\n", b"a\n", [Hunk(9, 1, 9, 1)], Kind.PYTHON) is None


def test_a_line_map() -> None:
    found = LineMap((Run(2, 1, 2), Run(7, 5, 1)))
    assert [found.old_line(line) for line in range(10)] == [None, None, 1, 2, None, None, None, 5, None, None]
    assert [found.new_line(line) for line in range(7)] == [None, 2, 3, None, None, 7, None]
    assert LineMap().old_line(1) is None
    assert LineMap.identity().old_line(12) == 12
