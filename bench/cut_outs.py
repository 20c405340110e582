"""How far are cut-outs from the true mattes, how much do those of films flicker, and what processor time do they take?

Subjects whose alpha is known (hair, spokes, soft edges, two of them, cut by the border, small, large, light on light)
lie over scenes, lawns, walls, skies and blurred lights. Half of the pictures and films were looked at while the engine
was tuned, the others were not. Errors are mean differences of alpha, in thousandths; "edge" is where the true alpha is
between, and near it. Flicker is the mean change of alpha from one picture to the next where the true one does not
change. Beside it: the network alone, its one mask enlarged, and with --against the engines of another revision.

    python -m bench.cut_outs [--against REVISION] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from bench.figures import Figure, tell
from videogen_sandbox.engines import Task
from videogen_sandbox.engines.drawing import image as drawing
from videogen_sandbox.engines.drawing import scene
from videogen_sandbox.engines.drawing.sprites import sprite
from videogen_sandbox.engines.matting import matting, net
from videogen_sandbox.engines.media.decode import VideoReader
from videogen_sandbox.engines.media.encode import VideoWriter

Alpha = NDArray[np.float32]
ROOT = Path(__file__).resolve().parent.parent

TUNED, HELD_OUT = "tuned", "held out"
SIZE = (960, 640)
FILM_SIZE, FILM_LENGTH, FPS = (640, 360), 36, 24
EDGE = 0.004
"""How far around true edges an error counts as one of edges, as a share of the longer side."""


@dataclass(frozen=True)
class Case:
    """One subject before one background. Height and place are shares of the picture."""

    subject: str
    ground: str
    height: float = 0.75
    x: float = 0.5
    y: float = 0.55
    hair: int = 0
    """Strands."""
    soft: float = 0.0
    """Radius of a blur over subject and alpha, in pixels."""
    second: str = ""
    half: str = TUNED


PICTURES = (
    Case("person-standing", "lawn", hair=160),
    Case("bicycle", "wall", 0.6),
    Case("ewe", "lights", 0.6, soft=4),
    Case("man-standing", "a beach", 0.7, x=0.3, second="woman-standing"),
    Case("lion", "lawn", 0.9, x=0.85),
    Case("fox", "sky", 0.2, x=0.3, y=0.7),
    Case("elephant", "a meadow", 1.05),
    Case("polar-bear", "snow", 0.6),
    Case("woman-standing", "lights", hair=160, half=HELD_OUT),
    Case("kick-scooter", "lawn", 0.6, half=HELD_OUT),
    Case("baby-chick", "sky", 0.5, soft=4, half=HELD_OUT),
    Case("penguin", "wall", 0.55, x=0.3, second="owl", half=HELD_OUT),
    Case("horse", "a beach", 0.9, y=0.75, half=HELD_OUT),
    Case("rabbit", "a meadow", 0.2, x=0.7, y=0.75, half=HELD_OUT),
    Case("tiger", "wall", 1.05, half=HELD_OUT),
    Case("teapot", "snow", 0.55, half=HELD_OUT),
)
STILL, WALK, PAN = "still, clouds drift", "walks", "camera moves"
FILMS = (
    (STILL, Case("man-standing", "a beach", 0.8, hair=80)),
    (WALK, Case("woman-standing", "a meadow", 0.7)),
    (PAN, Case("fox", "lawn", 0.5)),
    (STILL, Case("owl", "a meadow", 0.6, half=HELD_OUT)),
    (WALK, Case("horse", "lawn", 0.6, half=HELD_OUT)),
    (PAN, Case("person-standing", "lights", 0.75, hair=80, half=HELD_OUT)),
)


def blotches(size: tuple[int, int], grains: dict[int, float], seed: int) -> Alpha:
    """Noise around 0 with blotches of some sizes in pixels, each with its strength."""
    rng, total = np.random.default_rng(seed), np.zeros(size[::-1], np.float32)
    for grain, strength in grains.items():
        spots = rng.integers(0, 255, (size[1] // grain + 2, size[0] // grain + 2), dtype=np.uint8)
        total += (
            np.asarray(Image.fromarray(spots).resize(size, Image.Resampling.BICUBIC), np.float32) - 127
        ) * strength
    return total


def lit(colour: tuple[float, float, float], light: Alpha) -> Image.Image:
    return Image.fromarray(np.clip(np.array(colour) + light[..., None], 0, 255).astype(np.uint8))


def ground(kind: str, size: tuple[int, int]) -> Image.Image:
    """A background; what is none of the known kinds is a scene that the sandbox draws."""
    if kind == "lawn":
        return lit((92, 128, 60), blotches(size, {2: 0.13, 5: 0.16, 14: 0.13, 60: 0.16}, 1))
    if kind == "snow":
        return lit((224, 228, 234), blotches(size, {3: 0.03, 40: 0.06, 200: 0.1}, 2))
    if kind == "sky":
        return lit((120, 165, 215), np.maximum(blotches(size, {30: 0.15, 90: 0.4, 220: 0.6}, 3), -20))
    if kind == "wall":
        picture = lit((150, 82, 62), blotches(size, {2: 0.1, 9: 0.12, 70: 0.1}, 4))
        draw = ImageDraw.Draw(picture)
        for row, y in enumerate(range(0, size[1], 32)):
            draw.line((0, y, size[0], y), (176, 166, 150), 4)
            for x in range(row % 2 * 40, size[0], 80):
                draw.line((x, y, x, y + 32), (176, 166, 150), 4)
        return picture.filter(ImageFilter.GaussianBlur(0.8))
    if kind == "lights":
        rng, picture = random.Random(5), Image.new("RGB", size, (24, 22, 40))
        draw = ImageDraw.Draw(picture)
        for _ in range(70):
            across, down, r = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(0.01, 0.05) * size[0]
            draw.ellipse((across - r, down - r, across + r, down + r), tuple(rng.randrange(60, 250) for _ in range(3)))
        return picture.filter(ImageFilter.GaussianBlur(size[0] / 80))
    return drawing.compose(scene.parse(kind), *size, seed=7)


def layer(case: Case, size: tuple[int, int]) -> Image.Image:
    """The subject of a case alone: RGBA with the true alpha."""
    whole = Image.new("RGBA", size)
    for name, x in ((case.subject, case.x), (case.second, 1 - case.x)):
        if name:
            figure = sprite(name, round(case.height * size[1]), random.Random(3))
            shade = np.asarray(figure).astype(np.float32)
            shade[..., :3] += blotches(figure.size, {3: 0.06, 12: 0.08, 80: 0.2}, 6)[..., None]
            figure = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8))
            left, top = round(x * size[0] - figure.width / 2), round(case.y * size[1] - figure.height / 2)
            haired(whole, left + figure.width / 2, top + figure.height * 0.12, figure.height * 0.14, case.hair)
            whole.alpha_composite(figure, (max(0, left), max(0, top)), (max(0, -left), max(0, -top)))
    return whole.filter(ImageFilter.GaussianBlur(case.soft)) if case.soft else whole


def haired(whole: Image.Image, x: float, y: float, reach: float, strands: int) -> None:
    """Draw thin strands that stand off from a head, at four times the size."""
    rng, large = random.Random(9), Image.new("L", (whole.width * 4, whole.height * 4))
    draw = ImageDraw.Draw(large)
    for _ in range(strands):
        angle, length, bend = rng.uniform(-3.6, 0.5), reach * rng.uniform(0.8, 1.6), rng.uniform(-0.5, 0.5)
        steps = [(part / 8 * length, angle + bend * part / 8) for part in range(9)]
        draw.line([(4 * (x + r * np.cos(a)), 4 * (y + r * np.sin(a))) for r, a in steps], 255, rng.choice((3, 5, 7)))
    whole.paste((62, 40, 28), mask=large.resize(whole.size, Image.Resampling.BOX))


def composite(alone: Image.Image, behind: Image.Image, grain: int) -> tuple[Image.Image, Alpha]:
    """The subject before its background with a camera's noise, and the true alpha (0 to 1)."""
    alpha = np.asarray(alone.getchannel("A"), np.float32) / np.float32(255)
    joined = alpha[..., None] * np.asarray(alone)[..., :3] + (1 - alpha[..., None]) * np.asarray(behind)
    noise = np.random.default_rng(grain).normal(0, 2.5, joined.shape)
    return Image.fromarray(np.clip(joined + noise, 0, 255).astype(np.uint8)), alpha


