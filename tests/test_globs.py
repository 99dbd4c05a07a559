import time

import pytest

from gk_hooks.model.globs import Glob


@pytest.mark.parametrize(
    ("pattern", "path"),
    (
        pytest.param("*.py", "a/b.py", id="a name matches at any depth"),
        pytest.param("tests", "src/tests/x.py", id="a folder's name covers what is below it"),
        pytest.param("tests/", "src/tests/x.py", id="a slash at the end does not anchor"),
        pytest.param("/src", "src/a/b.py", id="a slash at the start anchors"),
        pytest.param("src/*.py", "src/a.py", id="a slash inside anchors"),
        pytest.param("a/**/c.py", "a/c.py", id="two stars are no folder"),
        pytest.param("a/**/c.py", "a/b/b/c.py", id="two stars are many folders"),
        pytest.param("a/**", "a/b/c", id="two stars at the end are all below"),
        pytest.param("**/c", "c", id="two stars at the start"),
        pytest.param("**", "x/y", id="two stars alone are everything"),
        pytest.param("a**b", "axxb", id="two stars inside a name are one"),
        pytest.param("a*b*c", "axbxbxc", id="several stars"),
        pytest.param("?.py", "é.py", id="a question mark is one character"),
        pytest.param("[a-c].py", "b.py", id="a set"),
        pytest.param("[!a-c].py", "d.py", id="a set negated"),
        pytest.param("[]].py", "].py", id="a bracket in a set"),
        pytest.param("[", "[", id="a bracket that opens nothing"),
        pytest.param("a.b+(c)", "a.b+(c)", id="nothing else is special"),
        pytest.param("src\\*.py", "src/a.py", id="as Windows writes it"),
        pytest.param("./src/", "src/a.py", id="a dot at the start"),
        pytest.param("*.py", "new\nline.py", id="a newline in a name"),
        pytest.param("*.py", "caf\udce9.py", id="a name that is not UTF-8"),
    ),
)
def test_glob_matches(pattern, path):
    assert Glob(pattern).matches(path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    (
        pytest.param("src/*.py", "src/a/b.py", id="a star stops at a slash"),
        pytest.param("src?a.py", "src/a.py", id="a question mark is no slash"),
        pytest.param("src[/]a.py", "src/a.py", id="a set is no slash"),
        pytest.param("/src", "lib/src/a.py", id="anchored"),
        pytest.param("tests/", "tests", id="a folder's pattern and a file of that name"),
        pytest.param("*.py", "a.pyc", id="the whole name"),
        pytest.param("*.PY", "a.py", id="in the letters' case"),
        pytest.param("a/**/c", "a/b/d", id="the end must match"),
    ),
)
def test_glob_does_not_match(pattern, path):
    assert not Glob(pattern).matches(path)


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    (
        pytest.param("build/", "build", True, id="a folder's own name"),
        pytest.param("a/**", "a", False, id="all below is not the folder"),
        pytest.param("a/**", "a/b", True, id="a folder below"),
    ),
)
def test_glob_on_folders(pattern, path, matched):
    assert Glob(pattern).matches(path, folder=True) is matched


@pytest.mark.parametrize(
    ("pattern", "message"),
    (
        pytest.param("", "names nothing", id="empty"),
        pytest.param("/", "names nothing", id="the root"),
        pytest.param("!a", "no negation", id="negation"),
        pytest.param("../a", "out of the tree", id="parents"),
        pytest.param("[z-a]", "bad set", id="a range backwards"),
        pytest.param("a" * 1001, "1000 characters", id="endless"),
    ),
)
def test_glob_refuses(pattern, message):
    with pytest.raises(ValueError, match=message):
        Glob(pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    (
        pytest.param("*a" * 400 + "b", "a" * 4000, id="stars in a name"),
        pytest.param("**/a*/" * 150 + "b", "a/" * 2000 + "c", id="stars for folders"),
        pytest.param("**/" + "*a" * 300 + "b", "/".join(["a" * 250] * 16), id="both"),
    ),
)
def test_glob_never_blows_up(pattern, path):
    start = time.process_time()
    assert not Glob(pattern).matches(path)
    assert time.process_time() - start < 2
