"""From a scene to its setting: which drawing makes the place, in which light."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random

from videogen_sandbox.engines.drawing import kinds
from videogen_sandbox.engines.drawing.art import colour, cosmos, indoors, land, sky, town, water, wilds
from videogen_sandbox.engines.drawing.art.canvas import Sheet, Stage
from videogen_sandbox.engines.drawing.art.light import Light, light_for, recoloured
from videogen_sandbox.engines.drawing.scene import Scene

ACCENTS = ("#e4572e", "#2a9d8f", "#3a6fd8", "#b5578f", "#e9a23b", "#5f9c5a", "#7d5fc2", "#d94f70", "#4aa3c7")
"""What colours a studio or a pattern when the prompt names none."""

OPEN_AIR: Mapping[str, Callable[[Stage], None]] = {
    "mountains": land.mountains, "forest": land.forest, "field": land.field, "farm": land.farm, "garden": land.garden,
    "snow": land.snow, "jungle": wilds.jungle, "desert": wilds.desert, "savanna": wilds.savanna, "city": town.city,
    "street": town.street, "beach": water.beach, "sea": water.sea, "lake": water.lake, "clouds": cosmos.clouds,
}  # fmt: skip
"""Settings under a sky, with weather."""

ROOMS = frozenset(indoors.FURNITURE)

ENCLOSED: Mapping[str, Callable[[Stage], None]] = {
    "underwater": water.underwater, "table": indoors.table, "studio": indoors.studio, "stage": indoors.theatre,
    "space": cosmos.space, "moonscape": cosmos.surface, "abstract": cosmos.abstract,
    "mars": partial(cosmos.surface, tint="#c9704a", earth=False),
    **{kind: partial(indoors.room, kind=kind) for kind in indoors.FURNITURE},
}  # fmt: skip


def build(scene: Scene, width: float, height: float, rng: Random, palette: Sequence[str] = ()) -> Stage:
    """Return the setting of a scene on a stage of `width` x `height` units; `palette` recolours it after references."""
    weather = scene.weather if scene.setting in OPEN_AIR else None
    light = _neon(light_for(scene.time, weather, rng)) if scene.style == "neon" else light_for(scene.time, weather, rng)
    if palette:
        light = recoloured(light, tuple(palette))
    accent = scene.accent or (palette[0] if palette else rng.choice(ACCENTS))
    stage = Stage(width, height, light, rng, scene.season, accent)
    if scene.setting in ENCLOSED:
        if scene.setting == "mars":
            sky.sky(stage, sun=True, clouds=0)
        ENCLOSED[scene.setting](stage)
        return stage
    stage.horizon = height * 0.58
    sky.sky(stage, weather=weather, clouds=0.5 if scene.time in ("night", "dusk") else 1.0)
    if weather == "rainbow":
        sky.rainbow(stage)
    if scene.setting in ("city", "street") and scene.style == "neon":
        {"city": town.city, "street": town.street}[scene.setting](stage, True)
    else:
        OPEN_AIR[scene.setting](stage)
    if scene.road and any(subject.icon in kinds.kinds().trains for subject in scene.subjects):
        town.rails(stage)
    elif scene.road and scene.setting != "city":
        town.road(stage)
    return stage


def merged(stage: Stage) -> Sheet:
    """Return the background and the scenery as one sheet."""
    sheet = Sheet(stage.width, stage.height)
    sheet.shapes = stage.back.shapes + stage.middle.shapes
    sheet.definitions = stage.back.definitions + stage.middle.definitions
    return sheet


def _neon(light: Light) -> Light:
    """Magenta and cyan instead of the evening's own colours."""
    return Light(
        light.time, ("#0b0630", "#3a0f6b", "#b0218f", "#ff5fa8"), colour.mix("#b0218f", "#2a1060", 0.35),
        (0.55, 0.45, 0.85), "#7df3ff", "#5a2a8f", "#3a1a6b", stars=0.5, lit_windows=0.75,
    )  # fmt: skip
