"""``python3 -m mcen_scan PATH`` is ``gk scan PATH``, with --json, --md and --print-json beside its own options, and
``python3 -m mcen_scan egress`` is ``gk egress``.

Nothing may be imported from the current folder: see gk_hooks/__main__.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets as far as this line
    sys.stderr.write("gk needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "\n")
    sys.exit(3)

if not sys.flags.safe_path and sys.path:
    del sys.path[0]

from gk_hooks.cli import main as gk
from gk_hooks.commands.parser import Parser

NAME = "python3 -m mcen_scan"


def main(words: list[str]) -> int:
    """Translates *words* and runs gk; the exit codes are its own."""
    if words[:1] == ["egress"]:
        return gk(words)
    return gk(["scan", *translate(words)])


def translate(words: list[str]) -> list[str]:
    """*words* as ``gk scan`` says them."""
    parser = Parser(
        prog=NAME,
        usage=f"{NAME} PATH [options]",
        description="Scans PATH and writes the reports to ./mcen_audit.",
        epilog="Every option of 'gk scan' can be used as well: see 'gk scan --help'.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", metavar="PATH", help="write report.json there as well")
    parser.add_argument("--md", metavar="PATH", help="write report.md there as well")
    parser.add_argument("--print-json", action="store_true", help="print report.json instead of the summary")
    own, rest = parser.parse_known_args(words)
    formats = [("json", own.json), ("markdown", own.md)]
    added = [f"--format={name}={path}" for name, path in formats if path is not None]
    if own.print_json:
        added.append("--format=json")
    return [*added, *rest]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
