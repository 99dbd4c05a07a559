"""The same input gives the same bytes, apart from ``run``, whoever does the work and wherever the tree lies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from scanning import gk

from gk_hooks.pipeline import processes, workers
from gk_hooks.rules import RULES
from gk_hooks.source.directory import snapshot_of


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Every rule's examples, and enough text beside them that worker processes start."""
    folder = tmp_path / "tree"
    for rule in RULES:
        for number, example in enumerate((*rule.bad, *rule.good)):
            path = folder / rule.id / f"{number:02}-{example.name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(example.code, encoding="utf-8")
    for number in range(8):
        text = "import os, requests\n" + "requests.get(os.environ['A'] + '/x')\n" * 20 + "# padding\n" * 7_000
        (folder / f"bulk{number}.py").write_text(text, encoding="utf-8")
    assert sum(path.stat().st_size for path in folder.rglob("*.*")) > processes.SMALL
    return folder


def reports(folder: Path) -> tuple[dict, str, str]:
    """report.json without ``run``, report.md without its section, and manifest.json as it is."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report.pop("run")
    page = (folder / "report.md").read_text(encoding="utf-8")
    before, title, _ = page.partition("\n## Run\n")
    assert title
    return report, before, (folder / "manifest.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", ("0", "1", "4000000000"))
def test_two_runs_differ_in_run_alone(tree: Path, tmp_path: Path, seed: str) -> None:
    first = gk("scan", "tree", "--output-dir", "one", cwd=tmp_path, env={"PYTHONHASHSEED": "random"})
    second = gk("scan", "tree", "--output-dir", "two", cwd=tmp_path, env={"PYTHONHASHSEED": seed})
    assert first.stdout == second.stdout
    assert reports(tmp_path / "one") == reports(tmp_path / "two")


def test_the_manifest_does_not_know_where_the_tree_lies(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree, tmp_path / "elsewhere" / "copy")
    gk("scan", "tree", "--output-dir", "one", cwd=tmp_path)
    gk("scan", ".", "--output-dir", str(tmp_path / "two"), cwd=tmp_path / "elsewhere" / "copy")
    assert reports(tmp_path / "one")[2] == reports(tmp_path / "two")[2]


def test_parallel_and_inline_agree(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def results(small: int, cores: int) -> list[workers.FileResult]:
        monkeypatch.setattr(processes, "SMALL", small)
        monkeypatch.setattr(processes.os, "cpu_count", lambda: cores)
        snapshot = snapshot_of([str(tree)])
        return workers.analyze_all(snapshot, snapshot.entries(), lambda done: None)

    inline = results(small=1 << 40, cores=1)
    assert inline == results(small=0, cores=2)
    assert inline == results(small=0, cores=3)
    monkeypatch.setattr(processes, "START_METHOD", "spawn")
    assert inline == results(small=0, cores=2)
    assert [one.record.path for one in inline] == sorted(one.record.path for one in inline)


def test_a_worker_that_dies_costs_one_file(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if processes.START_METHOD != "fork":
        pytest.skip("a spawned worker does not know of the fault")
    analyze = workers.analyze_entry

    def dies(entry, read):
        return processes.os._exit(1) if entry.path == "bulk3.py" else analyze(entry, read)

    monkeypatch.setattr(workers, "analyze_entry", dies)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    snapshot = snapshot_of([str(tree)])
    records = {one.record.path: one for one in workers.analyze_all(snapshot, snapshot.entries(), lambda done: None)}
    assert set(records) == {entry.path for entry in snapshot.entries()}
    assert [finding.rule_id for finding in records["bulk3.py"].findings] == ["SCAN001"]
    assert records["bulk4.py"].record.status == "analyzed"
