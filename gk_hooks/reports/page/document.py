"""What every page of ours is made of: a head that lets nothing act but our style, a header, contents and sections."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files

from gk_hooks.reports.page.markup import element, text

Sections = Sequence[tuple[str, list[str]]]
"""Titles, each with its content."""


def page(title: str, header: str, sections: Sections, footer: str, *, skip: str, style: Iterable[str] = ()) -> str:
    """The whole document. skip: the title of the section to jump to. style: rules beside ours."""
    links = (element("li", element("a", text(name), href=f"#{key(name)}")) for name, _ in sections)
    body = (
        element("a", f"Skip to the {text(skip.lower())}", href=f"#{key(skip)}", class_="skip"),
        header,
        element("nav", element("ol", *links), aria_label="Contents"),
        element("main", *(_section(name, content) for name, content in sections)),
        element("footer", element("p", text(footer))),
    )
    lines = ("<!DOCTYPE html>", '<html lang="en">', *_head(title, style), "<body>", *body, "</body>", "</html>", "")
    return "\n".join(lines)


def header(kind: str, name: str, facts: Iterable[str]) -> str:
    """The top of a page: what it is, of what, and finished facts."""
    return element(
        "header",
        element("p", text(kind), class_="kind"),
        element("h1", text(name)),
        element("p", " · ".join(facts), class_="subject"),
        class_="page",
    )


def key(title: str) -> str:
    """The anchor of the section *title*."""
    return title.lower().replace(" ", "-")


def _head(title: str, style: Iterable[str]) -> Iterator[str]:
    rules = "\n".join((files(__package__).joinpath("style.css").read_text(encoding="utf-8"), *style))
    digest = b64encode(hashlib.sha256(rules.encode()).digest()).decode()
    # nothing but this style may act: whatever slipped through the escaping could neither run nor load anything
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield "<head>"
    yield element("meta", charset="utf-8")
    yield element("meta", http_equiv="Content-Security-Policy", content=policy)
    yield element("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield element("meta", name="color-scheme", content="light dark")
    yield element("meta", name="referrer", content="no-referrer")
    yield element("title", text(title))
    yield f"<style>{rules}</style>"
    yield "</head>"


def _section(title: str, content: list[str]) -> str:
    heading = element("h2", text(title), id=f"{key(title)}-title")
    return element("section", heading, *content, id=key(title), class_="part", aria_labelledby=f"{key(title)}-title")
