import json
import time
from pathlib import Path

import pytest

from gk_hooks.errors import GkError, UsageError
from gk_hooks.model.effects import Site
from gk_hooks.model.findings import Confidence, Finding, Severity
from gk_hooks.model.report import Result, Suppression
from gk_hooks.policy.allowlist import Allowlist, apply, load
from gk_hooks.policy.regexes import safe_regex

WHY = {"justification": "benign"}


def write(path: Path, *entries: object) -> str:
    path.write_text(json.dumps({"entries": entries}), encoding="utf-8")
    return str(path)


def result(command: str, file: str = "tools/a.py", rule: str = "PEX003", **more: object) -> Result:
    finding = Finding(rule, Site(1, 1, 1, 2, "subprocess.run"), "e", command=command, file=file)
    return Result(finding, Severity.HIGH, Confidence.MEDIUM, **more)


@pytest.fixture
def allow(tmp_path):
    return lambda *entries: load(write(tmp_path / "allow.json", *entries))


@pytest.mark.parametrize(
    ("entry", "command", "covered"),
    (
        pytest.param({"exact": "git status"}, "git status", True, id="exact"),
        pytest.param({"command_exact": "git status"}, "git status", True, id="the other spelling of exact"),
        pytest.param({"exact": " git   status"}, "git status", True, id="blanks count once"),
        pytest.param({"exact": "git status"}, "git status --short", False, id="exact is the whole command"),
        pytest.param({"exact": "git status"}, "git status …", False, id="further arguments may follow"),
        pytest.param({"exact": "git status"}, "Git status", False, id="in the letters' case"),
        pytest.param({"regex": "git (status|log)"}, "git log", True, id="regex"),
        pytest.param({"command_regex": "git .*"}, "git log", True, id="the other spelling of regex"),
        pytest.param({"regex": "git"}, "git log", False, id="a regex must match the whole command"),
        pytest.param({"regex": "git .*"}, "git log\nrm x", False, id="a second line is not hidden by a dot"),
        pytest.param({"regex": "git show {…}"}, "git show {…}", True, id="an unknown part, as it is shown"),
        pytest.param({"regex": ".*"}, "", False, id="a command of which nothing is known"),
        pytest.param({"regex": ".*"}, "a" * 400, False, id="a command that is too long for a regex"),
        pytest.param({"exact": "a" * 400}, "a" * 400, True, id="a long command, exactly"),
        pytest.param({"exact": "ls", "path_glob": "tools/*.py"}, "ls", True, id="in these files"),
        pytest.param({"exact": "ls", "path_glob": "src/**"}, "ls", False, id="in other files"),
        pytest.param({"exact": "ls", "rule": "PEX003"}, "ls", True, id="with the rule"),
        pytest.param({"exact": "ls", "rule_id": "PEX003"}, "ls", True, id="with the rule by its other spelling"),
    ),
)
def test_what_an_entry_covers(allow, entry, command, covered):
    results, use = apply(allow(entry | WHY), [result(command)])
    assert (results[0].suppression == Suppression("allowlist", "benign")) is covered
    assert len(use.unused) == (0 if covered else 1)


@pytest.mark.parametrize(
    "rule", ("NET001", "NET003", "DEX001", "DEX002", "DES001", "PER001", "PER002", "PEX001", "PEX002")
)
def test_no_other_rule_is_ever_suppressed(allow, rule):
    results, use = apply(allow({"regex": ".*"} | WHY), [result("curl x", rule=rule)])
    assert results == (result("curl x", rule=rule),)
    assert use.unused == ("entry 1 (regex '.*')",)


def test_how_the_allowlist_was_used(allow):
    approval = {"approved_by": "A. Reviewer", "approved_on": "2025-01-31"}
    allowlist = allow(
        {"exact": "ls"} | WHY | approval,
        {"exact": "git status", "path_glob": "src/**"} | WHY,
        {"regex": "l."} | WHY,
    )
    results, use = apply(allowlist, [result("ls"), result("cat")])
    assert [each.suppression for each in results] == [
        Suppression("allowlist", "benign", "A. Reviewer", "2025-01-31"),
        None,
    ]
    assert (use.path, use.sha256, use.entries) == (allowlist.path, allowlist.sha256, 3)
    assert use.unused == ("entry 2 (exact 'git status' in 'src/**')",)


def test_an_earlier_suppression_stays(allow):
    before = Suppression("baseline", "known")
    results, use = apply(allow({"exact": "ls"} | WHY), [result("ls", suppression=before)])
    assert (results[0].suppression, use.unused) == (before, ())


