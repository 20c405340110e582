"""Slides of presentations as pictures: PDF by PDFium; PowerPoint by LibreOffice where it is there, else drawn here."""
