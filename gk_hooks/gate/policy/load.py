"""Reading a policy file."""

from __future__ import annotations

import hashlib
import json

from gk_hooks.errors import UsageError
from gk_hooks.gate.model import Effect
from gk_hooks.gate.policy.model import Policy, Rule
from gk_hooks.policy.files import read_small, read_text


def load_policy(path: str) -> Policy:
    """The policy in the file at *path*; UsageError with file and line for anything that is wrong with it."""
    data = read_small(path)
    try:
        raw = json.loads(read_text(path, data))
    except ValueError as error:
        raise UsageError(f"{path}: is not JSON: {error}") from None
    rules = tuple(Rule(each["id"], Effect(each["effect"]), tuple(each.get("tools", ["*"]))) for each in raw["rules"])
    effect = Effect(raw.get("default_effect", "deny"))
    return Policy(rules, effect, raw.get("name", ""), raw.get("version", ""), hashlib.sha256(data).hexdigest())
