"""``python3 -m gk_hooks``: runs from a bare checkout with nothing installed.

``-m`` puts the current folder first on sys.path. That folder may be the one under suspicion, so it is taken off
before anything of the standard library can be shadowed by a planted json.py or ast.py.
"""

import sys

if not sys.flags.safe_path and sys.path:
    del sys.path[0]

from gk_hooks.cli import main

if __name__ == "__main__":
    sys.exit(main())
