"""Reading a policy file."""

from __future__ import annotations

import hashlib
import os

from gk_hooks.errors import UsageError
from gk_hooks.gate.policy.model import Policy
from gk_hooks.gate.policy.nodes import LineError, Node, read_json, read_yaml
from gk_hooks.gate.policy.schema import policy_of
from gk_hooks.policy.files import read_small, read_text

YAML_SUFFIXES = (".yaml", ".yml")


class PolicyError(UsageError):
    """A policy that cannot be used. problems: one line for each, as ``file:line: what``."""

    def __init__(self, problems: list[str]) -> None:
        more = f" (and {len(problems) - 1} more: see gk mcp check)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)
        self.problems = problems


def load_policy(path: str) -> Policy:
    """The policy in the file at *path*, YAML by its suffix, else JSON.

    PolicyError with file and line for all that is wrong with it; GkError if it cannot be read.
    """
    data = read_small(path)
    text = read_text(path, data)
    try:
        root = _tree(path, text)
        policy, problems = policy_of(root, hashlib.sha256(data).hexdigest())
    except LineError as error:
        problems = [error]
    if problems:
        ordered = sorted(problems, key=lambda problem: problem.line)
        raise PolicyError([f"{path}:{problem.line}: {problem}" for problem in ordered])
    return policy


def _tree(path: str, text: str) -> Node:
    if os.path.splitext(path)[1].lower() in YAML_SUFFIXES:
        return read_yaml(text)
    return read_json(text)
