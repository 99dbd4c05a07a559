"""``python3 -m gk_hooks``: runs from a bare checkout with nothing installed.

``-m`` puts the current folder first on sys.path. That folder may be the one under suspicion, so it is taken off
before anything of the standard library can be shadowed by a planted json.py or ast.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets as far as this line
    sys.stderr.write("gk needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "\n")
    sys.exit(3)

if not sys.flags.safe_path and sys.path:
    del sys.path[0]

from gk_hooks.cli import main

if __name__ == "__main__":
    sys.exit(main())
