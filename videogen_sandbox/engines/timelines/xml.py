"""Writing XML that any parser takes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Xml

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow in any form, and OpenTimelineIO ends a text at."""


def text(parent: Xml.Element, name: str, value: str | int) -> Xml.Element:
    """Append an element that holds a text or a number."""
    element = Xml.SubElement(parent, name)
    element.text = clean(str(value))
    return element


def clean(value: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _FORBIDDEN.sub("", value)


def document(root: Xml.Element, doctype: str) -> str:
    """Return a whole document, indented."""
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n{Xml.tostring(root, encoding="unicode")}\n'
