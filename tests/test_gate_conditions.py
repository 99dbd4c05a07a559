"""Conditions: typed, three-valued, and not to be talked around by another spelling."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gk_hooks.gate.names import skeleton
from gk_hooks.gate.paths import path_readings
from gk_hooks.gate.policy.conditions import All, Any_, Not, Truth
from gk_hooks.gate.policy.operators import OPERATORS, comparison
from gk_hooks.gate.regexes import LinearRegex

NO, ABSENT, UNKNOWN, YES = Truth.NO, Truth.ABSENT, Truth.UNKNOWN, Truth.YES

ETC = (
    pytest.param("/etc/passwd", id="as it is"),
    pytest.param("//etc/passwd", id="two slashes"),
    pytest.param("///etc//passwd", id="three slashes"),
    pytest.param("/./etc/passwd", id="a dot"),
    pytest.param("/tmp/../etc/passwd", id="up and down"),
    pytest.param("/data/../../../etc/./x/../passwd", id="up beyond the root"),
    pytest.param("../../../etc/passwd", id="up from an unknown folder"),
    pytest.param("file:///etc/passwd", id="a file URL"),
    pytest.param("FILE://localhost/etc/passwd", id="a file URL in capitals with a host"),
    pytest.param("file:/etc/passwd", id="a file URL with one slash"),
    pytest.param("file://etc/passwd", id="a file URL with a slash too few"),
    pytest.param(["/etc/passwd"], id="in a list"),
    pytest.param(["/data/x", ["/etc/passwd"]], id="in a list in a list"),
    pytest.param(" /etc/passwd", id="a space in front"),
    pytest.param("\u200b/etc/passwd", id="a zero-width space"),
    pytest.param("/\u2060etc/pass\u00adwd", id="invisible characters inside"),
    pytest.param("%2fetc%2fpasswd", id="percent"),
    pytest.param("%252fetc%252fpasswd", id="percent twice"),
    pytest.param("/tmp/%2e%2e/etc/passwd", id="percent dots"),
    pytest.param("/tmp/%c0%ae%c0%ae/etc/passwd", id="overlong dots"),
    pytest.param("/tmp/..%c0%afetc/passwd", id="an overlong slash"),
    pytest.param("%u002fetc/passwd", id="percent u"),
    pytest.param("／etc／passwd", id="fullwidth slashes"),
    pytest.param("/tmp/．．/etc/passwd", id="fullwidth dots"),
    pytest.param("/еtс/passwd", id="Cyrillic letters"),
    pytest.param("∕etc⁄passwd", id="division slashes"),
    pytest.param("\\etc\\passwd", id="backslashes"),
    pytest.param("/tmp\\..\\etc/passwd", id="mixed slashes"),
    pytest.param("/etc/passwd\0.txt", id="a NUL"),
    pytest.param("/ETC/passwd", id="capitals, for systems that do not mind"),
    pytest.param("/proc/self/root/etc/passwd", id="the root again"),
    pytest.param("/proc/1234/task/7/root/etc/passwd", id="the root of a thread"),
    pytest.param("/private/etc/passwd", id="macOS"),
    pytest.param("/etc./passwd", id="a dot that Windows drops"),
    pytest.param("~/../../etc/passwd", id="up from home"),
    pytest.param({"path": "/etc"}, id="an object instead of a text"),
    pytest.param(7, id="a number instead of a text"),
)


@pytest.mark.parametrize("path", ETC)
def test_no_spelling_of_etc_escapes_a_denial_or_gets_an_allowance(path: Any) -> None:
    assert comparison("path", "startswith", "/etc").holds({"path": path}) >= UNKNOWN
    for elsewhere in (comparison("path", "startswith", "/data/"), comparison("path", "under", "/tmp")):
        assert elsewhere.holds({"path": path}) < YES
    assert Not(comparison("path", "startswith", "/etc")).holds({"path": path}) < YES


@pytest.mark.parametrize(
    ("path", "operator", "value", "truth"),
    (
        pytest.param("/data/x", "startswith", "/data/", YES, id="in a folder"),
        pytest.param("/data", "startswith", "/data/", YES, id="the folder itself"),
        pytest.param("/database", "startswith", "/data/", NO, id="a folder with a longer name"),
        pytest.param("/database", "startswith", "/data", YES, id="a prefix is only a prefix"),
        pytest.param("/database", "under", "/data", NO, id="under means the folder"),
        pytest.param("/data//./x", "under", "/data", YES, id="normalised in the folder"),
        pytest.param("/data/100%25/x", "under", "/data", YES, id="readings that agree"),
        pytest.param("notes.txt", "startswith", "/etc", NO, id="a plain relative path"),
        pytest.param("C:\\Windows\\x", "under", "c:/windows", YES, id="Windows, in any case"),
        pytest.param("\\\\?\\C:\\Windows\\x", "under", "C:\\Windows", UNKNOWN, id="a device path"),
        pytest.param("\\\\localhost\\c$\\Windows\\x", "under", "C:\\Windows", UNKNOWN, id="a share of this machine"),
        pytest.param("~/.ssh/id", "under", "/home/me", UNKNOWN, id="a home that is not known"),
        pytest.param("/home/me/.ssh", "under", "~/.ssh", UNKNOWN, id="a home that is written out"),
        pytest.param("/data/x", "eq", "/data/x", YES, id="equal"),
        pytest.param("/data/y/../x", "eq", "/data/x", YES, id="equal when resolved"),
        pytest.param("/data/x", "in", ["/data/x", "/y"], YES, id="one of"),
        pytest.param("/app/.env", "endswith", "/.env", YES, id="ends with"),
        pytest.param("/app/.env/.", "endswith", "/.env", UNKNOWN, id="ends with, disguised"),
        pytest.param("/app/.env::$DATA", "endswith", ".env", UNKNOWN, id="a stream of NTFS"),
        pytest.param("/app/%2eenv", "regex", r"(^|/)\.env$", UNKNOWN, id="a regex sees what percent hides"),
        pytest.param("https://api.example/a//b", "startswith", "https://api.example/", YES, id="a URL is no path"),
    ),
)
def test_paths(path: str, operator: str, value: Any, truth: Truth) -> None:
    wanted = LinearRegex(value) if operator == "regex" else value
    assert comparison("path", operator, wanted).holds({"path": path}) is truth


@pytest.mark.parametrize(
    ("operator", "value", "actual", "truth"),
    (
        pytest.param("lt", 500, 499.99, YES, id="less"),
        pytest.param("lt", 500, 500, NO, id="not less"),
        pytest.param("lt", 500, "400", UNKNOWN, id="a number in quotes"),
        pytest.param("lt", 500, "4_0_0", UNKNOWN, id="what Python would read as 400"),
        pytest.param("lt", 500, -math.inf, UNKNOWN, id="minus infinity"),
        pytest.param("lt", 500, math.nan, UNKNOWN, id="NaN"),
        pytest.param("lt", 500, True, UNKNOWN, id="a boolean"),
        pytest.param("lt", 500, [400], UNKNOWN, id="a list of numbers"),
        pytest.param("lt", 500, None, ABSENT, id="null"),
        pytest.param("gt", 500, "600", UNKNOWN, id="a quoted number does not slip below"),
        pytest.param("ge", 10**400, 10**400, YES, id="numbers beyond any float"),
        pytest.param("eq", 1, 1.0, YES, id="one number, two spellings"),
        pytest.param("eq", 1, True, UNKNOWN, id="true is not one"),
        pytest.param("eq", "1", 1, UNKNOWN, id="a text is no number"),
        pytest.param("eq", None, None, YES, id="null is null"),
        pytest.param("eq", "a", None, ABSENT, id="null is nothing"),
        pytest.param("eq", "admin", "аdmin", UNKNOWN, id="a lookalike"),
        pytest.param("ne", "admin", "аdmin", UNKNOWN, id="a lookalike is not certainly another"),
        pytest.param("ne", "admin", "guest", YES, id="another"),
        pytest.param("eq", [1, 2], [1, 2], YES, id="lists"),
        pytest.param("eq", "a", ["a"], UNKNOWN, id="a list is no text"),
        pytest.param("in", ["a", 5], "b", NO, id="in: another text"),
        pytest.param("in", ["a", 5], True, UNKNOWN, id="in: another type"),
        pytest.param("in", ["a", "b"], ["a", "b"], YES, id="in: every item"),
        pytest.param("in", ["a", "b"], ["a", "c"], UNKNOWN, id="in: some items"),
        pytest.param("not_in", ["a"], "b", YES, id="not_in"),
        pytest.param("not_in", ["a"], "a", NO, id="not_in: there"),
        pytest.param("not_in", ["a"], 5, UNKNOWN, id="not_in: another type"),
        pytest.param("contains", "x", "axb", YES, id="contains: a part"),
        pytest.param("contains", "x", ["x", "y"], YES, id="contains: an item"),
        pytest.param("contains", "evil", ["a@evil.example"], UNKNOWN, id="contains: a part of an item"),
        pytest.param("contains", "x", {"x": 1}, YES, id="contains: a key"),
        pytest.param("contains", "x", ["y", 5], NO, id="contains: not there"),
        pytest.param("contains", 5, [1, 5], YES, id="contains: a number"),
        pytest.param("startswith", "pre", "prefix", YES, id="startswith"),
        pytest.param(
            "endswith", "@corp.example", ["a@corp.example", "b@evil.example"], UNKNOWN, id="endswith: some items"
        ),
        pytest.param("exists", True, None, YES, id="exists: null is there"),
        pytest.param("exists", False, 1, NO, id="exists: false"),
    ),
)
def test_operators(operator: str, value: Any, actual: Any, truth: Truth) -> None:
    assert comparison("field", operator, value).holds({"field": actual}) is truth


def test_a_missing_field_stops_nothing_and_proves_nothing() -> None:
    missing = comparison("a.b", "eq", 1)
    assert missing.holds({}) is missing.holds({"a": {}}) is missing.holds({"a.b": 1}) is missing.holds(None) is ABSENT
    assert Not(missing).holds({}) is UNKNOWN
    assert comparison("a", "exists", True).holds({}) is NO


@pytest.mark.parametrize("name", ["PATH", "Path", "pаth", "path\u200b", " path", "ｐａｔｈ"])
def test_a_name_that_a_server_may_take_for_the_field_counts_as_the_field(name: str) -> None:
    denied, allowed = comparison("file.path", "under", "/etc"), comparison("file.path", "under", "/data")
    assert denied.holds({"file": {name: "/etc/passwd"}}) is YES
    assert denied.holds({"file": {"path": "/data/x", name: "/etc/passwd"}}) is UNKNOWN
    assert allowed.holds({"file": {"path": "/data/x", name: "/etc/passwd"}}) is UNKNOWN
    assert allowed.holds({"file": {"path": "/data/x"}, "other": {name: "/etc"}}) is YES


def test_fields_go_through_arrays() -> None:
    amounts = comparison("items.amount", "lt", 500)
    assert amounts.holds({"items": [{"amount": 1}, {"amount": 499}]}) is YES
    assert amounts.holds({"items": [{"amount": 1}, {"amount": 501}]}) is UNKNOWN
    assert amounts.holds({"items": [{"amount": 1}, {}]}) is UNKNOWN


@pytest.mark.parametrize("parts", [(a, b) for a in Truth for b in Truth])
def test_all_any_and_not_fit_together(parts: tuple[Truth, Truth]) -> None:
    class Fixed:
        def __init__(self, truth: Truth) -> None:
            self.truth = truth

        def holds(self, arguments: Any) -> Truth:
            return self.truth

    one, other = map(Fixed, parts)
    assert All((one, other)).holds({}) is min(parts)
    assert Any_((one, other)).holds({}) is max(parts)
    if ABSENT not in parts:  # De Morgan
        assert Not(All((one, other))).holds({}) is Any_((Not(one), Not(other))).holds({})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.just("a"), inner, max_size=4),
    max_leaves=12,
)
VALUES = {
    **dict.fromkeys(("lt", "le", "gt", "ge"), st.integers() | st.floats(allow_nan=False, allow_infinity=False)),
    **dict.fromkeys(("in", "not_in"), st.lists(st.none() | st.booleans() | st.integers() | st.text(), min_size=1)),
    **dict.fromkeys(("startswith", "endswith", "under"), st.text(min_size=1) | st.just("/etc")),
    "regex": st.sampled_from((LinearRegex("a|b+$"), LinearRegex(r"^/etc/"))),
    "contains": st.text(min_size=1) | st.integers(),
    "exists": st.booleans(),
}


@given(st.data(), st.sampled_from(sorted(OPERATORS)), JSON)
def test_every_operator_answers_about_any_json(data: st.DataObject, operator: str, arguments: Any) -> None:
    value = data.draw(VALUES.get(operator, JSON))
    tested = comparison("a", operator, value)
    assert tested.holds(arguments) in Truth
    assert tested.holds({"a": arguments}) in Truth


@given(
    st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.text() | st.booleans() | st.lists(st.integers()),
)
def test_only_numbers_are_compared_as_numbers(limit: float, value: Any) -> None:
    for operator in ("lt", "le", "gt", "ge"):
        assert comparison("a", operator, limit).holds({"a": value}) is UNKNOWN


@given(st.text("/.~%2eE\\ \u200bac:", max_size=30))
def test_normalising_twice_changes_nothing_more(path: str) -> None:
    for reading in path_readings(path):
        assert "//" not in reading
        assert "/./" not in f"/{reading}/"
        assert reading.startswith((".", "~")) or "/../" not in f"/{reading}/"


LOOKALIKE = str.maketrans({"e": "е", "c": "с", "p": "р", "a": "а", "s": "ѕ", "o": "о"})
DISGUISES: tuple[Callable[[str, int], str], ...] = (
    lambda path, at: path[:at] + "\u200b" + path[at:],
    lambda path, at: path.replace("/", "//"),
    lambda path, at: path.replace("/", "/./"),
    lambda path, at: path.replace("/", "/x/../", 1),
    lambda path, at: path.replace("/", "\\"),
    lambda path, at: path.replace("/", "／"),
    lambda path, at: path.translate(LOOKALIKE),
    lambda path, at: path[:at] + "".join(f"%{byte:02x}" for byte in path[at : at + 1].encode()) + path[at + 1 :],
    lambda path, at: path.upper(),
    lambda path, at: f" {path}",
    lambda path, at: f"{path}/.",
    lambda path, at: f"file://{path}" if path.startswith("/") else path,
    lambda path, at: f"/proc/self/root{path}" if path.startswith("/") else path,
)


@given(
    st.sampled_from(("/etc/passwd", "/etc/ssh/sshd_config", "/etc")),
    st.lists(st.tuples(st.sampled_from(DISGUISES), st.integers(0, 12)), max_size=4),
)
def test_disguises_on_top_of_each_other_escape_nothing(path: str, disguises: list[tuple[Any, int]]) -> None:
    shown = path
    for disguise, at in disguises:
        shown = disguise(shown, at)
    assert comparison("path", "startswith", "/etc").holds({"path": shown}) >= UNKNOWN, shown
    assert comparison("path", "under", "/etc").holds({"path": [shown]}) >= UNKNOWN, shown
    assert comparison("path", "under", "/data").holds({"path": shown}) < YES, shown


@pytest.mark.parametrize(
    ("disguised", "name"),
    (
        pytest.param("dеlete_all", "delete_all", id="Cyrillic"),
        pytest.param("delete\u200b_all", "delete_all", id="zero width"),
        pytest.param("ｄｅｌｅｔｅ_all", "delete_all", id="fullwidth"),
        pytest.param("𝐝𝐞𝐥𝐞𝐭𝐞_all", "delete_all", id="mathematical"),
        pytest.param("DELETE_ALL", "delete_all", id="capitals"),
        pytest.param("delete‐all", "delete-all", id="another hyphen"),
        pytest.param(" delete_all\u202e", "delete_all", id="space and direction"),
        pytest.param("\U000e0064delete_all", "delete_all", id="a tag character"),
    ),
)
def test_skeletons(disguised: str, name: str) -> None:
    assert skeleton(disguised) == skeleton(name) == name


def test_a_long_path_takes_linear_time() -> None:
    deep = "/tmp/" + "a/../" * 200_000 + "../etc/passwd"
    assert comparison("path", "startswith", "/etc").holds({"path": deep}) is YES
    assert (
        comparison("path", "startswith", "/etc").holds(json.loads('{"path": ' + "[" * 100 + '"/etc"' + "]" * 100 + "}"))
        is YES
    )
