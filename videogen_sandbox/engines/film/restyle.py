"""Films from films: what a prompt asks for as a chain of FFmpeg filters, and the pace at which it is played."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from PIL import Image

from videogen_sandbox.engines.media.canvas import covering
from videogen_sandbox.engines.media.decode import Picture, VideoReader

Step = tuple[str, str]
"""Name and arguments of a filter."""


@dataclass(frozen=True)
class Style:
    """One look: the words of a prompt that ask for it, and the filters that give it."""

    name: str
    words: str
    """Alternatives of a regular expression."""
    steps: tuple[Step, ...] = ()
    build: Callable[[Graph, FilterContext], FilterContext] | None = None
    """For looks that need more than a chain."""


def _dream(graph: Graph, source: FilterContext) -> FilterContext:
    """A bright blurred copy screened over the picture."""
    return _blended(graph, source, [("gblur", "sigma=14")], "all_mode=screen:all_opacity=0.42")


def _cartoon(graph: Graph, source: FilterContext) -> FilterContext:
    """Flat colours under dark outlines."""
    split = graph.add("split")
    source.link_to(split)
    flat = _chain(graph, split, [("gblur", "sigma=1.6"), *_POSTER, ("hue", "s=1.35"), ("format", "gbrp")])
    outline = [("gblur", "sigma=1.0"), ("format", "gray"), ("sobel", "scale=1.1"), ("negate", ""), *_INK]
    ink = _chain(graph, split, [*outline, ("format", "gbrp")], pad=1)
    blend = graph.add("blend", "all_mode=multiply")
    flat.link_to(blend, 0, 0)
    ink.link_to(blend, 0, 1)
    return blend


_POSTER: tuple[Step, ...] = (("format", "yuv444p"), ("lutyuv", "y=floor(val/26)*26+13"))
"""Few steps of brightness. The colours keep theirs: in steps they would turn skin green."""

_INK: tuple[Step, ...] = (("curves", "all=0/0 0.55/0.05 0.85/0.9 1/1"),)

STYLES: Sequence[Style] = (
    Style("black and white", r"black[ -]and[ -]white|b&w|monochrome|gr[ae]yscale|noir",
          (("hue", "s=0"), ("curves", "all=0/0 0.25/0.18 0.75/0.84 1/1"))),
    Style("vintage", r"vintage|retro|old film|super ?8|film grain|1[89]\d0s|nostalgic|antique",
          (("colorchannelmixer", "0.62:0.32:0.10:0:0.24:0.62:0.10:0:0.16:0.30:0.42"),
           ("curves", "all=0/0.06 0.5/0.5 1/0.94"), ("noise", "all_seed=7:alls=6:allf=t"), ("vignette", "PI/4.4"))),
    Style("sepia", r"sepia",
          (("colorchannelmixer", ".393:.769:.189:0:.349:.686:.168:0:.272:.534:.131"),)),
    Style("pencil sketch", r"sketch\w*|pencil|drawing|hand[ -]drawn|charcoal",
          (("gblur", "sigma=0.8"), ("format", "gray"), ("sobel", "scale=1.4"), ("negate", ""),
           ("curves", "all=0/0 0.45/0.12 0.9/0.97 1/1"), ("format", "gbrp"))),
    Style("cartoon", r"cartoon\w*|comic\w*|anime|poster\w*|cel[ -]shad\w+|illustrat\w+|pop art|graphic novel|toon",
          build=_cartoon),
    Style("painting", r"paint\w*|oil|watercolou?r\w*|impressionis\w*|van gogh|brush\w*",
          (("gblur", "sigma=2.4"), *_POSTER, ("gblur", "sigma=1.8"), ("unsharp", "9:9:1.8"), ("hue", "s=1.45"))),
    Style("pixel art", r"pixel\w*|8[ -]?bit|16[ -]?bit|minecraft|lego",
          (("pixelize", "w=10:h=10"), *_POSTER, ("hue", "s=1.3"))),
    Style("neon", r"neon|cyber ?punk|synth ?wave|vapou?r ?wave|blade runner|futuristic",
          (("hue", "s=1.6"), ("colorbalance", "rs=.28:bs=.42:gs=-.16:rh=.12:bh=.22:gh=-.05"),
           ("curves", "all=0/0 0.3/0.2 0.7/0.82 1/1"))),
    Style("dreamy", r"dream(?:y|like)?|ethereal|soft(?:er|ly|ness)?|glow\w*|blur\w*|romantic|magic\w*|fairy[ -]?tale",
          build=_dream),
    Style("warm", r"warm(?:er|th|ly)?|golden|sunset|sunrise|sunny|autumn\w*|cozy|cosy|summer\w*",
          (("colorbalance", "rs=.07:bs=-.07:rm=.15:gm=.04:bm=-.15:rh=.1:gh=.03:bh=-.13"),)),
    Style("cold", r"cold(?:er|ly)?|cool(?:er)?|blu(?:e|ish)|icy|ice|winter\w*|frozen|moonl\w+|teal",
          (("colorbalance", "rs=-.1:bs=.11:rm=-.14:bm=.15:rh=-.06:bh=.11"), ("hue", "s=0.88"))),
    Style("night", r"night\w*|dark\w*|gloomy|moody|horror|spooky|scary|low[ -]key",
          (("curves", "all=0/0 0.5/0.3 1/0.8"), ("colorbalance", "rs=-.05:bs=.1:bm=.08"), ("vignette", "PI/4"))),
    Style("vivid", r"vivid|vibrant|colou?rful|saturated|bright\w*|hdr|punchy",
          (("hue", "s=1.55"), ("curves", "all=0/0 0.3/0.26 0.7/0.78 1/1"))),
    Style("faded", r"faded|pastel\w*|washed[ -]out|matte|muted|minimal\w*",
          (("hue", "s=0.6"), ("curves", "all=0/0.13 0.5/0.56 1/0.95"))),
    Style("inverted", r"invert\w*|negative|x[ -]?ray", (("negate", ""),)),
    Style("glitch", r"glitch\w*|vhs|analog|distort\w*",
          (("rgbashift", "rh=-7:bh=7"), ("noise", "all_seed=3:alls=9:allf=t"), ("hue", "s=1.25"))),
    Style("mirrored", r"mirror\w*|flip(?:ped)?", (("hflip", ""),)),
    Style("upside down", r"upside[ -]down", (("vflip", ""),)),
    Style("sharp", r"sharp\w*|crisp|detailed|hd|4k|enhance\w*", (("unsharp", "7:7:1.1"),)),
)  # fmt: skip

CINEMATIC = Style(
    "cinematic",
    r"cinematic|movie|film look|dramatic|hollywood|epic",
    (
        ("curves", "all=0/0 0.25/0.2 0.75/0.8 1/1"),
        ("colorbalance", "rs=-.03:bs=.06:rh=.06:bh=-.05"),
        ("vignette", "PI/5.5"),
    ),
)
"""What a film gets when the prompt names no look."""

_PACES: Sequence[tuple[str, str, float]] = (
    ("time lapse", r"time[ -]?lapse|hyper[ -]?lapse", 8.0),
    ("slow motion", r"slow(?:er|ed|ly)?(?:[ -]?mo(?:tion)?)?|slo[ -]?mo", 0.5),
    ("double speed", r"fast(?:er)?|speed(?:ed)?[ -]?up|sped[ -]?up|quick\w*|rapid\w*|double speed", 2.0),
)
_REVERSE = r"revers\w*|backwards?|rewind\w*"


@dataclass(frozen=True)
class Plan:
    """What is done to a film: looks in order, how many times as fast, and whether from the end."""

    styles: tuple[Style, ...]
    pace: float
    pace_name: str | None
    reverse: bool

    @property
    def description(self) -> str:
        """In words, for people."""
        words = [style.name for style in self.styles]
        words += [self.pace_name] if self.pace_name else []
        return ", ".join(words + (["reversed"] if self.reverse else []))


def plan(prompt: str) -> Plan:
    """Return the looks and the pace that a prompt asks for; `CINEMATIC` where it asks for neither."""
    text = prompt.lower()

    def named(words: str) -> bool:
        return re.search(rf"\b(?:{words})(?!\w)", text) is not None

    styles = [style for style in (*STYLES, CINEMATIC) if named(style.words)][:4]
    paces = [(name, factor) for name, words, factor in _PACES if named(words)]
    name, factor = paces[0] if paces else (None, 1.0)
    reverse = named(_REVERSE)
    if not styles and factor == 1.0 and not reverse:
        styles = [CINEMATIC]
    return Plan(tuple(styles), factor, name, reverse)


def fitted(sources: Sequence[Path], width: int, height: int, frames: int, fps: int, what: Plan) -> Iterator[Picture]:
    """Yield `frames` pictures of the sources, one after the other in equal parts, cropped to fill `width` x `height`.

    A source that is too short is played again from its beginning.
    """
    share = frames / len(sources)
    made = 0
    for number, source in enumerate(sources):
        until = round((number + 1) * share)
        yield from _one(source, width, height, until - made, fps, what)
        made = until


def restyled(pictures: Iterator[Picture], width: int, height: int, fps: int, what: Plan) -> Iterator[Picture]:
    """Yield the pictures (RGB) through the looks of a plan."""
    if not what.styles:
        yield from pictures
        return
    graph = Graph()
    graph.threads = 2
    last = graph.add("buffer", f"width={width}:height={height}:pix_fmt=rgb24:time_base=1/{fps}:sar=1:frame_rate={fps}")
    last = _chain(graph, last, [("format", "gbrp")])
    for style in what.styles:
        last = style.build(graph, last) if style.build else _chain(graph, last, style.steps)
        last = _chain(graph, last, [("format", "gbrp")])
    _chain(graph, last, [("format", "rgb24"), ("buffersink", "")])
    graph.configure()
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        graph.vpush(frame)
        yield np.asarray(graph.vpull().to_ndarray(), np.uint8)


def _one(source: Path, width: int, height: int, frames: int, fps: int, what: Plan) -> Iterator[Picture]:
    shown: list[bytes] = []
    made = 0
    while made < frames:
        before = made
        for picture in _paced(source, width, height, frames - made, fps, what.pace):
            made += 1
            if what.reverse:
                shown.append(_packed(picture))
            else:
                yield picture
        if made == before:
            break
    for packed in reversed(shown):
        yield np.asarray(Image.open(io.BytesIO(packed)))


def _paced(source: Path, width: int, height: int, frames: int, fps: int, pace: float) -> Iterator[Picture]:
    """At most `frames` pictures from the beginning of a source, `pace` times as fast as it was."""
    made = 0
    with VideoReader(source, fit=_cover(source, width, height)) as reader:
        for number, picture in enumerate(reader.pictures()):
            # the picture is seen from its own time until that of the next one
            until = min(frames, round((number + 1) / reader.fps / Fraction(pace) * fps))
            if until > made:
                fitting = _cropped(picture, width, height)
                for _ in range(until - made):
                    yield fitting
                made = until
            if made >= frames:
                return


def _cover(source: Path, width: int, height: int) -> tuple[int, int] | None:
    """A box in which the film still covers the frame; None where it has to grow anyway."""
    with VideoReader(source) as reader:
        scale = max(width / reader.width, height / reader.height)
        return None if scale >= 1 else (round(reader.width * scale), round(reader.height * scale))


def _cropped(picture: Picture, width: int, height: int) -> Picture:
    image = Image.fromarray(picture)
    if image.size == (width, height):
        return picture
    box = covering(image.size, (width, height))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC, box=box))


def _packed(picture: Picture) -> bytes:
    """A picture to be kept for later: half a minute of raw ones would be two gigabytes."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=93, subsampling=0)
    return file.getvalue()


def _chain(graph: Graph, source: FilterContext, steps: Sequence[Step], pad: int = 0) -> FilterContext:
    for name, arguments in steps:
        added = graph.add(name, arguments or None)
        source.link_to(added, pad, 0)
        source, pad = added, 0
    return source


def _blended(graph: Graph, source: FilterContext, steps: Sequence[Step], how: str) -> FilterContext:
    split = graph.add("split")
    source.link_to(split)
    changed = _chain(graph, split, steps, pad=1)
    blend = graph.add("blend", how)
    split.link_to(blend, 0, 0)
    changed.link_to(blend, 0, 1)
    return blend
