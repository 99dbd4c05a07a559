"""gk history: releases in order, how findings moved between them, and the three ways to show it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from git_repo import GitRepo

from gk_hooks.cli import main
from gk_hooks.pipeline import processes, workers
from gk_hooks.pipeline.history import history
from gk_hooks.pipeline.targets import Options
from gk_hooks.source.git.tags import tags, version_key

GET = "import requests\n"
EVIL = 'requests.get("http://evil.example/")\n'
OTHER = 'requests.get("http://other.example/")\n'
UNKNOWN = "requests.get(url)\n"


@pytest.fixture
def releases(repo: GitRepo) -> GitRepo:
    """v1.0 has one finding, v1.1 two, v2.0 lost the first and moved the second, v2.0rc1 came before it."""
    repo.commit(a_py=GET + EVIL)
    repo.git("tag", "v1.0")
    repo.commit(b_py=GET + OTHER)
    repo.git("tag", "-m", "annotated", "v1.1")
    repo.commit(a_py="x = 1\n")
    repo.git("tag", "v2.0rc1")
    repo.git("rm", "-q", "b.py")
    repo.commit(c_py="# moved\n\n" + GET + OTHER)
    repo.git("tag", "v2.0")
    repo.commit(c_py="x = 1\n")
    return repo


def names(found: object) -> list[str]:
    return [f"{each.result.finding.file}:{each.result.finding.site.line} since {each.since}" for each in found]


def test_how_findings_move(releases: GitRepo) -> None:
    found = history(releases.open(), "v*", Options())
    moved = {
        release.name: (names(release.new), names(release.fixed), release.carried, release.decision.value)
        for release in found.releases
    }
    assert moved == {
        "v1.0": (["a.py:2 since v1.0"], [], 0, "FAIL"),
        "v1.1": (["b.py:2 since v1.1"], [], 1, "FAIL"),
        "v2.0rc1": ([], ["a.py:2 since v1.0"], 1, "FAIL"),
        "v2.0": ([], [], 1, "FAIL"),
    }
    assert names(found.findings) == ["c.py:4 since v1.1"]
    assert [release.commit for release in found.releases][1] == releases.id("v1.1^{commit}")


def test_a_second_copy_is_new_and_comes_back_as_new(repo: GitRepo) -> None:
    for number, text in enumerate((EVIL, EVIL + EVIL, "", EVIL)):
        repo.commit(a_py=GET + text if text else "x = 1\n")
        repo.git("tag", f"v{number}")
    found = history(repo.open(), "v*", Options())
    assert [(len(each.new), len(each.fixed), each.carried) for each in found.releases] == [
        *((1, 0, 0), (1, 0, 1), (0, 2, 0), (1, 0, 0)),
    ]
    assert names(found.findings) == ["a.py:2 since v3"]


def test_what_was_accepted_is_carried_not_fixed(repo: GitRepo) -> None:
    repo.commit(a_py=GET + UNKNOWN)
    repo.git("tag", "v1")
    assert main(["baseline", "create", "--reason", "known", "--by", "me"]) == 0
    repo.git("add", "-A")
    repo.commit("accept")
    repo.git("tag", "v2")
    last = history(repo.open(), "v*", Options()).releases[-1]
    assert (last.decision.value, last.decision_unsuppressed.value) == ("PASS", "CONDITIONAL_PASS")
    assert (len(last.new), len(last.fixed), last.carried, last.suppressed) == (0, 0, 1, 1)


def test_the_same_content_is_analyzed_once(repo: GitRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
    monkeypatch.setattr(processes, "SMALL", 1 << 30)  # in this process
    seen: list[str] = []
    analyze = workers.analyze_entry

    def counted(entry, *rest, **more):  # type: ignore[no-untyped-def]
        seen.append(entry.blob_id)
        return analyze(entry, *rest, **more)

    monkeypatch.setattr(workers, "analyze_entry", counted)
    for number in range(4):
        repo.stage(f"large{number}.py", GET + EVIL + f"x = {number}\n" * 20_000)
        repo.commit()
        repo.git("tag", f"v{number}")
    found = history(repo.open(), "v*", Options(cache=True))
    assert [release.files for release in found.releases] == [1, 2, 3, 4]
    assert len(seen) == len(set(seen)) == 4


@pytest.mark.parametrize(
    "ordered",
    (
        pytest.param(["v0.9", "v0.10", "v1.0"], id="numbers, not digits"),
        pytest.param(["1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1"], id="what comes before and after a version"),
        pytest.param(["v1.0-alpha", "v1.0-beta.2", "v1.0-rc.1", "v1.0", "v1.0.1"], id="with hyphens"),
        pytest.param(["release-2024-09", "release-2024-10"], id="dates"),
    ),
)
def test_tags_in_the_order_of_versions(ordered: list[str]) -> None:
    assert sorted(set(ordered), key=version_key) == ordered


def test_only_tags_of_commits_that_match(releases: GitRepo) -> None:
    releases.git("tag", "v9-tree", "HEAD^{tree}")
    releases.git("tag", "other")
    releases.git("branch", "v8")
    assert [name for name, _ in tags(releases.open(), "v*")] == ["v1.0", "v1.1", "v2.0rc1", "v2.0"]
    assert [name for name, _ in tags(releases.open(), "v[2-9].?")] == ["v2.0"]


def test_no_tag_is_one_line(releases: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "w*"]) == 3
    assert capsys.readouterr().err == ("gk: no tag of a commit matches 'w*': see git tag --list, or git fetch --tags\n")


def test_the_table(releases: GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "v1*"]) == 1
    assert capsys.readouterr().out == (
        "release  date        decision  blocker  high  medium  low  info  new  fixed  carried\n"
        "v1.0     2023-11-14  FAIL            1     0       0    0     0    1      0        0\n"
        "v1.1     2023-11-14  FAIL            2     0       0    0     0    1      0        1\n"
        "\n"
        "new in v1.1:\n"
        "  b.py:2:1: BLOCKER NET001 Connects to a non-loopback host\n"
    )


def test_json_has_everything(releases: GitRepo, tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    assert main(["history", "v*", "-f", f"json={path}"]) == 1
    document = json.loads(path.read_text())
    assert [release["name"] for release in document["releases"]] == ["v1.0", "v1.1", "v2.0rc1", "v2.0"]
    assert document["releases"][2]["fixed"] == [
        {
            "rule_id": "NET001",
            "severity": "blocker",
            "file": "a.py",
            "line": 2,
            "evidence": "requests.get connects to evil.example",
            "suppressed": False,
            "since": "v1.0",
        }
    ]
    assert document["findings"][0]["since"] == "v1.1"


class Elements(HTMLParser):
    """Every start tag, and whether the tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_shows_names_as_text(repo: GitRepo, tmp_path: Path) -> None:
    repo.stage("<img src=x onerror=alert(1)>.py", GET + 'requests.get("http://<script>.example/")\n')
    repo.commit()
    repo.git("tag", "v1\u202e<b>&amp;")
    path = tmp_path / "history.html"
    assert main(["history", "v*", "-f", f"html={path}"]) == 2
    page = path.read_text(encoding="utf-8")
    parsed = Elements()
    parsed.feed(page)
    assert parsed.open == []
    used = {tag for tag, _ in parsed.tags}
    assert not used & {"script", "img", "iframe", "object", "link"}
    assert "<b>&amp;amp;" not in page
    assert "\u202e" not in page
    assert re.search(r'<svg class="history"[^>]*role="img" aria-label="[^"]+"', page)
    assert [attributes["height"] for tag, attributes in parsed.tags if tag == "rect"] == ["239.0"]