def film(motion: str, case: Case) -> Iterator[tuple[Image.Image, Alpha]]:
    """The pictures of a film with their true alphas."""
    alone, wide = layer(case, FILM_SIZE), (FILM_SIZE[0] + 80, FILM_SIZE[1] + 20)
    behind, clouds = ground(case.ground, wide), np.maximum(blotches(wide, {40: 0.5, 90: 0.5}, 8), 0)
    clouds *= np.linspace(1.5, -1.5, wide[1], dtype=np.float32).clip(0)[:, None]
    for number in range(FILM_LENGTH):
        x, y = (round(40 + 30 * np.sin(number / 12)), round(10 + 8 * np.cos(number / 9))) if motion == PAN else (40, 10)
        moved = (40 - x, 10 - y) if motion == PAN else (4 * number - 2 * FILM_LENGTH if motion == WALK else 0, 0)
        placed = Image.new("RGBA", FILM_SIZE)
        placed.paste(alone, moved)
        drifted = lit((0, 0, 0), np.roll(clouds * 4, 3 * number, axis=1)) if motion == STILL else None
        scenery = Image.fromarray(np.maximum(np.asarray(behind), np.asarray(drifted))) if drifted else behind
        yield composite(placed, scenery.crop((x, y, x + FILM_SIZE[0], y + FILM_SIZE[1])), number)


