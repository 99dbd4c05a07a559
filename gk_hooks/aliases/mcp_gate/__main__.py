"""``mcp-gate COMMAND`` and ``python3 -m mcp_gate COMMAND`` are ``gk mcp COMMAND``.

Nothing may be imported from the current folder: see gk_hooks/__main__.py.
"""

import sys

if __name__ == "__main__" and not sys.flags.safe_path and sys.path:
    del sys.path[0]

from gk_hooks.cli import main as gk


def main() -> int:
    """The console script."""
    return gk(["mcp", *(word for word in sys.argv[1:])])


if __name__ == "__main__":
    sys.exit(main())
