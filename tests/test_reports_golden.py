"""Golden files: what the reader sees. ``GK_REFRESH=1`` writes them anew; review the difference before committing it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gk_hooks.evidence import manifest
from gk_hooks.reports import FORMATS, text
from tests.reports.sample import RULES, SAMPLES

GOLDEN = Path(__file__).parent / "reports" / "golden"


def check(name: str, rendered: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GK_REFRESH"):
        path.write_text(rendered, encoding="utf-8", newline="\n")
    assert rendered == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", FORMATS)
def test_format(name, sample):
    suffix = FORMATS[name].file_name.removeprefix("report")
    check(f"{sample}{suffix}", FORMATS[name].render(SAMPLES[sample], RULES))


@pytest.mark.parametrize(
    ("name", "options"),
    (
        pytest.param("full.color.txt", {"color": True, "width": 80, "statistics": True}, id="color and statistics"),
        pytest.param("full.quiet.txt", {"quiet": True}, id="quiet"),
        pytest.param("full.limited.txt", {"frames": 1, "lines": 2}, id="more findings than fit"),
    ),
)
def test_terminal(name, options):
    check(name, text.render(SAMPLES["full"], RULES, **options))


def test_manifest():
    check("full.manifest.json", manifest.render(SAMPLES["full"]))