def errors(found: NDArray[np.floating], truth: Alpha) -> tuple[float, float]:
    """Mean difference of alpha everywhere and at edges, in thousandths."""
    between = Image.fromarray(((truth > 0.02) & (truth < 0.98)).astype(np.uint8) * 255)
    edge = np.asarray(between.filter(ImageFilter.MaxFilter(2 * round(EDGE * max(truth.shape)) + 1))) > 0
    apart = np.abs(found - truth) * 1000
    return float(apart.mean()), float(apart[edge].mean())


def enlarged(picture: Image.Image) -> Alpha:
    """The network's one mask of a picture, at the picture's size."""
    mask = Image.fromarray(net.find(picture)).resize(picture.size, Image.Resampling.BILINEAR)
    return np.asarray(np.clip(np.asarray(mask, np.float32), 0, 1))


def cut_picture(case: Case, folder: Path) -> dict[str, float]:
    picture, truth = composite(layer(case, SIZE), ground(case.ground, SIZE), 0)
    source = folder / "picture.png"
    picture.save(source)
    begin = time.process_time()
    made = matting.cut_out_image(Task("", {}, {"imageFileId": [source]}, 1, folder), lambda _: None)
    seconds = time.process_time() - begin
    with Image.open(made.path) as image:
        found = np.asarray(image.getchannel("A"), np.float32) / 255
    error, edge = errors(found, truth)
    alone, alone_edge = errors(enlarged(picture), truth)
    return {"error": error, "edge": edge, "alone": alone, "alone edge": alone_edge, "cpu s": seconds}


