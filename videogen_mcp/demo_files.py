"""The files that the demo brings along: a deck of slides, written by hand as it needs no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Slide = tuple[str, Sequence[str]]
"""A headline, and the lines under it."""

WIDTH, HEIGHT = 960, 540
"""Points: the shape of a screen."""

SLIDES: Sequence[Slide] = (
    ("Tides", ("Twice a day the sea rises.", "Twice a day it falls.")),
    ("Why?", ("The moon pulls the water.", "The earth turns below it.")),
)


def deck() -> bytes:
    """Return the slides as a PDF (ISO 32000-1) with one page each."""
    count = len(SLIDES)
    pages = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{pages}] /Count {count} /MediaBox [0 0 {WIDTH} {HEIGHT}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>",
    ]
    for number, slide in enumerate(SLIDES):
        drawn = _drawn(slide)
        objects += [
            f"<< /Type /Page /Parent 2 0 R /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F 3 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        ]
    return _file(objects)


def _drawn(slide: Slide) -> bytes:
    """A dark page with light text: operators of ISO 32000-1, annex A."""
    headline, lines = slide
    texts = [(72, 400, headline), *((36, 300 - 60 * at, line) for at, line in enumerate(lines))]
    shown = [f"BT /F {size} Tf 80 {y} Td ({text}) Tj ET" for size, y, text in texts]
    return "\n".join([f"0.07 0.16 0.28 rg 0 0 {WIDTH} {HEIGHT} re f", "1 1 1 rg", *shown]).encode("ascii")


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects with the table of where each begins."""
    content, begins = b"%PDF-1.4\n", []
    for number, inner in enumerate(objects, 1):
        begins.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, inner)
    table = b"".join(b"%010d 00000 n \n" % begin for begin in begins)
    size = len(objects) + 1
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(content))
    )


OWN_FILES: Mapping[str, Callable[[], bytes]] = {"deck.pdf": deck}
"""By the names that examples have for them (`workflows.examples.OwnFile`)."""
