"""``mcp-gate COMMAND`` and ``python3 -m mcp_gate COMMAND`` are ``gk mcp COMMAND``.

Nothing may be imported from the current folder: see gk_hooks/__main__.py.
"""

import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path:
    del sys.path[0]

from gk_hooks.cli import main as gk


def main() -> int:
    """The console script. ``-v`` in front, which the tool of this name had, says nothing more here."""
    words = sys.argv[1:]
    while words[:1] in (["-v"], ["--verbose"]):
        del words[0]
    return gk(["mcp", *with_dashes(words)])


def with_dashes(words: list[str]) -> list[str]:
    """*words* with the ``--`` in front of the server that could be left out, where every option has a value."""
    if words[:1] != ["run"] or "--" in words:
        return words
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 1 if "=" in words[at] or words[at] in ("-h", "--help") else 2
    return [*words[:at], "--", *words[at:]]


if __name__ == "__main__":
    sys.exit(main())
