"""What is said and shown of a file of any kind, good or bad."""

from __future__ import annotations

import gzip
import io
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tests.sandbox.engines.decks import write_pdf
from tests.sandbox.look.making import BLUE, GREEN, RED, YELLOW, film, near, png_bomb, quad, silence, sine, wav
from videogen_sandbox.look import Overview, Unreadable, look
from videogen_sandbox.look.film import Film
from videogen_sandbox.look.sheet import MOST_BYTES, SIDE

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">{}</svg>'


def opened(overview: Overview) -> Image.Image:
    assert overview.picture is not None
    return Image.open(io.BytesIO(overview.picture))


def moving(count: int) -> list[Image.Image]:
    return [Image.fromarray(np.roll(np.asarray(quad()), 3 * number, axis=1)) for number in range(count)]


def written(content: bytes | str) -> Callable[[Path], object]:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def drawn(image: Image.Image, **options: Any) -> Callable[[Path], object]:
    return lambda path: image.save(path, **options)


NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (1_500, 1_500, 3), np.uint8))


@pytest.mark.parametrize(
    ("name", "make", "facts"),
    [
        ("a.png", drawn(quad()), {"kind": "IMAGE", "format": "png", "width": 128, "height": 72}),
        ("noise.jpg", drawn(NOISE, quality=95), {"kind": "IMAGE", "format": "jpeg", "width": 1_500}),
        ("a.jp2", drawn(quad()), {"format": "jpeg2000"}),
        ("a.ico", drawn(quad(64, 64)), {"format": "ico"}),
        ("a.avif", drawn(quad()), {"format": "avif"}),
        ("a.svg", written(SVG.format('<circle cx="50" cy="50" r="40" fill="red"/>')), {"format": "svg", "width": 200}),
        ("a.pdf", drawn(quad(600, 800), format="PDF"), {"kind": "DOCUMENT", "pages": 1, "width": 600, "height": 800}),
        ("a.wav", lambda path: wav(path, sine(1)), {"kind": "AUDIO", "format": "wav", "duration_seconds": 1.0}),
        (
            "a.mp4",
            lambda path: film(path, moving(25)),
            {"kind": "VIDEO", "format": "mp4", "codec": "h264", "fps": 25.0},
        ),
    ],
)
def test_every_kind_has_facts_and_one_small_picture(
    tmp_path: Path, name: str, make: Callable[[Path], object], facts: dict[str, Any]
) -> None:
    make(tmp_path / name)

    overview = look(tmp_path / name)

    assert overview.facts.items() >= facts.items()
    assert overview.facts["size_bytes"] == (tmp_path / name).stat().st_size
    image = opened(overview)
    assert max(image.size) <= SIDE
    assert overview.picture is not None
    assert len(overview.picture) <= MOST_BYTES
    assert overview.mime == Image.MIME[str(image.format)]
    json.dumps(overview.facts, allow_nan=False)


def cut(make: Callable[[Path], object], share: float) -> Callable[[Path], object]:
    def whole_then_cut(path: Path) -> None:
        make(path)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    return whole_then_cut


LADDER = "<defs><g id='a0'><rect width='9' height='9'/></g>{}</defs><use href='#a9'/>".format(
    "".join(f"<g id='a{n}'>" + f"<use href='#a{n - 1}'/>" * 10 + "</g>" for n in range(1, 10))
)
LOOP = "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"
LAUGHS = '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + SVG.format("&b;")

GIF_OF_4_GIGAPIXELS = b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0" * 2 + b";"
MP4_WITHOUT_STREAMS = b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\0\0\0\x74moov\0\0\0\x6cmvhd" + bytes(100)