def cut_film(motion: str, case: Case, folder: Path) -> dict[str, float]:
    pictures, truths = zip(*film(motion, case), strict=True)
    source = folder / "film.mp4"
    with VideoWriter(source, width=FILM_SIZE[0], height=FILM_SIZE[1], fps=FPS, crf=16) as writer:
        for picture in pictures:
            writer.write(np.asarray(picture))
    begin = time.process_time()
    made = matting.cut_out_video(Task("", {}, {"videoFileId": [source]}, 1, folder), lambda _: None)
    seconds = time.process_time() - begin
    with VideoReader(made.path, alpha=True) as reader:
        found = [picture[..., 3].astype(np.float32) / 255 for picture in reader.pictures()]
    apart = [errors(one, truth) for one, truth in zip(found, truths, strict=True)]
    changes = []
    for number in range(1, len(truths)):
        calm = np.abs(truths[number] - truths[number - 1]) < 1 / 255
        changes.append(float(np.abs(found[number] - found[number - 1])[calm].mean()) * 1000)
    error, edge = (fmean(values) for values in zip(*apart, strict=True))
    return {"error": error, "edge": edge, "flicker": fmean(changes), "cpu s": seconds}


def measure(keep: Path | None) -> list[tuple[str, str, dict[str, float]]]:
    """Cut everything out: half, what it is, and its figures."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        net.find(Image.new("RGB", SIZE))  # loads the network, which no picture shall pay for
        for number, (motion, case) in enumerate((*(("", case) for case in PICTURES), *FILMS)):
            folder = (keep or Path(scratch)) / str(number)
            folder.mkdir(parents=True)
            found = cut_film(motion, case, folder) if motion else cut_picture(case, folder)
            rows.append((case.half, f"{case.subject}, {case.ground}{motion and ', ' + motion}", found))
    return rows


def measured_by(revision: str, folder: Path) -> list[tuple[str, str, dict[str, float]]]:
    """What the same measurement says of the engines of another revision."""
    files = subprocess.run(["git", "archive", revision, "videogen_sandbox"], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(folder, filter="data")
    command = [sys.executable, __file__, "--json"]
    told = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))},
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    rows: list[tuple[str, str, dict[str, float]]] = json.loads(told.stdout)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="REVISION", help="a git revision whose engines are measured too")
    parser.add_argument("--keep", type=Path, help="write the cut-outs here and leave them")
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    rows = measure(chosen.keep)
    if chosen.json:
        print(json.dumps(rows))
        return 0
    print("this tree")
    report(rows)
    for is_film, name in ((False, "pictures"), (True, "films")):
        unseen = [figures for half, _, figures in rows if half == HELD_OUT and ("flicker" in figures) is is_film]
        tell(
            Figure(
                f"cut-outs of {len(unseen)} {name} that the engine was not tuned on, mean difference of alpha",
                f"{fmean(each['error'] for each in unseen):.1f} thousandths",
                "" if is_film else f"the network alone {fmean(each['alone'] for each in unseen):.1f}",
                f"{min(each['error'] for each in unseen):.1f} to {max(each['error'] for each in unseen):.1f}, all",
            )
        )
    if chosen.against:
        with tempfile.TemporaryDirectory() as folder:
            print(f"\n{chosen.against}")
            report(measured_by(chosen.against, Path(folder)))
    return 0


def report(rows: list[tuple[str, str, dict[str, float]]]) -> None:
    """Print pictures, then films: each, and the means of both halves."""
    for is_film in (False, True):
        chosen = [row for row in rows if ("flicker" in row[2]) is is_film]
        columns = list(chosen[0][2])
        print(f"{'film' if is_film else 'picture':<44}" + "".join(f"{column:>12}" for column in columns))
        means = [
            ("", f"mean, {half}", {key: fmean(row[2][key] for row in chosen if row[0] == half) for key in columns})
            for half in (TUNED, HELD_OUT)
        ]
        for _, name, figures in (*chosen, *means):
            print(f"{name:<44}" + "".join(f"{figures[column]:12.2f}" for column in columns))


if __name__ == "__main__":
    raise SystemExit(main())
