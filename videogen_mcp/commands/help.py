"""How help is laid out, and what it tells of settings."""

from __future__ import annotations

import argparse

from videogen_mcp.settings import VARIABLES

TEXT = " " * 6
"""How lines begin that are folded under what they are about."""


class Help(argparse.HelpFormatter):
    """Folds paragraphs, and lines that begin with `TEXT`, to the width of the terminal. Those that begin with fewer
    blanks, or end with a colon, stay as they are: commands are copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        folded: list[str] = []
        paragraph: list[str] = []
        for line in [*text.splitlines(), ""]:
            if line and not line.startswith(" ") and not line.endswith(":"):
                paragraph.append(line)
                continue
            if paragraph:
                folded.append(super()._fill_text(" ".join(paragraph), width, indent))
                paragraph = []
            folded.append(super()._fill_text(line, width, indent + TEXT) if line.startswith(TEXT) else indent + line)
        return "\n".join(folded).rstrip()


def variables(*names: str) -> str:
    """Return lines about these variables of the environment, in the words of README's table.

    Raise KeyError for one that is no setting."""
    return "\n".join(f"  {name}\n{TEXT}{VARIABLES[name][0].replace('`', '')}" for name in names)
