"""Loaded by the Python programs that run behind the gate: puts the audit hook in, then makes way."""

from __future__ import annotations


def _install() -> None:
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    folder, mode = os.environ.get("GK_EGRESS_CHANNEL", ""), os.environ.get("GK_EGRESS_MODE", "")
    if folder and mode:
        if here not in map(os.path.abspath, sys.path):
            sys.path.insert(0, here)
        __import__("gk_egress_hook").install(folder, mode)
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    # the program's own sitecustomize, which this file stood in front of
    ours = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)


_install()
