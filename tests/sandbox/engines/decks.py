"""Presentations for tests: PDFs written by hand, PowerPoint by python-pptx."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml

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


_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KEPT = "http://schemas.microsoft.com/office/2007/relationships/diagramDrawing"

_SHAPES = f"""<dsp:drawing xmlns:dsp="http://schemas.microsoft.com/office/drawing/2008/diagram" xmlns:a="{_MAIN}">
  <dsp:spTree><dsp:sp><dsp:nvSpPr><dsp:cNvPr id="0" name=""/><dsp:cNvSpPr/></dsp:nvSpPr><dsp:spPr>
    <a:xfrm><a:off x="914400" y="0"/><a:ext cx="914400" cy="914400"/></a:xfrm><a:prstGeom prst="rect"/>
    <a:solidFill><a:srgbClr val="C81E28"/></a:solidFill>
  </dsp:spPr></dsp:sp></dsp:spTree></dsp:drawing>"""


def add_diagram(deck: Any, slide: Any, left: int, top: int) -> None:
    """Add SmartArt (left, top in EMU) whose drawing, as PowerPoint keeps it, is a red square an inch to the right."""
    shapes = Part(PackURI("/ppt/diagrams/drawing1.xml"), "application/xml", deck.part.package, _SHAPES.encode())
    model = f'<m><dataModelExt relId="{slide.part.relate_to(shapes, _KEPT)}"/></m>'
    data = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, model.encode())
    link = slide.part.relate_to(data, f"{_LINKS}/diagramData")
    frame = f"""<p:graphicFrame xmlns:p="{_SLIDES}" xmlns:a="{_MAIN}" xmlns:r="{_LINKS}"><p:nvGraphicFramePr/>
      <p:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="2743200" cy="914400"/></p:xfrm>
      <a:graphic><a:graphicData uri="{_DIAGRAM}"><dgm:relIds xmlns:dgm="{_DIAGRAM}" r:dm="{link}"/></a:graphicData>
      </a:graphic></p:graphicFrame>"""
    slide.shapes.element.append(parse_xml(frame))
