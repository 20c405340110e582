"""HTML elements. Text is escaped unless it was made here: prompts and file names are data."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = frozenset({"img", "link", "meta"})


class Html(str):
    """Text that is HTML, made by the functions of this module."""

    __slots__ = ()


Child = str | Html | None | Iterable["str | Html | None"]
Attribute = str | int | float | bool | None


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Return an element. Attributes that are None or False are left out; `class_` is class, `aria_label` aria-label."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Return the children one after the other; text is escaped, None is left out."""
    return Html("".join(map(_child, children)))


def page(title: str, body: Html, *, path: str = "") -> Html:
    """Return a document with the sandbox's frame around `body`. `path` is that of the page, to mark its link."""
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="/assets/icon.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href="/assets/pages.css"),
        tag("script", src="/assets/pages.js", defer=True),
    )
    home = tag("a", "VideoGen sandbox", href="/", class_="home", aria_current="page" if path == "/" else None)
    note = tag("p", "Everything here was made on this machine. Nothing was sent anywhere or paid for.")
    frame = join(tag("header", home, class_="top"), tag("main", body), tag("footer", note))
    return Html(f"<!doctype html>\n{tag('html', tag('head', head), tag('body', frame), lang='en')}\n")


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str):
        return escape(child)
    return "".join(map(_child, child))


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