@pytest.mark.parametrize(
    ("entry", "message"),
    (
        pytest.param([], "must be an object", id="no object"),
        pytest.param(WHY, "needs exactly one of 'exact' and 'regex'", id="no command"),
        pytest.param({"exact": "a", "regex": "a"} | WHY, "needs exactly one of", id="two commands"),
        pytest.param({"exact": "a", "command_exact": "a"} | WHY, "another spelling of 'exact'", id="both spellings"),
        pytest.param({"exact": "a"}, "needs a 'justification'", id="no justification"),
        pytest.param({"exact": "a", "justification": " "}, "must be a string that is not empty", id="a blank one"),
        pytest.param({"exact": ["a"]} | WHY, "'exact' must be a string", id="a list"),
        pytest.param({"exact": "a", "approved_by": None} | WHY, "'approved_by' must be a string", id="null"),
        pytest.param({"exact": "a", "reason": "b"} | WHY, "unknown key 'reason'", id="unknown key"),
        pytest.param(
            {"exact": "a", "justifcation": "b"}, "unknown key 'justifcation': did you mean 'justification'", id="a slip"
        ),
        pytest.param(
            {"exact": "a", "rule": "NET001"} | WHY,
            "names the rule 'NET001': an allowlist can only accept PEX003 (specification §9)",
            id="another rule",
        ),
        pytest.param({"exact": "a", "approved_on": "31.1.2025"} | WHY, "must be a date such as", id="no ISO date"),
        pytest.param({"exact": "a", "approved_on": "2025-02-30"} | WHY, "must be a date such as", id="no such day"),
        pytest.param({"exact": "a", "approved_on": "20250131"} | WHY, "must be a date such as", id="a short date"),
        pytest.param({"exact": "a", "path_glob": "!a"} | WHY, "there is no negation", id="a bad pattern"),
        pytest.param({"regex": "("} | WHY, "is not valid", id="a broken regex"),
        pytest.param({"regex": "(a*)*b"} | WHY, "can match in too many ways", id="a regex that may take forever"),
    ),
)
def test_an_entry_that_cannot_be_meant(tmp_path, entry, message):
    path = write(tmp_path / "allow.json", {"exact": "ls"} | WHY, entry)
    with pytest.raises(UsageError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: entry 2: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    (
        pytest.param(b"", "is not valid JSON", id="empty"),
        pytest.param(b"[]", "must be an object with a list of entries", id="a list"),
        pytest.param(b'{"entries": {}}', "must be an object with a list of entries", id="no list inside"),
        pytest.param(b'{"entries": [], "entires": []}', "unknown key 'entires': did you mean 'entries'?", id="a slip"),
        pytest.param(b'{"entries": [], "entries": []}', "the key 'entries' stands twice", id="twice"),
        pytest.param(
            b'{"entries": [{"exact": "a", "exact": "b"}]}',
            "the key 'exact' stands twice in the entry with exact 'b'",
            id="twice in an entry",
        ),
        pytest.param(b'{"entries": [NaN]}', "NaN is not JSON", id="NaN"),
        pytest.param(b'{"entries": ["\xff"]}', "is not UTF-8 (byte 14)", id="not UTF-8"),
        pytest.param('{"entries": []}'.encode("utf-16"), "is not UTF-8 (byte 0)", id="UTF-16"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="nested deeply"),
        pytest.param(b'{"entries": [' + b"9" * 5000 + b"]}", "", id="an endless number"),
        pytest.param(b" " * 2_000_000, "is larger than 1048576 bytes", id="huge"),
    ),
)
def test_a_file_that_is_no_allowlist(tmp_path, data, message):
    path = tmp_path / "allow.json"
    path.write_bytes(data)
    with pytest.raises(GkError) as error:
        load(str(path))
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(GkError, match=r"none\.json: cannot be read: "):
        load(str(tmp_path / "none.json"))


def test_a_byte_order_mark_is_no_harm(tmp_path):
    path = tmp_path / "allow.json"
    path.write_bytes(b'\xef\xbb\xbf{"entries": []}')
    assert load(str(path)).entries == ()


def test_the_published_example_is_valid():
    allowlist = load(str(Path(__file__).parents[1] / "docs" / "allowlist.example.json"))
    results, use = apply(allowlist, [result("git rev-parse HEAD"), result("git log --oneline"), result("git push")])
    assert [each.suppression is None for each in results] == [False, False, True]
    assert use.unused == ()


@pytest.mark.parametrize(
    "pattern",
    (
        r"python3?(\.\d+)? -m \w+( -[vq])?",
        r"(?i)git (status|log|diff) .*",
        r".*/tool\.sh .*",
        r"[*+?({|]+",
        r"a{2,3}{}",
        r"(?P<name>a+)(?:b|c){2}",
    ),
)
def test_regexes_that_are_fine(pattern):
    assert safe_regex(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    (
        r"(a*)*b",
        r"(a|a)*b",
        r"(a|aa)+b",
        r"(a?){30}a{30}",
        "a?" * 30 + "a" * 30,
        "(a|a)" * 30 + "b",
        r".*.*.*.*b",
        r"(x+x+)+y",
        r"(.*?,){11}P",
        r"(?:(?:a+)+)+b",
        r"(?x)a",
        r"a(?#*)b",
        "a" * 2000,
    ),
)
def test_regexes_that_could_take_forever(pattern):
    with pytest.raises(ValueError, match="regex"):
        safe_regex(pattern)


def test_the_worst_regex_that_is_accepted_is_bearable():
    allowlist = Allowlist("allow.json", "", ())
    regex = safe_regex(".*a.*a.*b|c")
    start = time.process_time()
    assert not regex.fullmatch("a" * 150 + "b" * 149 + "x")
    assert time.process_time() - start < 3
    assert apply(allowlist, [])[0] == ()
