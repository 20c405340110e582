"""Presentations for tests: PDFs written by hand, PowerPoint by python-pptx."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

LOCKED = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{key}> /U <{key}> >> /ID [<00> <00>]".format(key="ab" * 32)
"""An encryption whose keys fit no password."""


def write_pdf(path: Path, pages: Sequence[str], size: tuple[float, float] = (960, 540), trailer: str = "") -> Path:
    """Write a PDF with a line of text and a blue block on each page of `size` points."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for words in pages:
        content = f"BT /F 40 Tf 60 400 Td ({words}) Tj ET 0 0 1 rg 60 100 300 80 re f"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    tail = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<< /Size {count} /Root 1 0 R {trailer} >>\n"
    path.write_bytes((body + tail + f"startxref\n{len(body)}\n%%EOF\n").encode("latin-1"))
    return path
