"""Measure detection on labelled files and on reference code, for gk and its peers in the same run.

    python tests/measure/detection.py --labels DIR --corpora DIR --scripts FILE --reference DIR --peers DIR

``--labels`` holds bandit.json, ruff.json, semgrep.json; ``--corpora`` holds clones of PyCQA/bandit, astral-sh/ruff and
semgrep/semgrep-rules under those names; ``--peers`` is where their programs are. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import peers
from peers import Hit

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "bandit": "examples",
    "ruff": "crates/ruff_linter/resources/test/fixtures/flake8_bandit",
    "semgrep": "",
}
"""Where a clone keeps the files that its rows name."""

Row = dict[str, Any]
Tool = Callable[[Path], Iterable[Hit]]


class Score(NamedTuple):
    """Rows, rows found, rows found by the preferred rule."""

    rows: int
    found: int
    preferred: int

    def shown(self) -> str:
        """Counts and the share."""
        return f"{self.found}/{self.rows} ({self.found / self.rows:.3f})" if self.rows else "–"


def gk(folder: Path) -> Iterator[Hit]:
    """What this checkout finds in *folder*."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "gk_hooks", "scan", folder, "--no-config", "--max-file-size", "50M", "-q"]
        subprocess.run([*map(str, command), "--output-dir", out], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        report = json.loads((Path(out) / "report.json").read_text(encoding="utf-8"))
    for one in report["findings"]:
        if not one["rule_id"].startswith("SCAN"):
            yield Hit(one["file"], one["line"], frozenset({one["rule_id"]}))


def labelled(labels: Path, corpora: Path, folder: Path) -> list[Row]:
    """The rows that count, and the files that they name copied into *folder*."""
    rows = []
    for source, inside in FOLDERS.items():
        for row in json.loads((labels / f"{source}.json").read_text(encoding="utf-8")):
            if row.get("weak"):
                continue
            wanted = corpora / source / inside / row["path"]
            file = next((p for p in (wanted, wanted.with_suffix(".bash")) if p.exists()), None)
            if file is None:
                sys.exit(f"{wanted} is not there")
            copy = folder / source / row["path"]
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
            rows.append({**row, "file": f"{source}/{row['path']}"})
    return rows


def script_rows(path: Path, folder: Path) -> list[Row]:
    """One file in *folder* for each row of the scripts."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        file = folder / row["source"] / f"{number:04}{Path(row['id']).suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(row["text"], encoding="utf-8", newline="")
        rows.append({**row, "file": file.relative_to(folder).as_posix(), "scope": "file", "best": None})
    return rows


def near(row: Row, line: int) -> bool:
    """Whether a finding on *line* is one on the labelled statement; on a negative, not even next to it."""
    if row["scope"] == "file":
        return True
    slack = 1 if row["kind"] == "positive" else 0
    first, last = row["span"]
    return bool(first - slack <= line <= last + slack)


def answers(row: Row, hits: dict[str, list[Hit]]) -> tuple[bool, bool]:
    """Whether the row is hit, and whether by the rule that the specification prefers."""
    here = [hit.rules for hit in hits.get(row["file"], ()) if hit.rules and near(row, hit.line)]
    if row["kind"] == "negative":
        return any(rules <= set(row["forbid"]) for rules in here), False
    found = any(rules & set(row["expect"]) for rules in here)
    return found, any(row["best"] in rules for rules in here) if row["best"] else found


def by_file(found: Iterable[Hit]) -> dict[str, list[Hit]]:
    """The hits of each file."""
    hits = defaultdict(list)
    for hit in found:
        hits[hit.file].append(hit)
    return hits


def score(rows: Iterable[Row], hits: dict[str, list[Hit]]) -> Score:
    """How many of *rows* are hit."""
    told = [answers(row, hits) for row in rows]
    return Score(len(told), sum(found for found, _ in told), sum(best for _, best in told))


def table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    heads = list(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    yield from (f"| {' | '.join(cells)} |" for cells in lines)
    yield ""


def groups(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows by source and language, and each language in whole."""
    keys = sorted({(row["language"], row["source"]) for row in rows})
    for language in sorted({language for language, _ in keys}):
        sources = [source for one, source in keys if one == language]
        for source in sources:
            yield f"{language}, {source}", [r for r in rows if (r["language"], r["source"]) == (language, source)]
        if len(sources) > 1:
            yield f"{language}, pooled", [row for row in rows if row["language"] == language]


def comparison(rows: list[Row], found: dict[str, dict[str, list[Hit]]]) -> Iterator[str]:
    """Recall of each tool, the preferred share of gk, and hits on negatives. A peer finds what its own tests ask it
    to find, so its share on the sources of others is told as well."""
    positive = [row for row in rows if row["kind"] == "positive"]
    negative = [row for row in rows if row["kind"] == "negative"]
    others = [name for name in found if name != "gk"]
    lines = []
    for name, some in groups(positive):
        ours = score(some, found["gk"])
        preferred = f"{ours.preferred}/{ours.rows} ({ours.preferred / ours.rows:.3f})"
        lines.append([name, ours.shown(), preferred, *(score(some, found[other]).shown() for other in others)])
    away = (score((row for row in positive if name not in row["source"]), found[name]).shown() for name in others)
    if any(name in row["source"] for name in others for row in positive):
        lines.append(["sources of others", score(positive, found["gk"]).shown(), "", *away])
    yield from table(["positives found", "gk", "gk, preferred rule", *others], lines)
    lines = [[name, *(score(some, hits).shown() for hits in found.values())] for name, some in groups(negative)]
    yield from table(["negatives hit", *found], lines)


def misses(rows: list[Row], hits: dict[str, list[Hit]]) -> Iterator[str]:
    """Every positive that was not found, or not by its preferred rule, and every negative that was hit."""
    for row in rows:
        found, preferred = answers(row, hits)
        if (row["kind"] == "positive") != found or (row["kind"] == "positive" and not preferred):
            given = sorted({rule for hit in hits.get(row["file"], ()) if near(row, hit.line) for rule in hit.rules})
            what = (
                "not preferred"
                if row["kind"] == "positive" and found
                else f"{row['kind']} {'hit' if found else 'missed'}"
            )
            place = f"{row['file']}:{row['line']}" if "line" in row else f"{row['file']} {row['id']}"
            yield f"- {what}: {place} expects {row['best'] or row['expect'] or row['forbid']}, has {given}"


def density(reference: Path, tools: dict[str, Tool]) -> Iterator[str]:
    """Findings per 10,000 lines of reference code that is in use everywhere."""
    folders = sorted(path for path in reference.iterdir() if path.is_dir())
    sizes = {path: sum(len(file.read_bytes().splitlines()) for file in path.rglob("*.py")) for path in folders}
    lines = []
    for name, tool in tools.items():
        counts = {path: sum(bool(hit.rules) and hit.file.endswith(".py") for hit in tool(path)) for path in folders}
        counted = [(counts[path], sizes[path]) for path in folders] + [(sum(counts.values()), sum(sizes.values()))]
        lines.append([name, *(f"{n} ({n / size * 10_000:.1f})" for n, size in counted)])
    heads = [f"{path.name}, {sizes[path]:,} lines" for path in folders] + [f"all, {sum(sizes.values()):,} lines"]
    yield from table(["findings (per 10,000 lines)", *heads], lines)


def find_tools(options: argparse.Namespace) -> dict[str, Tool]:
    """gk and the peers that can be run here; the others are told on standard error."""
    tools: dict[str, Tool] = {"gk": gk}
    rules = options.corpora / "semgrep"
    ways: dict[str, Callable[[str, Path], Iterable[Hit]]] = {
        "bandit": peers.bandit,
        "ruff": peers.ruff,
        "semgrep": lambda program, folder: peers.semgrep(program, folder, rules),
    }
    for name, way in ways.items():
        program = shutil.which(name, path=str(options.peers) if options.peers else None)
        if program is None:
            print(f"{name} is not installed and left out", file=sys.stderr)
        elif name == "semgrep" and not any(rules.glob("python/**/*.yaml")):
            print(f"semgrep is left out: its rules are not in {rules}", file=sys.stderr)
        else:
            tools[name] = lambda folder, way=way, program=program: way(program, folder)  # type: ignore[misc]
    return tools


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Measure detection, for gk and its peers in the same run.")
    parser.add_argument("--labels", type=Path, required=True, help="folder of the label files")
    parser.add_argument("--corpora", type=Path, required=True, help="folder of clones named bandit, ruff, semgrep")
    parser.add_argument("--scripts", type=Path, required=True, help="labelled commands, JSON lines")
    parser.add_argument("--reference", type=Path, help="a folder of folders of well-known code")
    parser.add_argument("--peers", type=Path, help="folder of the peers' programs (default: PATH)")
    parser.add_argument("--misses", action="store_true", help="list what gk gets wrong as well")
    options = parser.parse_args()
    tools = find_tools(options)
    with tempfile.TemporaryDirectory() as temporary:
        code, scripts = Path(temporary).resolve() / "code", Path(temporary).resolve() / "scripts"
        for rows, folder in (
            (labelled(options.labels, options.corpora, code), code),
            (script_rows(options.scripts, scripts), scripts),
        ):
            found = {
                name: by_file(tool(folder))
                for name, tool in tools.items()
                if folder == code or name in ("gk", "semgrep")
            }
            print("\n".join(comparison(rows, found)))
            if options.misses:
                print("\n".join(misses(rows, found["gk"])))
    if options.reference:
        print("\n".join(density(options.reference.resolve(), tools)))


if __name__ == "__main__":
    main()
