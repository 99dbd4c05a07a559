"""How the gate and the hook in the program find each other."""

from __future__ import annotations

import os

from gk_hooks.errors import GkError

VARIABLE, MODE = "GK_EGRESS_CHANNEL", "GK_EGRESS_MODE"
HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")
"""The folder that PYTHONPATH gets in front: a sitecustomize that puts the audit hook in."""


def private_folder() -> str:
    """A new folder that only this user may look into. As tempfile would make it, but loaded sooner."""
    places = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    for place in filter(None, (*places, "/tmp", "/var/tmp", os.getcwd())):
        path = os.path.join(os.path.abspath(place), f"gk-egress-{os.urandom(8).hex()}")
        try:
            os.mkdir(path, 0o700)
        except OSError:
            continue
        return path
    raise GkError("there is no folder for temporary files")
