"""HTML elements. Text is escaped unless it was made here: prompts and file names are data."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from videogen_sandbox import __version__

VOID = frozenset({"img", "input", "link", "meta", "source", "track"})

KEYS = (
    ("← → ↑ ↓", "go from tile to tile; on the page of a file, to the next one"),
    ("Enter", "open"),
    ("Space", "play, pause"),
    ("Esc", "back to the gallery"),
    ("/", "search"),
    ("?", "show these keys"),
)
"""What the page's script does at which key (static/keys.js)."""


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


def page(title: str, body: Html, *, path: str = "", busy: bool = False) -> Html:
    """Return a document with the sandbox's frame around `body`.

    `path` is that of the page, to mark its link. `busy` tells the page's script that something on it is going on.
    """
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="/assets/icon.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href="/assets/pages.css"),
        tag("link", rel="stylesheet", href="/assets/gallery.css"),
        tag("script", src="/assets/pages.js", type="module"),
    )
    home = tag("a", "VideoGen sandbox", href="/", class_="home", aria_current="page" if path == "/" else None)
    help_button = tag("button", "?", type="button", class_="help", aria_label="Keys", title="Keys (?)", hidden=True)
    note = tag("p", f"Made on this machine by videogen-sandbox {__version__}. Nothing was sent anywhere or billed.")
    frame = join(
        tag("a", "Skip to the content", href="#main", class_="skip"),
        tag("header", home, help_button, class_="top"),
        tag("p", id="connection", role="status"),
        tag("main", body, id="main", data_busy=busy),
        tag("footer", note),
        _keys(),
    )
    return Html(f"<!doctype html>\n{tag('html', tag('head', head), tag('body', frame), lang='en')}\n")


def _keys() -> Html:
    """The dialog that the page's script opens: which key does what."""
    rows = [join(tag("dt", tag("kbd", key)), tag("dd", deed)) for key, deed in KEYS]
    close = tag("form", tag("button", "Close"), method="dialog")
    return tag(
        "dialog", tag("h2", "Keys", id="keys-title"), tag("dl", rows), close, id="keys", aria_labelledby="keys-title"
    )


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
