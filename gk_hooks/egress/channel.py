"""How the gate and the hook in the program find each other."""

from __future__ import annotations

import os

VARIABLE, MODE = "GK_EGRESS_CHANNEL", "GK_EGRESS_MODE"
HOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hook")
"""The folder that PYTHONPATH gets in front: a sitecustomize that puts the audit hook in."""
