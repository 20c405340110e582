"""Rewrite what is stale of README.md and docs/, and name it: python -m scripts.docs"""

from __future__ import annotations

import anyio

from scripts.docs.documents import ROOT, documents


def main() -> None:
    """Rewrite the files that are stale and name them."""
    for path, text in anyio.run(documents).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path.relative_to(ROOT)} is rewritten")


if __name__ == "__main__":
    main()
