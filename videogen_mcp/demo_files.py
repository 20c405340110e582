"""The files that the demo brings along: a deck of slides, written by hand as it needs no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Slide = tuple[str, Sequence[str], str]
"""A headline, the lines under it, and a drawing: operators of ISO 32000-1, annex A."""

WAVES = "\n".join(
    f"{blue} rg 0 0 m 0 {top} l "
    + " ".join(f"{x + 80} {top + 50} {x + 160} {top - 50} {x + 240} {top} c" for x in range(0, 960, 240))
    + " 960 0 l f"
    for blue, top in (("0.10 0.27 0.42", 130), ("0.12 0.38 0.52", 90), ("0.22 0.55 0.66", 50))
)


def _disc(x: float, y: float, radius: float, colour: str) -> str:
    """A circle as four curves, which are round to a part in 4,000."""
    r, k = radius, radius * 0.5523
    return (
        f"{colour} rg {x + r} {y} m {x + r} {y + k} {x + k} {y + r} {x} {y + r} c"
        f" {x - k} {y + r} {x - r} {y + k} {x - r} {y} c {x - r} {y - k} {x - k} {y - r} {x} {y - r} c"
        f" {x + k} {y - r} {x + r} {y - k} {x + r} {y} c f"
    )


MOON_AND_EARTH = "\n".join(
    [
        _disc(800, 190, 110, "0.16 0.45 0.60"),
        _disc(800, 190, 88, "0.22 0.58 0.68"),
        _disc(620, 430, 42, "0.93 0.90 0.80"),
        _disc(608, 440, 9, "0.82 0.79 0.68"),
    ]
)

WIDTH, HEIGHT = 960, 540
"""Points: the shape of a screen."""

SLIDES: Sequence[Slide] = (
    ("Tides", ("Twice a day the sea rises.", "Twice a day it falls."), WAVES),
    ("Why?", ("The moon pulls the water.", "The earth turns below it."), MOON_AND_EARTH),
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
    """A dark page with its drawing and light text."""
    headline, lines, drawing = slide
    texts = [(72, 400, headline), *((36, 300 - 60 * at, line) for at, line in enumerate(lines))]
    shown = [f"BT /F {size} Tf 80 {y} Td ({text}) Tj ET" for size, y, text in texts]
    return "\n".join([f"0.07 0.16 0.28 rg 0 0 {WIDTH} {HEIGHT} re f", drawing, "1 1 1 rg", *shown]).encode("ascii")


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