@pytest.mark.parametrize(
    ("name", "make", "problem"),
    [
        ("empty.mp4", written(b""), "It is empty."),
        ("zeros.mp3", written(bytes(3_000)), "It is nothing but zeros."),
        ("notes.png", written("Dear diary"), "It is text."),
        ("page.mp4", written("<!DOCTYPE html><p>Not found"), "It is a web page."),
        ("data.wav", written('{"a": 1}'), "It is JSON text."),
        ("x.mp4", written(b"PK\3\4" + bytes(range(256))), "It is a ZIP archive or an Office document."),
        ("x.jpg", written(struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(400)), "It is a HEIC picture"),
        ("x.jxl", written(b"\xff\x0a" + bytes(range(256))), "It is a JPEG XL picture, a kind that is not taken."),
        ("x.mid", written(b"MThd\0\0\0\6\0\1\0\1\0\x60"), "It is a MIDI score"),
        ("x.m3u8", written("#EXTM3U\n/etc/passwd\n"), "It is a playlist."),
        ("junk.mp4", written(np.random.default_rng(0).bytes(20_000)), "no picture, film or sound of a known kind"),
        (
            "half.mp4",
            cut(lambda path: film(path.with_suffix(".mov"), moving(5)).rename(path), 0.5),
            "begins as an MP4 or MOV",
        ),
        ("half.pdf", written(b"%PDF-1.7\njunk"), "The PDF is broken"),
        ("bomb.png", lambda path: png_bomb(path, 20_000), "400 megapixels"),
        ("loop.svg", written(SVG.format(LOOP)), "cannot be drawn"),
        ("ladder.svg", written(SVG.format(LADDER)), "cannot be drawn"),
        ("laughs.svg", written(LAUGHS), "declares XML entities"),
        ("deep.svg", written(SVG.format("<g>" * 5_000)), "nested too deeply"),
        ("crowd.wav", lambda path: wav(path, *[sine(0.01)] * 170), "No sound in it can be decoded."),
        ("huge.gif", written(GIF_OF_4_GIGAPIXELS), "65535x65535 pixels (4295 megapixels) is too large"),
        ("script.gif", written(b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)"), "begins as a GIF picture, and is cut off"),
        ("none.mp4", written(MP4_WITHOUT_STREAMS), "neither a picture nor sound"),
        (
            "xxe.svg",
            written('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.format("&x;")),
            "entities",
        ),
        ("a.ffconcat", written("ffconcat version 1.0\nfile /etc/passwd\n"), "It is text."),
        ("a.sdp", written("v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"), "It is text."),
        ("a.svgz", written(gzip.compress(SVG.format("").encode())), "It is compressed by gzip."),
        ("nan.tiff", drawn(Image.fromarray(np.full((4, 4), np.nan, np.float32))), "no numbers"),
    ],
)
def test_what_cannot_be_shown_is_told_in_words(
    tmp_path: Path, name: str, make: Callable[[Path], object], problem: str
) -> None:
    make(tmp_path / name)

    overview = look(tmp_path / name)

    assert problem in overview.facts["problem"]
    assert overview.picture is None


@pytest.mark.parametrize("place", ["secret.png", "{folder}/secret.png", "file://{folder}/secret.png"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
def test_a_drawing_shows_no_other_file(tmp_path: Path, place: str, attribute: str) -> None:
    quad().save(tmp_path / "secret.png")
    image = f'<image {attribute}="{place.format(folder=tmp_path)}" width="200" height="100"/>'
    drawing = SVG.format(image).replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ')
    (tmp_path / "a.svg").write_text(drawing)

    assert look(tmp_path / "a.svg").facts["transparent_percent"] == 100


def test_a_pdf_runs_no_script_and_a_polyglot_is_what_it_shows(tmp_path: Path) -> None:
    pdf, jpeg = tmp_path / "a.pdf", tmp_path / "a.jpg"
    write_pdf(pdf, ["Hello"])
    action = b"/Catalog /OpenAction << /S /JavaScript /JS (while \\(1\\) {}) >>"
    pdf.write_bytes(pdf.read_bytes().replace(b"/Catalog", action))
    quad().save(jpeg)
    jpeg.write_bytes(jpeg.read_bytes() + b"PK\3\4<script>alert(1)</script>")

    assert (look(pdf).facts["pages"], look(jpeg).facts["format"]) == (1, "jpeg")


def test_of_an_animation_that_hardly_ends_twelve_pictures_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "endless.gif"
    drawn(quad(64, 64), save_all=True, append_images=[quad(64, 64).rotate(90)], duration=10, loop=0)(path)
    begin = path.read_bytes().index(b"!\xf9")
    path.write_bytes(path.read_bytes()[:begin] + path.read_bytes()[begin:-1] * 1_000 + b";")

    facts = look(path).facts

    assert (facts["frames"], len(facts["shown_at"])) == (2_000, 12)


def test_of_a_sound_that_is_cut_off_that_is_told(tmp_path: Path) -> None:
    cut(lambda path: wav(path, sine(2)), 0.5)(tmp_path / "a.wav")

    facts = look(tmp_path / "a.wav").facts

    assert facts["notes"] == ["Its end is missing."]
    assert 0.9 < facts["duration_seconds"] < 1.1


@pytest.mark.parametrize(
    ("name", "module", "make"),
    [
        ("a.svg", "resvg_py", written(SVG.format(""))),
        ("a.pdf", "pypdfium2", drawn(quad(600, 800), format="PDF")),
    ],
)
def test_without_the_extra_sandbox_facts_remain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, make: Callable[[Path], object]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    make(tmp_path / name)

    overview = look(tmp_path / name)

    assert overview.facts["format"] == name[-3:]
    assert overview.facts["problem"].endswith("is drawn only where the extra `sandbox` is installed.")


def test_a_film_is_shown_from_its_first_picture_to_its_last(tmp_path: Path) -> None:
    overview = look(film(tmp_path / "a.mp4", moving(50)))

    assert len(overview.facts["shown_at"]) == 12
    assert (overview.facts["shown_at"][0], overview.facts["shown_at"][-1]) == (0.0, 1.96)
    assert "still" not in overview.facts
    assert overview.facts["has_sound"] is False


def test_at_shows_the_one_picture_there(tmp_path: Path) -> None:
    images = [Image.new("RGB", (64, 64), RED)] * 25 + [Image.new("RGB", (64, 64), GREEN)] * 25

    overview = look(film(tmp_path / "a.mp4", images), at=1.5)

    assert overview.facts["shown_at"] == [1.48]
    assert near([opened(overview).convert("RGB").getpixel((32, 32))], [GREEN])  # type: ignore[list-item]


def test_a_time_after_the_end_is_told(tmp_path: Path) -> None:
    overview = look(film(tmp_path / "a.mp4", moving(25)), at=99)

    assert overview.facts["shown_at"] == [0.96]
    assert overview.facts["notes"] == ["It ends before 99 s; this is the last picture."]


def test_a_negative_time_means_all_of_it(tmp_path: Path) -> None:
    assert len(look(film(tmp_path / "a.mp4", moving(25)), at=-1).facts["shown_at"]) == 12


def test_black_still_and_mute_are_told(tmp_path: Path) -> None:
    facts = look(film(tmp_path / "a.mp4", [Image.new("RGB", (64, 64))] * 10, sound=silence(0.4))).facts

    assert (facts["black"], facts["still"], facts["sound"]["silent"]) == (True, True, True)


def test_a_small_movement_is_no_standstill(tmp_path: Path) -> None:
    images = []
    for number in range(10):
        images.append(quad(320, 180))
        images[-1].paste((255, 255, 255), (40 + 4 * number, 40, 60 + 4 * number, 60))

    assert "still" not in look(film(tmp_path / "a.mp4", images)).facts


def test_colours_are_told_by_their_share(tmp_path: Path) -> None:
    image = Image.new("RGB", (100, 100), RED)
    image.paste(BLUE, (0, 0, 100, 30))
    image.putalpha(255)
    image.paste((0, 0, 0, 0), (0, 80, 100, 100))
    image.save(tmp_path / "a.png")

    facts = look(tmp_path / "a.png").facts

    assert list(facts["colours"]) == ["#c82828", "#283cbe"]
    assert list(facts["colours"].values()) == pytest.approx([62, 38], abs=3)
    assert facts["transparent_percent"] == pytest.approx(20, abs=3)


def test_what_is_transparent_is_shown_on_a_checkerboard(tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(tmp_path / "a.png")

    found = opened(look(tmp_path / "a.png")).convert("RGB")

    assert {found.getpixel((4, 4)), found.getpixel((16, 4))} == {(236, 236, 236), (200, 200, 200)}


def test_what_shows_something_small_is_not_all_transparent(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(SVG.format('<rect width="10" height="10"/>'))

    assert look(tmp_path / "a.svg").facts["transparent_percent"] == 99


def test_of_a_film_that_is_cut_off_is_told_how_far_it_could_be_read(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", moving(250), options={"g": "25"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    (note,) = look(path).facts["notes"]

    assert note.startswith("Pictures could be read up to ")
    assert note.endswith("and it should have 10.0 s.")


def test_of_a_film_with_a_picture_that_cannot_be_shown_those_before_it_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Film.picture

    def refuse_the_late(self: Film, frame: av.VideoFrame) -> Image.Image:
        if frame.time is not None and frame.time >= 1:
            raise Unreadable("It has a form of its own.")
        return shown(self, frame)

    monkeypatch.setattr(Film, "picture", refuse_the_late)

    overview = look(film(tmp_path / "a.mp4", moving(50)))

    assert max(overview.facts["shown_at"]) < 1
    assert overview.picture is not None
    assert overview.facts["notes"][0].endswith("cannot be shown: It has a form of its own.")


def test_the_command_prints_facts_and_writes_the_picture(tmp_path: Path) -> None:
    quad().save(tmp_path / "a.png")

    ran = _command(tmp_path / "a.png", cwd=tmp_path)

    facts = json.loads(ran.stdout.splitlines()[-1])
    assert ran.returncode == 0
    assert facts["picture"] == {
        "path": "a.look.png",
        "mime": "image/png",
        "width": 128,
        "height": 72,
        "bytes": (tmp_path / "a.look.png").stat().st_size,
    }
    assert near([Image.open(tmp_path / "a.look.png").getpixel((120, 66))], [YELLOW])  # type: ignore[list-item]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds address space")
def test_the_command_bounds_its_memory_and_says_so(tmp_path: Path) -> None:
    program = (
        "import sys; from videogen_sandbox.look import bounds, __main__;"
        "bounds.MEMORY = 200 * 1024**2; sys.exit(__main__.main())"
    )

    ran = _command(png_bomb(tmp_path / "large.png", 10_000, depth=8), cwd=tmp_path, program=program)

    facts = json.loads(ran.stdout.splitlines()[-1])
    assert ran.returncode == 1
    assert (facts["width"], facts["height"]) == (10_000, 10_000)
    assert "problem" in facts


def test_it_needs_nothing_but_pyav_and_pillow() -> None:
    program = "import sys, videogen_sandbox.look.__main__, videogen_sandbox.look; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert not {"numpy", "resvg_py", "pypdfium2", "videogen_sandbox.engines", "videogen_mcp"} & set(
        loaded.stdout.split()
    )


def _command(path: Path, *, cwd: Path, program: str | None = None) -> subprocess.CompletedProcess[str]:
    run = ["-c", program] if program else ["-m", "videogen_sandbox.look"]
    return subprocess.run([sys.executable, *run, str(path)], capture_output=True, text=True, cwd=cwd, timeout=60)
