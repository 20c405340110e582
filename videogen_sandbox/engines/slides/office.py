"""PowerPoint files by LibreOffice, where it is installed: it draws far more than `powerpoint` does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CONVERSION_SECONDS = 180
"""LibreOffice takes five to ten seconds to start and one for a few slides."""


def to_pdf(path: Path, folder: Path) -> Path | None:
    """Return the presentation as a PDF in `folder`; None without LibreOffice, or where it cannot read the file."""
    soffice = shutil.which("soffice")
    if soffice is None:
        return None
    source = folder / "slides.pptx"
    shutil.copyfile(path, source)
    profile = (folder / "office-profile").resolve().as_uri()  # its own: another LibreOffice of the user may be open
    command = [soffice, "--headless", "--norestore", f"-env:UserInstallation={profile}"]
    command += ["--convert-to", "pdf", "--outdir", str(folder), str(source)]
    ended = subprocess.run(command, timeout=CONVERSION_SECONDS, capture_output=True, check=False)
    made = source.with_suffix(".pdf")
    return made if ended.returncode == 0 and made.is_file() else None
