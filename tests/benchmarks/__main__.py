"""``python -m benchmarks`` in the folder ``tests``: gk beside git, ruff, bandit and semgrep, as Markdown tables.

Programs run in turns. What is fetched from PyPI or generated stays in --inputs. A program that is not there, or a table
that cannot be made, is one line, and the rest still runs. ``python -m benchmarks profile`` shows where the time of a
scan goes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

if not find_spec("resource"):
    sys.exit("the benchmarks need a POSIX system, which tells how much of the processor other programs took")

from benchmarks import changes, growth, inputs, phases, whole
from benchmarks.programs import OWN_RULES, ROOT, Kit
from benchmarks.timing import Missing, Report, say

Table = Callable[[Kit, Report, Path], None]

FULL = {"sizes": (1_000, 10_000, 100_000), "diffs": (1, 10, 100, 1_000), "depths": (100, 1_000, 10_000, 100_000)}
QUICK = {"sizes": (1_000, 10_000), "diffs": (1, 10, 100), "depths": (100, 1_000)}
BACKS = (1, 10, 100)


def main() -> int:
    """Prints the tables; 1 where one of them is missing."""
    if sys.argv[1:2] == ["profile"]:
        return phases.main(sys.argv[2:])
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            tables = _chosen(options)
            kit = Kit(Path(scratch), options.peers, options.semgrep_rules)
        except Missing as reason:
            print(reason, file=sys.stderr)
            return 2
        return _make(tables, kit, options)


def _make(tables: Mapping[str, Table], kit: Kit, options: argparse.Namespace) -> int:
    report, code = Report(options.rounds or (2 if options.quick else 5)), 0
    _header(kit)
    for name in kit.missing:
        report.leave_out(f"{name} is not there: pip install {name}, or say where with --peers")
    for name, table in tables.items():
        try:
            table(kit, report, options.inputs.absolute())
        except KeyboardInterrupt:
            report.leave_out(f"table {name}, and all after it: interrupted")
            code = 130
            break
        except BrokenPipeError:  # whoever read the tables has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except (Missing, OSError) as reason:
            report.leave_out(f"table {name}: {reason}")
            code = 1
    report.close()
    return code


def _chosen(options: argparse.Namespace) -> Mapping[str, Table]:
    tables = _tables(options)
    unknown = [name for name in options.tables if name not in tables]
    if unknown:
        raise Missing(f"no table {unknown[0]!r}: choose from {', '.join(tables)}")
    if options.rounds is not None and options.rounds < 1:
        raise Missing("--rounds: at least 1")
    return {name: table for name, table in tables.items() if name in (options.tables or tables)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    names = ", ".join(_tables(argparse.Namespace(quick=False, repo=None, since="")))
    add("tables", nargs="*", metavar="TABLE", help=f"{names} (default: all)")
    add("--quick", action="store_true", help="two rounds, the whole folder in one, and growth to 10,000 files")
    add("--rounds", type=int, metavar="N", help="default: 5")
    add("--repo", type=Path, metavar="DIR", help="a history for the table since; it is only read")
    add("--since", default="HEAD~20", metavar="REF", help="how far back in --repo (default: HEAD~20)")
    add("--peers", metavar="DIR", help="where bandit, ruff and semgrep are (default: PATH)")
    add("--semgrep-rules", type=Path, default=OWN_RULES, metavar="PATH", help="default: the 14 of semgrep.yaml")
    default = Path(tempfile.gettempdir()) / "gk-benchmarks"
    add("--inputs", type=Path, default=default, metavar="DIR", help=f"what is fetched or made (default: {default})")
    return parser.parse_args()


def _tables(options: argparse.Namespace) -> Mapping[str, Table]:
    """What can be asked for, in the order of the report."""
    much = QUICK if options.quick else FULL
    files = much["sizes"][1]
    return {
        "start": whole.start,
        "folder": partial(whole.whole_folder, rounds=1 if options.quick else None),
        "commit": whole.whole_commit,
        "since": partial(_since, repo=options.repo, back=options.since),
        "staged": changes.staged,
        "size": partial(growth.by_size, sizes=much["sizes"]),
        "change": partial(growth.by_change, files=files, sizes=much["diffs"]),
        "history": partial(growth.by_history, depths=much["depths"], backs=BACKS),
        "memory": whole.memory,
    }


def _since(kit: Kit, report: Report, folder: Path, repo: Path | None, back: str) -> None:
    if repo is None:
        name, versions = changes.RELEASES
        changes.since(kit, report, inputs.releases(name, versions, folder), f"{name} {versions[-1]}", "HEAD~1")
    else:
        changes.since(kit, report, inputs.clone(repo.absolute(), folder), repo.absolute().name, back)


def _header(kit: Kit) -> None:
    peers = ", ".join(f"{name} {version}" for name, version in kit.versions.items())
    rules = f" ({kit.rules} rules)" if "semgrep" in kit.versions else ""
    load = f"; load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    say(f"{_processor()}, {os.cpu_count()} cores, {system}{load}.\n")
    say(f"Python {platform.python_version()}, gk {_own_version()}, {peers or 'no peers'}{rules}.")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _own_version() -> str:
    try:
        return inputs.git(ROOT, "describe", "--always", "--dirty").strip()
    except Missing:
        return "of no commit"


if __name__ == "__main__":
    sys.exit(main())
