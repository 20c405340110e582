"""The presenters' hair, clothes and other belongings, as the catalogue describes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random

from videogen_sandbox.engines.presenters.faces import Look

_SHOULDERS = (
    "M-70 158C-120 178-196 178-226 238C-246 280-256 420-262 760H262C256 420 246 280 226 238C196 178 120 178 70 158"
)


def _torso(colour: str, neckline: str) -> str:
    return f'<path d="{_SHOULDERS}{neckline}Z" fill="{colour}"/>'


def _sleeves(shade: str) -> str:
    """The folds where the arms begin."""
    return (
        f'<path d="M-178 330Q-186 470-180 760M178 330Q186 470 180 760" fill="none" stroke="{shade}" stroke-width="7"'
        ' stroke-linecap="round" opacity=".55"/>'
    )


def _lapels(jacket: str, shade: str, shirt: str) -> str:
    """A jacket, open over a shirt."""
    return (
        f'<path d="M-66 160V760H66V160L40 140L0 214L-40 140Z" fill="{shirt}"/>'
        + _torso(jacket, "L62 168L16 420L0 470L-16 420L-62 168L-70 158")
        + _sleeves(shade)
        + f'<path d="M-72 156L-122 250L-84 268L-104 298L-8 470L0 440Q-52 300-58 164Z" fill="{shade}"/>'
        f'<path d="M72 156L122 250L84 268L104 298L8 470L0 440Q52 300 58 164Z" fill="{shade}"/>'
        f'<path d="M0 448V760" stroke="{shade}" stroke-width="6"/>'
    )


def _collar(colour: str, shade: str) -> str:
    """A shirt collar with two points."""
    return (
        f'<path d="M-50 136L-70 160L-36 222L0 196L-30 168Z" fill="{colour}" stroke="{shade}" stroke-width="3"'
        ' stroke-linejoin="round"/>'
        f'<path d="M50 136L70 160L36 222L0 196L30 168Z" fill="{colour}" stroke="{shade}" stroke-width="3"'
        ' stroke-linejoin="round"/>'
    )


def _amara() -> Look:
    dice = Random(11)
    hair, light = "#2b1b1a", "#54362f"

    def curls(places: list[tuple[float, float, float]]) -> str:
        drawn = "".join(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="{hair}"/>' for x, y, r in places)
        shine = "".join(
            f'<path d="M{x - r * 0.55:.0f} {y - r * 0.1:.0f}A{r * 0.6:.0f} {r * 0.6:.0f} 0 0 1 {x + r * 0.3:.0f}'
            f' {y - r * 0.5:.0f}" fill="none" stroke="{light}" stroke-width="4" stroke-linecap="round" opacity=".8"/>'
            for x, y, r in places
        )
        return drawn + shine

    ring = [
        (126 * math.cos(turn) * 1.02, -38 + 122 * math.sin(turn), 36 + dice.random() * 9)
        for turn in (math.radians(degree) for degree in range(128, 413, 15))
    ]
    crown = [
        (92 * math.cos(turn), -72 + 66 * math.sin(turn), 27 + dice.random() * 6)
        for turn in (math.radians(degree) for degree in range(176, 366, 18))
    ]
    hoops = "".join(
        f'<circle cx="{x}" cy="52" r="17" fill="none" stroke="#f2c14e" stroke-width="6"/>' for x in (-97, 97)
    )
    return Look(
        skin="#96603f",
        shade="#6f432c",
        lips="#a23b46",
        brows="#241514",
        iris="#3d2317",
        blush="#c2453d",
        lashes=True,
        jaw=70,
        behind=f'<ellipse cx="0" cy="-36" rx="142" ry="140" fill="{hair}"/>' + curls(ring),
        hair=f'<path d="M-96 4Q-108-120 0-132Q108-120 96 4Q92-56 58-78Q0-104-58-78Q-92-56-96 4Z" fill="{hair}"/>'
        + curls(crown),
        over=hoops,
        body=_lapels("#e3a72f", "#c58719", "#fff6e6")
        + '<path d="M-34 150Q0 214 34 150" fill="none" stroke="#f2c14e" stroke-width="4"/>'
        '<circle cx="0" cy="184" r="7" fill="#f2c14e"/>',
    )


def _diego() -> Look:
    hair = "#211d24"
    beard = (
        "M-96-4C-88 30-84 44-70 52C-58 60-46 56-36 58C-20 50 20 50 36 58C46 56 58 60 70 52C84 44 88 30 96-4"
        "C104 60 84 140 0 140C-84 140-104 60-96-4Z"
    )
    return Look(
        skin="#d79f73",
        shade="#b27a50",
        lips="#cf8272",
        brows=hair,
        iris="#4d2f1c",
        brow_weight=1.35,
        jaw=82,
        cheeks=f'<path d="{beard}" fill="{hair}" opacity=".93"/>'
        f'<path d="M-40 80Q-38 56-12 54Q0 58 12 54Q38 56 40 80Q24 66 0 67Q-24 66-40 80Z" fill="{hair}"/>',
        hair=f'<path d="M-95 4C-104-60-110-150-20-156C20-172 116-150 98-50L95 4Q90-40 78-66Q40-96-22-88'
        f'Q-62-92-76-64Q-90-40-95 4Z" fill="{hair}"/>'
        '<path d="M-58-120Q-10-148 44-128M-30-108Q10-124 58-106" fill="none" stroke="#4a4450" stroke-width="5"'
        ' stroke-linecap="round" opacity=".8"/>',
        body='<path d="M-60 150L0 250L60 150Z" fill="#f4f1ea"/>'
        + _torso("#27477a", "L52 166L0 262L-52 166L-70 158")
        + _sleeves("#1b3158")
        + _collar("#2f5390", "#1b3158")
        + '<path d="M0 258V760" stroke="#1b3158" stroke-width="5"/>'
        + "".join(f'<circle cx="0" cy="{y}" r="6" fill="#dfe6f2"/>' for y in (300, 370, 440, 510)),
    )


def _hana() -> Look:
    hair, light = "#1b1a22", "#45424f"
    ribs = "".join(f"M{x} {150 - abs(x) * 0.2:.0f}V{196 - abs(x) * 0.35:.0f}" for x in range(-48, 49, 12))
    return Look(
        skin="#f8d8bb",
        shade="#dfae88",
        lips="#d4606a",
        brows="#2a2730",
        iris="#3b2a22",
        blush="#f0777a",
        lashes=True,
        jaw=66,
        brow_weight=0.8,
        ears=False,
        behind=f'<path d="M-112-20C-124-172 124-172 112-20C120 50 122 92 108 128Q60 150 0 146Q-60 150-108 128'
        f'C-122 92-120 50-112-20Z" fill="{hair}"/>',
        hair=f'<path d="M-84 122C-110 130-120 110-118 40C-134-190 134-190 118 40C120 110 110 130 84 122'
        f"C76 60 90 20 82-44Q40-58 0-57Q-40-58-82-44C-90 20-76 60-84 122Z"
        f'" fill="{hair}"/>'
        f'<path d="M-76-92Q-60-116-22-122" fill="none" stroke="{light}" stroke-width="9" stroke-linecap="round"/>'
        f'<path d="M-46-90L-50-62M-16-94L-18-64M16-94L16-64M46-90L50-62" stroke="{light}" stroke-width="3"'
        ' stroke-linecap="round" opacity=".7"/>',
        body=_torso("#3f9270", "L52 140Q0 200-52 140L-70 158")
        + _sleeves("#2d7457")
        + '<path d="M-56 128Q0 172 56 128L66 170Q0 226-66 170Z" fill="#4ba580"/>'
        + f'<path d="{ribs}" stroke="#2d7457" stroke-width="4" stroke-linecap="round" opacity=".6"'
        ' transform="translate(0 4)"/>'
        '<path d="M-150 330Q-60 372 0 330T150 330M-150 362Q-60 404 0 362T150 362" fill="none" stroke="#f5ead2"'
        ' stroke-width="8" opacity=".85"/>',
    )


def _jonas() -> Look:
    hair, dark = "#e7c06d", "#bd9146"
    glass = '<circle cx="{x}" cy="-4" r="34" fill="#fff" fill-opacity=".12" stroke="#5a3a28" stroke-width="6"/>'
    return Look(
        skin="#f8d2b8",
        shade="#dfa686",
        lips="#c9736b",
        brows="#b98a45",
        iris="#4f86b5",
        blush="#ee7f6d",
        jaw=78,
        brow_weight=1.1,
        hair=f'<path d="M-95 0C-104-40-112-128-60-140C-40-176 60-176 92-134C112-110 104-40 95 0Q90-36 80-62'
        f'Q30-60-16-94Q-36-62-80-56Q-92-30-95 0Z" fill="{hair}"/>'
        f'<path d="M-16-94Q-40-130-54-134M-6-98Q30-72 78-72M12-112Q46-92 84-94" fill="none" stroke="{dark}"'
        ' stroke-width="5" stroke-linecap="round" opacity=".75"/>',
        over=glass.format(x=-42)
        + glass.format(x=42)
        + '<path d="M-8-10Q0-16 8-10M-76-8L-92-14M76-8L92-14" fill="none" stroke="#5a3a28" stroke-width="6"'
        ' stroke-linecap="round"/><path d="M-62-16L-48-28M22-16L36-28" stroke="#fff" stroke-width="4"'
        ' stroke-linecap="round" opacity=".65"/>',
        body=_lapels("#838d9b", "#6b7583", "#dcebf7") + _collar("#eaf4fc", "#b5cbe0"),
    )


def _leila() -> Look:
    scarf, fold = "#dc8e9a", "#b9677a"
    tube = "M-84 176Q-96 300-46 372M84 176Q100 280 62 330"
    return Look(
        skin="#e4b48c",
        shade="#c08b62",
        lips="#b8505a",
        brows="#3a241f",
        iris="#4c331f",
        blush="#d9604f",
        lashes=True,
        jaw=68,
        ears=False,
        behind=f'<path d="M-116-20C-130-190 130-190 116-20C124 60 120 120 110 190H-110C-120 120-124 60-116-20Z"'
        f' fill="{fold}"/>',
        hair=f'<path fill-rule="evenodd" d="M-112 10C-128-196 128-196 112 10C112 84 84 140 0 158C-84 140-112 84-112 10Z'
        f'M-80-16C-78 36-64 92-28 112Q0 126 28 112C64 92 78 36 80-16C78-80 44-104 0-104C-44-104-78-80-80-16Z"'
        f' fill="{scarf}"/>'
        f'<path d="M-80-16C-78-80-44-104 0-104C44-104 78-80 80-16C92-86 50-122 0-122C-50-122-92-86-80-16Z"'
        f' fill="{fold}" opacity=".8"/>'
        f'<path d="M-98-30Q-84-128 10-142M102 20Q96 92 40 136M-92 60Q-70 118-30 136" fill="none" stroke="{fold}"'
        ' stroke-width="5" stroke-linecap="round" opacity=".7"/>',
        body='<path d="M-70 150V760H70V150L0 250Z" fill="#4fa3a5"/>'
        + _torso("#fbfcfe", "L62 168L10 400L0 430L-10 400L-62 168L-70 158")
        + _sleeves("#ccd7e2")
        + '<path d="M-72 156L-118 260L-82 272L-96 300L-6 430Q-52 280-58 160Z" fill="#e6edf4"/>'
        '<path d="M72 156L118 260L82 272L96 300L6 430Q52 280 58 160Z" fill="#e6edf4"/>'
        '<path d="M0 430V760" stroke="#ccd7e2" stroke-width="5"/>'
        f'<path d="{tube}" fill="none" stroke="#3c4756" stroke-width="9" stroke-linecap="round"/>'
        '<circle cx="-46" cy="380" r="17" fill="#c8d0da" stroke="#3c4756" stroke-width="6"/>'
        '<circle cx="62" cy="338" r="7" fill="#3c4756"/>'
        f'<path d="M-104 100C-110 160-84 196-30 214Q30 226 84 190Q116 160 106 96Q60 150 0 152Q-60 150-104 100Z"'
        f' fill="{scarf}"/><path d="M-92 140Q-40 196 60 188M-70 176Q-20 206 40 204" fill="none" stroke="{fold}"'
        ' stroke-width="5" stroke-linecap="round" opacity=".75"/>',
    )


def _sam() -> Look:
    hair, light, shaved = "#a8482b", "#cf6b43", "#7d4a38"
    freckles = "".join(
        f'<circle cx="{side * (40 + x)}" cy="{30 + y}" r="2.3" fill="#bd7450" opacity=".75"/>'
        for side in (-1, 1)
        for x, y in ((0, 0), (10, 5), (20, 0), (6, 11), (17, 11), (-8, 8))
    )
    return Look(
        skin="#f6ccac",
        shade="#d99f7c",
        lips="#c4655f",
        brows="#8a3c26",
        iris="#5c8a5a",
        blush="#ec7257",
        jaw=72,
        lashes=True,
        cheeks=freckles,
        hair=f'<path d="M-95 2C-104-60-98-110-70-126L-60-64Q-84-40-86-2Z M95 2C104-60 98-110 70-126L60-64Q84-40 86-2Z"'
        f' fill="{shaved}"/>'
        f'<path d="M-82-66C-96-130-50-176 24-170C100-168 128-110 106-62C100-44 92-40 88-50C80-84 40-86-4-92'
        f'C-36-96-66-92-82-66Z" fill="{hair}"/>'
        f'<path d="M-58-104Q-10-156 62-136M-30-100Q20-136 84-104M10-100Q56-108 92-74" fill="none" stroke="{light}"'
        ' stroke-width="6" stroke-linecap="round" opacity=".85"/>',
        over='<circle cx="94" cy="30" r="5" fill="#dfe5ee"/><circle cx="97" cy="14" r="4" fill="#dfe5ee"/>',
        body='<path d="M-46 150L-70 186V760H70V186L46 150L44 142Q0 214-44 142Z" fill="#fdfbf6"/>'
        '<path d="M-46 146Q0 214 46 146" fill="none" stroke="#dcd5c8" stroke-width="7"/>'
        + _torso("#5f88b4", "L70 168L52 420L46 760H-46L-52 420L-70 168L-70 158")
        + '<path d="M-46 146L-84 166L-112 250L-58 232L-50 196Z" fill="#7aa2cb" stroke="#48709b" stroke-width="4"'
        ' stroke-linejoin="round"/><path d="M46 146L84 166L112 250L58 232L50 196Z" fill="#7aa2cb" stroke="#48709b"'
        ' stroke-width="4" stroke-linejoin="round"/>'
        + _sleeves("#48709b")
        + '<path d="M-150 330H-84V396Q-117 420-150 396ZM150 330H84V396Q117 420 150 396Z" fill="#5680ac"'
        ' stroke="#e0b070" stroke-width="3" stroke-dasharray="7 5"/>',
    )


def _viktor() -> Look:
    hair, dark = "#d3d8df", "#9aa3b0"
    return Look(
        skin="#f0c7a8",
        shade="#cf9a78",
        lips="#b96a62",
        brows="#9098a4",
        iris="#54708c",
        blush="#dd7560",
        jaw=80,
        brow_weight=1.25,
        cheeks='<path d="M-40 50Q-47 58-45 66M40 50Q47 58 45 66M-66 12Q-58 19-46 19M66 12Q58 19 46 19" fill="none"'
        ' stroke="#cf9a78" stroke-width="3.5" stroke-linecap="round" opacity=".8"/>'
        '<path d="M-34-74Q0-82 34-74" fill="none" stroke="#cf9a78" stroke-width="3" stroke-linecap="round"'
        ' opacity=".5"/>',
        hair=f'<path d="M-95 6C-108-60-108-130-40-144C20-172 112-150 98-50L95 6Q92-30 82-58C70-84 44-98-30-100'
        f'Q-66-88-80-52Q-92-24-95 6Z" fill="{hair}"/>'
        f'<path d="M-30-100Q-52-116-64-112M-20-104Q40-124 84-86M-4-124Q44-136 82-112M-92-20Q-90-40-84-54'
        f'M92-20Q90-40 84-54" fill="none" stroke="{dark}" stroke-width="5" stroke-linecap="round" opacity=".8"/>',
        body=_lapels("#333b4b", "#252b38", "#f7f9fc")
        + '<path d="M-18 196L18 196L12 222L26 400L0 436L-26 400L-12 222Z" fill="#84203a"/>'
        '<path d="M-16 250L14 236M-20 300L18 280M-22 350L22 326M-22 396L24 372" stroke="#a5405a" stroke-width="6"/>'
        + _collar("#ffffff", "#ccd5e0")
        + '<path d="M-20 194L20 194L12 224H-12Z" fill="#6f1830"/>'
        '<path d="M104 306L140 298L138 318L108 324Z" fill="#f7f9fc"/>',
    )


LOOKS: Mapping[str, Callable[[], Look]] = {
    "amara": _amara,
    "diego": _diego,
    "hana": _hana,
    "jonas": _jonas,
    "leila": _leila,
    "sam": _sam,
    "viktor": _viktor,
}
"""By slug of `sandbox.catalogue.PRESENTERS`; made when asked for."""
