from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.generated import some
from tests.sandbox.look.making import display_p3
from videogen_sandbox.engines import EngineError
from videogen_sandbox.engines.media.decode import PAPER, Sound, VideoReader, read_sound
from videogen_sandbox.engines.media.encode import SOUND_RATE, VideoWriter, write_wav
from videogen_sandbox.engines.media.loudness import loudness
from videogen_sandbox.engines.media.probe import probe
from videogen_sandbox.engines.media.renditions import Renditions, heights, render

Make = Callable[..., Path]


def rendered(source: Path, flat: Path | None = None) -> Renditions:
    folder = source.parent / f"renditions of {source.name}"
    folder.mkdir()
    return render(source, probe(source), folder, lambda _share: None, flat)


def preview_of(source: Path, flat: Path | None = None) -> Path:
    preview = rendered(source, flat).preview
    assert preview is not None
    return preview


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        loaded: Image.Image = image.copy()
    return loaded


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def colour(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = image.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return tuple(round(part) for part in pixel)


@pytest.mark.parametrize(
    ("size", "small", "large"), [((2000, 500), 640, 1280), ((300, 900), 640, 900), ((40, 30), 40, 40)]
)
def test_a_picture_is_made_smaller_but_never_larger(photo: Make, size: tuple[int, int], small: int, large: int) -> None:
    made = rendered(photo(size=size))
    assert made.thumbnail is not None
    assert made.preview is not None
    assert made.hls is None
    assert max(opened(made.thumbnail).size) == small
    assert (made.preview.suffix, max(opened(made.preview).size)) == (".jpg", large)


def test_a_photo_taken_sideways_is_shown_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (80, 60), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 80, 30))
    image.save(tmp_path / "a.jpg", exif=exif, quality=95)
    shown = opened(preview_of(tmp_path / "a.jpg"))
    assert shown.size == (60, 80)
    assert min(colour(shown, 50, 40)) > 240
    assert max(colour(shown, 10, 40)) < 15


def is_checkerboard(picture: Image.Image) -> bool:
    """Whether two squares at the upper left corner are a light and a darker grey."""
    squares = colour(picture, 4, 4), colour(picture, 16, 4)
    grey = max(max(tint) - min(tint) for tint in squares)
    return grey < 8 and min(map(min, squares)) > 180 and abs(squares[0][0] - squares[1][0]) > 20


def test_transparency_is_kept_in_the_preview_and_a_checkerboard_in_the_thumbnail(tmp_path: Path) -> None:
    Image.new("RGBA", (80, 60)).save(tmp_path / "a.png")
    made = rendered(tmp_path / "a.png")
    assert made.preview is not None
    assert made.thumbnail is not None
    assert opened(made.preview).mode == "RGBA"
    assert is_checkerboard(opened(made.thumbnail))


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20), 32_768, np.uint16)).save(tmp_path / "a.png")
    assert colour(opened(preview_of(tmp_path / "a.png")), 5, 5) == pytest.approx((127, 127, 127), abs=3)


@pytest.mark.parametrize("name", ["a.jpg", "palette.png"])
def test_a_photo_in_wide_colours_looks_as_it_does(tmp_path: Path, name: str) -> None:
    profile = display_p3()
    srgb, wide = ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
    photo = ImageCms.profileToProfile(Image.new("RGB", (80, 60), (200, 40, 40)), srgb, wide)
    assert photo is not None
    stored = photo.quantize(16) if name == "palette.png" else photo
    stored.save(tmp_path / name, icc_profile=profile)

    made = rendered(tmp_path / name)

    for path in (made.thumbnail, made.preview):
        assert path is not None
        shown = opened(path)
        assert "icc_profile" not in shown.info
        assert colour(shown, 40, 30) == pytest.approx((200, 40, 40), abs=4)


def test_a_drawing_is_shown_as_png_without_the_files_it_points_to(tmp_path: Path) -> None:
    Image.new("RGB", (10, 10), (255, 0, 0)).save(tmp_path / "secret.png")
    secret = tmp_path / "secret.png"
    (tmp_path / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="20" height="10">'
        f'<image href="{secret}" width="10" height="10"/><image xlink:href="file://{secret}" width="10" height="10"/>'
        '<rect id="r" x="10" width="5" height="10" fill="blue"/><use href="#r" x="5"/></svg>'
    )
    preview = preview_of(tmp_path / "a.svg")
    shown = opened(preview)
    assert (preview.suffix, shown.size) == (".png", (640, 320))
    assert shown.getpixel((100, 100)) == (0, 0, 0, 0)
    assert shown.getpixel((600, 100)) == (0, 0, 255, 255)


