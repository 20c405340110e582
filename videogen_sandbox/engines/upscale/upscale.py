"""Enlarges pictures and films to twice their width and height."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from itertools import count
from pathlib import Path
from threading import local

import av
import numpy as np
from PIL import Image

from videogen_sandbox.engines import EngineError, Made, Report, Task
from videogen_sandbox.engines.media.canvas import is_marked
from videogen_sandbox.engines.media.decode import Picture, VideoReader, is_transparent, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter
from videogen_sandbox.engines.media.picture_input import open_upright
from videogen_sandbox.engines.media.watermark import stamped
from videogen_sandbox.engines.upscale.enlarge import FACTOR, doubled, engine, enlarged, has_network, network
from videogen_sandbox.look.errors import TOO_LARGE, TOO_LONG

MAX_RESULT = 4_096
"""Pixels on the longer side of an enlarged picture or film."""
MAX_SECONDS = 60.0
"""The longest film that is enlarged."""
MAX_WORK = MAX_SECONDS * 30 * 1280 * 720
"""Pixels of all pictures of a film together: a minute of 720p at 30 pictures a second takes some two minutes."""
NETWORK_SIDE = 864
"""Longer side of films that the network enlarges (480p in 16:9 is 854); larger ones have enough detail for a filter."""
NETWORK_WORK = 20e6
"""Pixels of all pictures together up to which the network is used (five seconds of 480x270): about five seconds."""
CLEAR_CRF = 24
"""Quality of films with transparency, in VP9: what 20 is in H.264."""
_WORKERS = 2
_AHEAD = 6
"""Pictures that may be in work at once; bounds the memory."""


def enlarge_image(task: Task, report: Report) -> Made:
    """Return the input picture at twice its size as PNG; transparency is kept.

    Raise EngineError: "media_too_large" if the result passed 4,096 pixels, or for files that cannot be read.
    """
    opened = open_upright(_only(task), MAX_RESULT // FACTOR)
    image, width, height = opened.image, opened.width, opened.height
    if opened.reduced:
        raise EngineError(
            TOO_LARGE,
            f"The picture has {width}x{height} pixels. The sandbox enlarges up to {MAX_RESULT // FACTOR:,} pixels on "
            f"the longer side, to at most {MAX_RESULT:,}.",
        )
    report(0.1)
    large = doubled(np.asarray(image))
    if is_marked(task.body):
        large = stamped(large)
    report(0.8)
    path = task.folder / "upscaled.png"
    Image.fromarray(large).save(path, "PNG", compress_level=3)
    report(1.0)
    name, version = engine()
    sizes = f"from {width}x{height} to {width * FACTOR}x{height * FACTOR} pixels"
    return Made(path, "IMAGE", name, version, False, f"Picture enlarged {sizes}.")


def enlarge_video(task: Task, report: Report) -> Made:
    """Return the input film at twice its size with its sound: H.264 MP4, or VP9 WebM where it is transparent.

    Small, short films go through the network, others through Lanczos and a sharpening filter.
    Raise EngineError: "media_too_large", "media_too_long", or for files that cannot be read.
    """
    source = _only(task)
    clear = is_transparent(source, MAX_SECONDS)
    with VideoReader(source, alpha=clear, limit=MAX_SECONDS) as reader, ThreadPoolExecutor(_WORKERS) as pool:
        width, height, fps = reader.width, reader.height, reader.fps
        pixels = width * height * (reader.count or round(MAX_SECONDS * fps))
        _check(width, height, reader.duration, pixels)
        by_network = has_network() and max(width, height) <= NETWORK_SIDE and pixels <= NETWORK_WORK
        sound = read_sound(source, rate=SOUND_RATE, channels=2) if reader.has_audio else None
        large = by_the_network(reader.pictures(), pool) if by_network else by_filter(reader.pictures(), width, height)
        path = task.folder / f"upscaled.{'webm' if clear else 'mp4'}"
        writer = partial(VideoWriter, path, width=width * FACTOR, height=height * FACTOR, fps=fps, sound=sound)
        with writer(form="webm-alpha", crf=CLEAR_CRF) if clear else writer() as film:
            for picture in large:
                film.write(stamped(picture) if is_marked(task.body) else picture)
                report(min(0.99, film.written / reader.count) if reader.count else 0.5)
    report(1.0)
    name, version = engine() if by_network else ("lanczos and unsharp", av.__version__)
    described = f"Film enlarged from {width}x{height} to {width * FACTOR}x{height * FACTOR} pixels"
    return Made(path, "VIDEO", name, version, False, f"{described}{', transparent as it was' if clear else ''}.")


def by_the_network(pictures: Iterator[Picture], pool: ThreadPoolExecutor) -> Iterator[Picture]:
    """Yield every picture at twice its size, in order, several at once; each thread has a network of its own."""
    mine = local()

    def double(picture: Picture) -> Picture:
        if not hasattr(mine, "network"):
            mine.network = network()
        return enlarged(picture, mine.network)

    running: deque[Future[Picture]] = deque()
    for picture in pictures:
        running.append(pool.submit(double, picture))
        if len(running) > _AHEAD:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def by_filter(pictures: Iterator[Picture], width: int, height: int) -> Iterator[Picture]:
    """Yield every picture at twice its size by Lanczos, edges sharpened: one filter graph for the whole film."""
    graph = av.filter.Graph()
    begin = graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base=Fraction(1, 1_000))
    scale = graph.add("scale", f"{width * FACTOR}:{height * FACTOR}:flags=lanczos+accurate_rnd+full_chroma_int")
    form = graph.add("format", "yuv444p")
    sharpen = graph.add("unsharp", "5:5:0.6:5:5:0")
    end = graph.add("buffersink")
    graph.link_nodes(begin, scale, form, sharpen, end).configure()
    numbers = count()

    def double(picture: Picture) -> Picture:
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = next(numbers), Fraction(1, 1_000)
        begin.push(frame)
        large = end.pull()
        assert isinstance(large, av.VideoFrame)
        return np.asarray(large.to_ndarray(format="rgb24"), dtype=np.uint8)

    for picture in pictures:
        yield enlarged(picture, double)


def _check(width: int, height: int, seconds: float | None, pixels: float) -> None:
    if max(width, height) * FACTOR > MAX_RESULT:
        raise EngineError(
            TOO_LARGE,
            f"The film has {width}x{height} pixels. The sandbox enlarges up to {MAX_RESULT // FACTOR:,} pixels on the "
            f"longer side, to at most {MAX_RESULT:,}.",
        )
    if seconds is not None and seconds > MAX_SECONDS + 0.5:
        raise EngineError(TOO_LONG, f"The film lasts {seconds:.0f} seconds; {MAX_SECONDS:.0f} are the most.")
    if pixels > MAX_WORK * 1.05:
        raise EngineError(
            TOO_LARGE,
            f"A film of {width}x{height} pixels this long is too much for the sandbox, which enlarges a minute of "
            "1280x720 at 30 pictures a second at most. Cut it or make it smaller first.",
        )


def _only(task: Task) -> Path:
    """The one file the operation works on."""
    ((path,),) = task.inputs.values()
    return path
