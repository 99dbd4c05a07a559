"""A policy file as a tree that knows its lines, from JSON (always) or YAML (with PyYAML)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gk_hooks.errors import UsageError

NEEDS_YAML = "a policy in YAML needs the PyYAML package: pip install 'gk_hooks[yaml]', or write the policy in JSON"
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file. value: a dict or list of nodes, or a text, number, boolean or None."""

    value: Any
    line: int
    key_lines: dict[str, int]

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value


class LineError(UsageError):
    """What is wrong, and on which line; the reader of the file adds its name."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def read_json(text: str) -> Node:
    """The tree of a JSON document; LineError for what is not JSON, for NaN and Infinity, and for a key given twice."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise LineError(error.lineno, f"is not JSON: {error.msg} (column {error.colno})") from None
    except (RecursionError, ValueError) as error:
        raise LineError(1, f"is not a policy: {error}") from None
    return _json_value(_json_tokens(text), 0)


def read_yaml(text: str) -> Node:
    """The tree of a YAML document; LineError for what is not YAML, and for aliases, tags and a key given twice."""
    try:
        import yaml
    except ImportError:
        raise UsageError(NEEDS_YAML) from None
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            if getattr(event, "tag", None) is not None:
                tag = str(getattr(event, "tag", "")).replace("tag:yaml.org,2002:", "!!")
                raise LineError(
                    event.start_mark.line + 1 if event.start_mark else 1, f"has the tag {tag}: leave it out"
                )
            if isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                raise LineError(mark.line + 1 if mark else 1, f"has an alias, *{event.anchor}: write the value out")
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        return _yaml_value(loader, node, 0) if node is not None else Node(None, 1, {})
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise LineError(mark.line + 1 if mark else 1, f"is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise LineError(1, f"is not YAML: {' '.join(str(error).split())}") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _json_tokens(text: str) -> Iterator[tuple[str, int]]:
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", counted, token.start())
        counted = token.start()
        yield token[0], line


def _json_value(tokens: Iterator[tuple[str, int]], depth: int) -> Node:
    """The value that begins with the next token of a valid document."""
    return _json_from(*next(tokens), tokens, depth)


def _json_from(token: str, line: int, tokens: Iterator[tuple[str, int]], depth: int) -> Node:
    _check_depth(depth, line)
    if token == "{":
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for word, at in tokens:
            if word == "}":
                break
            if word != ",":
                key = _once(json.loads(word), values, at)
                next(tokens)  # the colon
                lines[key] = at
                values[key] = _json_value(tokens, depth + 1)
        return Node(values, line, lines)
    if token == "[":
        items = []
        for word, at in tokens:
            if word == "]":
                break
            if word != ",":
                items.append(_json_from(word, at, tokens, depth + 1))
        return Node(items, line, {})
    return Node(json.loads(token), line, {})


def _yaml_value(loader: Any, node: Any, depth: int) -> Node:
    import yaml

    line = node.start_mark.line + 1
    _check_depth(depth, line)
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            at = key_node.start_mark.line + 1
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise LineError(at, f"the key {key!r} is not a text: put it in quotes")
            lines[_once(key, values, at)] = at
            values[key] = _yaml_value(loader, value_node, depth + 1)
        return Node(values, line, lines)
    if isinstance(node, yaml.SequenceNode):
        return Node([_yaml_value(loader, item, depth + 1) for item in node.value], line, {})
    value = loader.construct_object(node)
    if value is not None and not isinstance(value, str | int | float):
        raise LineError(line, f"{node.value!r} is read as a {type(value).__name__}: put it in quotes")
    return Node(value, line, {})


def _once(key: str, values: dict[str, Node], line: int) -> str:
    if key in values:
        raise LineError(line, f"the key {key!r} stands twice")
    return key


def _check_depth(depth: int, line: int) -> None:
    if depth > MAX_DEPTH:
        raise LineError(line, f"is nested more than {MAX_DEPTH} deep")