def test_a_sound_gets_a_player_file_a_picture_of_its_loudness_and_hls(tmp_path: Path, tone: Sound) -> None:
    quiet_end = np.concatenate([tone, np.zeros(2 * SOUND_RATE, np.float32)])
    made = rendered(write_wav(tmp_path / "a.wav", quiet_end, SOUND_RATE))
    assert made.preview is not None
    assert made.thumbnail is not None
    assert made.hls is not None
    media = probe(made.preview)
    assert (media.mime, media.codec) == ("audio/mp4", "aac")
    assert media.duration == pytest.approx(4.0, abs=0.05)
    bars = np.asarray(opened(made.thumbnail).convert("L")) > 215
    assert bars[:, 40:300].mean() > 10 * bars[:, 340:600].mean()
    with av.open(str(made.hls.parent / "media.m3u8")) as playlist:
        assert [stream.codec_context.name for stream in playlist.streams] == ["aac"]


def noise(level: float, seconds: float = 1.0) -> Sound:
    return np.random.default_rng(1).normal(0, level, (int(seconds * SOUND_RATE), 2)).astype(np.float32)


def test_the_waveform_shows_thunder_in_rain_and_a_whisper_beside_a_shout() -> None:
    rain, thunder, shout, whisper = noise(0.1), noise(0.2), noise(0.25), noise(0.004)
    assert heights(np.concatenate([rain, thunder, rain]), 3) == pytest.approx([0.5, 1.0, 0.5], abs=0.02)
    assert heights(np.concatenate([shout, whisper, shout * 0]), 3) == pytest.approx([1.0, 0.25, 0.0], abs=0.02)


def test_the_waveform_shows_what_is_on_one_side_or_opposite_on_both() -> None:
    mono = noise(0.1)[:, :1]
    opposite, left = np.hstack([mono, -mono]), np.hstack([mono, mono * 0])
    assert heights(np.concatenate([opposite, left]), 2) == pytest.approx([1.0, 0.75], abs=0.02)


def test_the_waveform_of_silence_is_flat() -> None:
    assert heights(np.zeros((SOUND_RATE, 2), np.float32), 4) == [0.0] * 4


@pytest.mark.parametrize("level", [0.03, 0.9])
def test_a_preview_is_as_loud_as_others(tmp_path: Path, tone: Sound, level: float) -> None:
    quiet = np.stack([tone, tone], axis=1) * np.float32(level / 0.4)
    path = preview_of(write_wav(tmp_path / "a.wav", quiet, SOUND_RATE))
    assert loudness(read_sound(path, rate=SOUND_RATE, channels=2)) == pytest.approx(-16.0, abs=1.5)


def test_silence_stays_silent_in_a_preview(tmp_path: Path) -> None:
    path = preview_of(write_wav(tmp_path / "a.wav", np.zeros(SOUND_RATE, np.float32), SOUND_RATE))
    assert np.abs(read_sound(path, rate=SOUND_RATE)).max() < 1e-4


def test_a_quiet_film_gets_another_sound_and_keeps_its_pictures(filmed: Make, tone: Sound) -> None:
    source = filmed(sound=tone * np.float32(0.05))
    path = preview_of(source)
    assert packets(path) == packets(source)
    sound = read_sound(path, rate=SOUND_RATE, channels=2)
    assert loudness(sound) == pytest.approx(-16.0, abs=1.5)
    assert len(sound) == pytest.approx(len(tone), abs=2_100)
    assert [file.suffix for file in path.parent.glob("preview*")] == [".mp4"]


def test_a_film_that_plays_anywhere_is_not_encoded_again(filmed: Make, tone: Sound) -> None:
    source = filmed(sound=tone)
    assert packets(preview_of(source)) == packets(source)


