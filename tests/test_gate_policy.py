"""The policy's schema: what cannot be meant is an error with its line and what to write instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from gate_policies import ALLOW, DENY, HOLD, REDACT, called, policy, problems

from gk_hooks.gate.model import Effect

README = """\
    name: support-agent-policy
    version: "1"
    default_effect: deny

    rules:
      # Hold ANY call for a human if its arguments trip the threat scanner.
      - id: threat-scan-hold
        effect: require_approval
        min_threat_score: 4
        reason: "arguments tripped the threat scanner"

      # Support agents may refund <$500 each, capped at $2000 per session.
      - id: refund-small-capped
        effect: allow
        tools: ["billing.refund"]
        require_roles: ["support-agent"]
        when: {field: amount, op: lt, value: 500}          # argument-aware
        budget: {key: refund_total, field: amount, limit: 2000}  # stateful

      # Anything else hitting billing.refund needs a human.
      - id: refund-large-approval
        effect: require_approval
        tools: ["billing.refund"]

      # Strip bcc before forwarding outbound email.
      - id: email-redact-bcc
        effect: redact
        tools: ["email.send"]
        redact_fields: ["bcc"]
"""


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_published_example_works_word_for_word(tmp_path: Path, form: str) -> None:
    text = README if form == "yaml" else json.dumps(yaml.safe_load(README), indent=2)
    loaded = policy(tmp_path, text, f"policy.{form}")
    assert [rule.id for rule in loaded.rules] == [
        "threat-scan-hold",
        "refund-small-capped",
        "refund-large-approval",
        "email-redact-bcc",
    ]
    assert (loaded.name, loaded.version, loaded.default_effect) == ("support-agent-policy", "1", Effect.DENY)
    assert called(loaded, "billing.refund", amount=499).effect is ALLOW
    assert called(loaded, "billing.refund", amount=500).effect is HOLD
    assert called(loaded, "email.send", bcc="x@y.example").redactions == ("bcc",)
    assert called(loaded, "email.send", to="x@y.example").effect is REDACT
    assert called(loaded, "delete_all").effect is DENY


def test_json_needs_no_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    assert policy(tmp_path, '{"rules": []}', "p.json").rules == ()
    with pytest.raises(Exception, match=r"pip install 'gk_hooks\[yaml\]'"):
        policy(tmp_path, "rules: []")


RULE = "rules:\n  - id: a\n    effect: allow\n"


@pytest.mark.parametrize(
    ("text", "told"),
    (
        pytest.param(
            "rules: []\ndefault_efect: allow",
            "2: policy: unknown key 'default_efect': did you mean 'default_effect'?",
            id="misspelt key of the policy",
        ),
        pytest.param(
            RULE + "    tool: [delete_all]",
            "4: rule: unknown key 'tool': did you mean 'tools'?",
            id="tool instead of tools",
        ),
        pytest.param(
            RULE + "    whn: {field: a, op: lt, value: 1}",
            "4: rule: unknown key 'whn': did you mean 'when'?",
            id="misspelt when",
        ),
        pytest.param(RULE + "    Tools: [a]", "4: rule: unknown key 'Tools': did you mean 'tools'?", id="a capital"),
        pytest.param(
            "rules:\n  - id: a\n    effect: alow",
            "3: effect: 'alow' is not known: did you mean 'allow'?",
            id="misspelt effect",
        ),
        pytest.param("rules:\n  - id: a", "2: rule 'a' has no 'effect'", id="no effect"),
        pytest.param(
            "rules:\n  - effect: [allow]", "2: effect: a list is none of allow, deny", id="an effect in a list"
        ),
        pytest.param("name: x", "1: the policy has no 'rules'", id="no rules"),
        pytest.param("rules: {a: 1}", "1: 'rules' is a list of rules", id="rules in a mapping"),
        pytest.param(
            "rules:\n  - allow", "2: a rule is a mapping of keys to values, not a text", id="a rule that is a word"
        ),
        pytest.param("[]", "1: a policy is a mapping", id="a list"),
        pytest.param("", "1: a policy is a mapping of keys to values, not nothing", id="an empty file"),
        pytest.param(RULE + "  - id: a\n    effect: deny", "4: the rule id 'a' stands twice", id="an id twice"),
        pytest.param(RULE + "    effect: deny", "4: the key 'effect' stands twice", id="a key twice"),
        pytest.param(RULE + "    tools: []", "4: the list is empty and would match nothing", id="no tools"),
        pytest.param(
            RULE + "    tools: [1]",
            "4: a text is expected here, not a number: put it in quotes",
            id="a number as a tool",
        ),
        pytest.param(
            RULE + "    when: {field: a, op: matches, value: x}", "4: op: 'matches' is", id="an unknown operator"
        ),
        pytest.param(
            RULE + "    when: {field: a, op: in, value: 5}", "4: 'in' takes a list of values", id="in with a number"
        ),
        pytest.param(
            RULE + "    when: {field: a, op: lt, value: '500'}",
            "4: 'lt' compares with a number, not a text '500': write it without quotes",
            id="a number in quotes",
        ),
        pytest.param(RULE + "    when: {field: a, op: lt, value: .nan}", "4: 'lt' compares with a number", id="NaN"),
        pytest.param(
            RULE + "    when: {field: a, op: startswith, value: ''}",
            "4: 'startswith' with an empty text is true of everything",
            id="an empty prefix",
        ),
        pytest.param(
            RULE + "    when: {field: a, op: regex, value: '^(a+)+$'}",
            "4: the regex repeats a repeat, (…+)*, which can take forever: keep one of the two",
            id="a catastrophic regex",
        ),
        pytest.param(
            RULE + "    when: {field: a, op: regex, value: '('}", "4: the regex is not valid", id="a bad regex"
        ),
        pytest.param(RULE + "    when: {field: a, op: lt}", "4: condition: 'lt' needs a value", id="no value"),
        pytest.param(RULE + "    when: {field: a.., op: exists}", "4: 'a..' is no field", id="a bad field"),
        pytest.param(RULE + "    when: {op: exists}", "4: condition: needs 'field'", id="no field"),
        pytest.param(RULE + "    when: {all: [], any: []}", "4: condition: 'all' stands alone", id="all beside any"),
        pytest.param(
            RULE + "    when:\n      not: {field: a, op: exists}\n      field: b",
            "5: condition: 'not' stands alone",
            id="not beside a field",
        ),
        pytest.param(
            RULE + "    when: {all: []}", "4: condition: 'all' takes a list of conditions", id="all of nothing"
        ),
        pytest.param(
            RULE + "    when: {feld: a, op: lt, value: 1}",
            "4: condition: unknown key 'feld': did you mean 'field'?",
            id="misspelt field",
        ),
        pytest.param(
            RULE + "    budget: {key: a, limit: many}",
            "4: budget: limit is a number, not a text",
            id="a limit in words",
        ),
        pytest.param(
            RULE + "    budget: {key: a, limit: .inf}", "4: budget: limit is a number from 0 to", id="an endless limit"
        ),
        pytest.param(
            RULE + "    budget: {key: a, limit: -1}", "4: budget: limit is a number from 0 to", id="a negative limit"
        ),
        pytest.param(RULE + "    budget: {limit: 1}", "4: budget: needs 'key'", id="a budget without a key"),
        pytest.param(
            RULE + "    budget: {key: a, limit: 1, scope: sesion}",
            "4: scope: 'sesion' is not known: did you mean 'session'?",
            id="misspelt scope",
        ),
        pytest.param(
            RULE + "    budget: {key: a, limit: 1, window: soon}", "4: 'soon' is no time", id="a window in words"
        ),
        pytest.param(
            "rules:\n  - id: a\n    effect: deny\n    budget: {key: a, limit: 1}",
            "2: rule 'a': a denied call spends nothing",
            id="a budget on a denial",
        ),
        pytest.param(
            "rules:\n  - id: a\n    effect: redact",
            "2: rule 'a': effect 'redact' needs redact_fields",
            id="nothing to redact",
        ),
        pytest.param(
            RULE + "    redact_fields: [a]",
            "2: rule 'a': redact_fields has no meaning",
            id="redact_fields without redact",
        ),
        pytest.param(RULE + "    min_threat_score: 4.5", "4: min_threat_score is a whole number", id="a broken score"),
        pytest.param(RULE + "    code: {field: a}", "4: code: needs path_field or language", id="code of no language"),
        pytest.param(
            RULE + "    code: {field: a, language: pyton}",
            "4: language: 'pyton' is not known: did you mean 'python'?",
            id="a misspelt language",
        ),
        pytest.param(
            RULE + "    command: {field: a, max_decision: pass}",
            "4: max_decision: 'pass' is",
            id="a decision in small letters",
        ),
        pytest.param(
            RULE + "    command: {field: a, profile: lax}", "4: unknown profile 'lax'", id="an unknown profile"
        ),
        pytest.param("a: &x [1]\nrules: *x", "2: has an alias, *x: write the value out", id="an alias"),
        pytest.param("a: &x [*x]", "1: has an alias", id="an alias of itself"),
        pytest.param("rules: [", "1: is not YAML", id="no YAML"),
        pytest.param("rules: !!python/name:os.system []", "1: has the tag !!python/name:os.system", id="a tag"),
        pytest.param(
            "version: 2026-01-01\nrules: []", "1: '2026-01-01' is read as a date: put it in quotes", id="a date"
        ),
        pytest.param("1: a\nrules: []", "1: the key 1 is not a text", id="a key that is a number"),
    ),
)
def test_what_cannot_be_meant_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    found = problems(tmp_path, text)
    assert any(problem.startswith(told) for problem in found), found


@pytest.mark.parametrize(
    ("text", "told"),
    (
        pytest.param(
            '{"rules": [\n{"effect": "allow",\n "tool": ["a"]}]}', "3: rule: unknown key 'tool'", id="line of a key"
        ),
        pytest.param(
            '{"rules": [\n{"effect": "allow", "effect": "deny"}]}', "2: the key 'effect' stands twice", id="a key twice"
        ),
        pytest.param('{"rules": [\n\n}', "3: is not JSON", id="no JSON"),
        pytest.param('{"rules": NaN}', "1: is not a policy: NaN is not JSON", id="NaN"),
        pytest.param(
            '{"a": "\\n\\n{[\\"x",\n"rules": [], "b": 1}', "2: policy: unknown key 'b'", id="brackets in a text"
        ),
        pytest.param("[" * 5000 + "]" * 5000, "1: is ", id="deep nesting"),
        pytest.param(
            '{"rules": [{"effect": "allow", "when": ' + '{"not": ' * 60 + "{}" + "}" * 60 + "}]}",
            "1: is nested",
            id="deep condition",
        ),
    ),
)
def test_json_has_lines_too(tmp_path: Path, text: str, told: str) -> None:
    found = problems(tmp_path, text, "p.json")
    assert any(problem.startswith(told) for problem in found), found


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = "rules:\n  - effect: allow\n    tool: a\n  - effect: deni\n    when: {field: a, op: lt, value: x}\n"
    assert [problem.partition(":")[0] for problem in problems(tmp_path, text)] == ["3", "4", "5"]
