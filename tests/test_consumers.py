"""The real consumers of our reports, fed with the golden files and with a scan of the rules' own examples.

They are half a gigabyte and a browser, so they run when they are asked for:

    npm install --prefix tests/consumers      (or GK_CONSUMERS=/where/they/are/node_modules)
    pytest -m consumers
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from scanning import ROOT, gk

from gk_hooks import rules

GOLDEN = ROOT / "tests" / "reports" / "golden"
SAMPLES = ("full", "since", "clean", "empty", "run")
MODULES = Path(os.environ.get("GK_CONSUMERS") or ROOT / "tests" / "consumers" / "node_modules")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
MULTITOOL = MODULES / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"

pytestmark = [
    pytest.mark.consumers,
    pytest.mark.skipif(not MODULES.is_dir(), reason="npm install --prefix tests/consumers"),
]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every report of a scan of the rules' examples."""
    folder = tmp_path_factory.mktemp("real")
    for rule in rules.RULES:
        for number, example in enumerate((*rule.bad, *rule.good)):
            path = folder / "tree" / f"{rule.id}-{number}" / example.name
            path.parent.mkdir(parents=True)
            path.write_text(example.code, encoding="utf-8")
    names = {"sarif": "real.sarif", "hdf": "real.hdf.json", "html": "real.html", "junit": "real.junit.xml"}
    formats = [f"--format={name}={folder / file}" for name, file in names.items()]
    done = gk("scan", "tree", "--output-dir", str(folder / "out"), *formats, cwd=folder)
    assert done.returncode == 1, done.stderr
    return folder


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GK_CONSUMERS": str(MODULES)}
    words = list(map(str, command))
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=120)


@pytest.mark.parametrize("sample", (*SAMPLES, "real"))
def test_the_sarif_multitool_has_nothing_to_say(sample: str, real: Path) -> None:
    """Notes are left out: most say that no page is in reach of a machine without a network."""
    path = real / "real.sarif" if sample == "real" else GOLDEN / f"{sample}.sarif"
    words = ("--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--log", "ForceOverwrite")
    done = run(MULTITOOL, "validate", path, *words, "--output", real / "validated.sarif", cwd=real)
    assert "Analysis completed successfully" in done.stdout, done.stdout
    assert re.findall(r": ((?:error|warning) [A-Z]+\d+: .*)", done.stdout) == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_sarif_fits_the_schema(sample: str) -> None:
    import jsonschema

    schema = json.loads((MULTITOOL.parent / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    document = json.loads((GOLDEN / f"{sample}.sarif").read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(document)


def saf(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run("node", MODULES / "@mitre" / "saf" / "bin" / "run", *words, cwd=cwd)


@pytest.mark.parametrize(
    ("sample", "totals"),
    (
        pytest.param("full", (0, 3, 3), id="blockers fail, what is to be reviewed is Not Reviewed"),
        pytest.param("since", (4, 0, 2), id="review items and accepted findings"),
        pytest.param("clean", (6, 0, 0), id="everything passes"),
    ),
)
def test_saf_counts_controls(sample: str, totals: tuple[int, int, int], tmp_path: Path) -> None:
    done = saf("view", "summary", "-i", GOLDEN / f"{sample}.hdf.json", "-f", "json", cwd=tmp_path)
    [profile] = json.loads(done.stdout[done.stdout.index("[") :])
    counted = profile[next(iter(profile))] if "passed" not in profile else profile
    assert tuple(counted[name]["total"] for name in ("passed", "failed", "skipped")) == totals


@pytest.mark.parametrize(("sample", "code"), (("full", 1), ("since", 0), ("clean", 0)))
def test_saf_threshold(sample: str, code: int, tmp_path: Path) -> None:
    words = ("validate", "threshold", "-i", GOLDEN / f"{sample}.hdf.json", "-I", "{failed.total.max: 0}")
    assert saf(*words, cwd=tmp_path).returncode == code


def test_saf_makes_a_checklist(tmp_path: Path) -> None:
    saf("convert", "hdf2ckl", "-i", GOLDEN / "full.hdf.json", "-o", tmp_path / "full.ckl", cwd=tmp_path)
    checklist = (tmp_path / "full.ckl").read_text(encoding="utf-8")
    states = re.findall(r"<STATUS>(\w+)</STATUS>", checklist)
    assert (states.count("Open"), states.count("Not_Reviewed"), len(states)) == (3, 3, 6)
    assert "CCI-001097" in checklist or "CCI-001109" in checklist  # of SC-7


def test_saf_converts_a_real_report(real: Path) -> None:
    for name, file in (("hdf2ckl", "real.ckl"), ("hdf2csv", "real.csv"), ("hdf2xccdf", "real.xccdf.xml")):
        saf("convert", name, "-i", real / "real.hdf.json", "-o", real / file, cwd=real)
        assert "NET001" in (real / file).read_text(encoding="utf-8")


def test_html_validates(real: Path) -> None:
    # the form sends nothing, so it has no button that would
    settings = real / ".htmlvalidate.json"
    settings.write_text(json.dumps({"extends": ["html-validate:recommended"], "rules": {"wcag/h32": "off"}}))
    pages = [*(GOLDEN / f"{sample}.html" for sample in SAMPLES), real / "real.html"]
    tool = MODULES / "html-validate" / "bin" / "html-validate.mjs"
    done = run("node", tool, "--config", settings, *pages, cwd=real)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
@pytest.mark.parametrize("sample", (*SAMPLES, "real"))
def test_a_browser_shows_the_page(sample: str, real: Path, request: pytest.FixtureRequest) -> None:
    page = real / "real.html" if sample == "real" else GOLDEN / f"{sample}.html"
    done = run("node", ROOT / "tests" / "consumers" / "browser.js", str(CHROMIUM), page, cwd=real)
    seen = json.loads(done.stdout)
    for scheme in ("light", "dark"):
        assert (seen[scheme]["violations"], seen[scheme]["said"], seen[scheme]["asked"]) == ([], [], 1)
    assert seen["light"]["background"] != seen["dark"]["background"]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_filters_work_without_a_script(tmp_path: Path) -> None:
    done = run("node", ROOT / "tests" / "consumers" / "browser.js", str(CHROMIUM), GOLDEN / "since.html", cwd=tmp_path)
    shown = {
        name: [int(each.removeprefix("finding-")) for each in found]
        for name, found in json.loads(done.stdout)["shown"].items()
    }
    assert shown == {
        "start": [3],
        "status-new": [3],
        "status-accepted": [2],
        "status-known": [1],
        "status-gone": [4],
        "status-all": [1, 2, 3, 4],
        "severity-blocker": [3],
        "severity-high": [],
        "rule-all": [3],
        "rule-NET001": [],
        "rule-PEX002": [],
        "rule-PEX003": [3],
    }