def test_a_preview_can_start_before_it_is_loaded(filmed: Make) -> None:
    data = preview_of(filmed(width=1400, height=800, seconds=0.4)).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_large_film_is_made_smaller_with_its_sound(filmed: Make, tone: Sound) -> None:
    preview = preview_of(filmed(width=1600, height=1000, seconds=0.5, sound=tone[: SOUND_RATE // 2]))
    media = probe(preview)
    assert (media.width, media.height, media.has_audio) == (1152, 720, True)
    assert media.duration == pytest.approx(0.5, abs=0.06)
    assert np.abs(read_sound(preview, rate=SOUND_RATE)).max() > 0.2


def test_a_film_without_key_frames_is_encoded_so_that_hls_can_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "long.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5, options={"g": "1000", "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(45):
            shown = np.full((48, 64, 3), 5 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode(None))
    made = rendered(path)
    assert made.hls is not None
    assert seconds_of_segments(made.hls) == pytest.approx([2, 2, 2, 2, 1], abs=0.01)


def seconds_of_segments(master: Path) -> list[float]:
    text = (master.parent / "media.m3u8").read_text()
    return [float(line[8:].rstrip(",")) for line in text.splitlines() if line.startswith("#EXTINF:")]


def test_hls_is_cut_every_two_seconds_and_its_master_names_the_codecs(filmed: Make, tone: Sound) -> None:
    made = rendered(filmed(seconds=5, sound=np.concatenate([tone, tone])))
    assert made.hls is not None
    master = made.hls.read_text()
    assert 'CODECS="avc1.' in master
    assert "mp4a.40.2" in master
    assert "RESOLUTION=96x64" in master
    assert seconds_of_segments(made.hls) == pytest.approx([2, 2, 1], abs=0.01)
    playlist = (made.hls.parent / "media.m3u8").read_text()
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in playlist
    assert "#EXT-X-ENDLIST" in playlist
    with av.open(str(made.hls.parent / "media.m3u8")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 50


def transparent_film(path: Path) -> Path:
    with VideoWriter(path, width=64, height=48, fps=5, form="webm-alpha") as film:
        for _ in range(5):
            picture = np.zeros((48, 64, 4), np.uint8)
            picture[:, 32:] = (200, 30, 30, 255)
            film.write(picture)
    return path


def first_picture(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with VideoReader(path) as reader:
        return next(reader.pictures())


def test_a_film_with_transparency_is_shown_over_its_flat_form(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "flat.mp4", width=64, height=48, fps=5) as flat:
        for _ in range(5):
            flat.write(np.full((48, 64, 3), (0, 200, 0), np.uint8))
    shown = first_picture(preview_of(transparent_film(tmp_path / "a.webm"), flat.path))
    assert shown[10, 10] == pytest.approx((0, 200, 0), abs=8)


def test_a_film_with_transparency_and_no_flat_form_is_laid_on_paper(tmp_path: Path) -> None:
    shown = first_picture(preview_of(transparent_film(tmp_path / "a.webm")))
    assert shown[10, 10] == pytest.approx(PAPER, abs=8)
    assert shown[10, 50] == pytest.approx((200, 30, 30), abs=12)


def test_the_poster_of_a_film_with_transparency_has_a_checkerboard(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "flat.mp4", width=64, height=48, fps=5) as flat:
        flat.write(np.full((48, 64, 3), (0, 200, 0), np.uint8))
    made = rendered(transparent_film(tmp_path / "a.webm"), flat.path)
    assert made.thumbnail is not None
    shown = opened(made.thumbnail)
    assert is_checkerboard(shown)
    assert colour(shown, 50, 10) == pytest.approx((200, 30, 30), abs=12)


@pytest.mark.parametrize(("seconds", "share"), [(3.0, 10 / 29), (0.6, 3 / 5)])
def test_the_poster_is_from_one_second_or_the_middle(filmed: Make, seconds: float, share: float) -> None:
    made = rendered(filmed(seconds=seconds))
    assert made.thumbnail is not None
    assert colour(opened(made.thumbnail), 60, 50)[0] == pytest.approx(220 * share, abs=9)


def test_progress_rises_to_one(filmed: Make, tmp_path: Path) -> None:
    shares: list[float] = []
    source = filmed(width=1400, height=800, seconds=0.5)
    (tmp_path / "out").mkdir()
    render(source, probe(source), tmp_path / "out", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(set(shares)) > 4


@pytest.mark.parametrize("seed", some(range(12)))
def test_a_damaged_film_is_either_rendered_or_refused(filmed: Make, tone: Sound, seed: int) -> None:
    source = filmed(sound=tone)
    data = bytearray(source.read_bytes())
    dice = np.random.default_rng(seed)
    start = data.index(b"mdat") if seed % 2 else 0
    for place in dice.integers(start, len(data), 12):
        data[place] = dice.integers(256)
    source.write_bytes(data)
    assert outcome(source) in ("rendered", "unreadable_media", "media_too_long", "media_too_large")


def outcome(source: Path) -> str:
    try:
        rendered(source)
    except EngineError as refusal:
        return refusal.code
    return "rendered"
