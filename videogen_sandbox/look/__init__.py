"""One reader for pictures, films, sounds, SVG and PDF: as a person sees and hears them, and what they are like.

    from videogen_sandbox.look import look

    overview = look(Path("clip.mp4"))           # or look(path, at=2.5): the picture at 2.5 seconds
    overview.facts, overview.picture, overview.mime

or `python -m videogen_sandbox.look FILE`, which bounds its memory and time. It needs the extra `look` (PyAV, Pillow);
SVG is drawn where `resvg_py` is there, PDF where `pypdfium2` is (extra `sandbox`).

Facts, as far as they are known: `kind` (IMAGE, VIDEO, AUDIO, DOCUMENT), `format`, `codec`, `size_bytes`, `width` and
`height` (pixels as shown; points of a PDF), `duration_seconds`, `fps`, `frames` (of an animation), `pages`,
`has_sound`, `has_alpha`, `dynamic_range` (PQ, HLG), `interlaced`, `colour_profile`, `colours` ("#rrggbb" → percent),
`black`, `still`, `transparent_percent`, `shown_at` (seconds of the pictures), `sound` (`codec`, `channels`,
`sample_rate`, `loudness_lufs`, `loudness_range_lu`, `true_peak_dbtp`, `silent`, `silences`), `notes` (what could not
be read), `problem` (why there is no picture).

The rooms below it are for engines too: `film` and `pictures` give upright pictures in sRGB, `cubes` tone-maps HDR,
`containers` reads damaged files as far as they go, `sound` measures.
"""

from videogen_sandbox.look.errors import Unreadable
from videogen_sandbox.look.overview import Overview, look

__all__ = ["Overview", "Unreadable", "look"]
