"""The light of a scene: what the time of day and the weather do to sky, distance and colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from videogen_sandbox.engines.drawing.art import colour


@dataclass(frozen=True)
class Light:
    """`sky` runs from the zenith to the horizon; `ambient` are factors for red, green and blue."""

    time: str
    sky: tuple[str, ...]
    haze: str
    ambient: tuple[float, float, float]
    glow: str
    cloud: str
    cloud_shade: str
    stars: float = 0.0
    lit_windows: float = 0.08

    def on(self, base: str, distance: float = 0.0) -> str:
        """Return a thing of colour `base` in this light, `distance` 0 (near) to 1 (lost in the haze)."""
        return colour.mix(colour.times(base, self.ambient), self.haze, min(0.92, distance))


_DAY = Light("day", (), "#d5e9f2", (1.0, 1.0, 1.0), "#fff6d8", "#ffffff", "#d9e8f3")
_DAWN = Light("dawn", (), "#f3d3cb", (1.0, 0.92, 0.92), "#ffe9c4", "#fff1ea", "#e9c3c6", lit_windows=0.2)
_SUNSET = Light("sunset", (), "#f2a679", (0.98, 0.78, 0.76), "#ffe0a3", "#ffc6a1", "#c9708a", lit_windows=0.35)
_DUSK = Light("dusk", (), "#8d6f9e", (0.62, 0.56, 0.78), "#ffc7a0", "#8f77a8", "#5a4c86", stars=0.35, lit_windows=0.5)
_NIGHT = Light("night", (), "#27406f", (0.36, 0.45, 0.70), "#e8efff", "#33477d", "#1f2d5c", stars=1.0, lit_windows=0.6)

SKIES: Mapping[str, tuple[Light, tuple[tuple[str, ...], ...]]] = {
    "day": (
        _DAY,
        (
            ("#2f86d6", "#7cc0f0", "#d9f0f7"),
            ("#259ac4", "#86d2e6", "#f1f5df"),
            ("#4f97e3", "#aed8f6", "#fdefd9"),
            ("#3aa0d8", "#9fdcf0", "#e9f8f1"),
        ),
    ),
    "dawn": (
        _DAWN,
        (
            ("#5f86c4", "#c7a9c9", "#f6bfae", "#fde4bd"),
            ("#6b8fd0", "#b9b3dd", "#f5bccb", "#ffe6cf"),
            ("#4f8fb5", "#a8cfd0", "#f7d9b4", "#ffd0a8"),
        ),
    ),
    "sunset": (
        _SUNSET,
        (
            ("#3c2f73", "#a8457a", "#f0764f", "#ffcf78"),
            ("#28507a", "#b8687a", "#f59a5c", "#ffe09c"),
            ("#51307c", "#d0507e", "#ff8c68", "#ffc98a"),
            ("#2c3e78", "#8b5a9b", "#f0728f", "#ffb27a"),
        ),
    ),
    "dusk": (
        _DUSK,
        (("#1b2454", "#4c4386", "#b0648a", "#f0a184"), ("#18305a", "#3f5a8c", "#8f7fae", "#e7a89a")),
    ),
    "night": (
        _NIGHT,
        (
            ("#070c2b", "#14245a", "#33548c"),
            ("#0c0a30", "#271d5e", "#57449a"),
            ("#04182a", "#0e3a54", "#2f6f82"),
        ),
    ),
}


def light_for(time: str, weather: str | None, rng: Random) -> Light:
    """Return the light at a time of day; one of several skies, chosen by `rng`. Bad weather greys it."""
    light, skies = SKIES[time]
    light = replace(light, sky=rng.choice(skies))
    if weather in ("rain", "storm", "fog", "snow", "clouds"):
        light = _overcast(light, {"storm": 0.72, "rain": 0.55, "fog": 0.6, "snow": 0.4, "clouds": 0.3}[weather])
        if weather == "storm":
            light = replace(light, ambient=_scaled(light.ambient, 0.78), sky=_all(light.sky, "#1d2236", 0.4))
    return light


def recoloured(light: Light, palette: tuple[str, ...]) -> Light:
    """Return the light with its sky in the colours of a reference picture, darkest at the zenith."""
    ordered = sorted(palette, key=lambda entry: colour.hls(entry)[1])
    sky = tuple(colour.mix(own, ordered[round(i * (len(ordered) - 1) / max(1, len(light.sky) - 1))], 0.72)
                for i, own in enumerate(light.sky))  # fmt: skip
    return replace(
        light, sky=sky, haze=colour.mix(light.haze, sky[-1], 0.6), cloud=colour.mix(light.cloud, sky[-1], 0.3)
    )


def _overcast(light: Light, share: float) -> Light:
    grey = colour.text([140 * (0.55 + 0.5 * factor) for factor in light.ambient])
    return replace(
        light,
        sky=_all(light.sky, grey, share),
        haze=colour.mix(light.haze, grey, share * 0.7),
        cloud=colour.mix(light.cloud, grey, share * 0.55),
        cloud_shade=colour.mix(light.cloud_shade, colour.darker(grey, 0.25), share * 0.8),
        ambient=_scaled(light.ambient, 1 - 0.18 * share),
        stars=light.stars * (1 - share),
    )


def _all(colours: tuple[str, ...], other: str, share: float) -> tuple[str, ...]:
    return tuple(colour.mix(entry, other, share) for entry in colours)


def _scaled(factors: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    return factors[0] * by, factors[1] * by, factors[2] * by
