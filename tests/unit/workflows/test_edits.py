"""Edits: each kind on the wire, however it is spelt, and what is refused before anything is paid."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from videogen_mcp.tools.arguments import complaints
from videogen_mcp.workflows.base import MediaArgument
from videogen_mcp.workflows.edit_rules import KINDS, RULES, is_file
from videogen_mcp.workflows.edits import Edit, Edits, media_of
from videogen_mcp.workflows.projects import EditProject

EDITS: TypeAdapter[list[Edit]] = TypeAdapter(Edits)


def wire(*edits: Any) -> list[dict[str, Any]]:
    return [edit.action() for edit in EDITS.validate_python(list(edits))]


def refused(*edits: Any) -> str:
    """The refusal as a model reads it."""
    with pytest.raises(ValidationError) as refusal:
        EditProject.model_validate({"project_id": "vg_proj_1", "edits": list(edits)})
    return complaints(refusal.value, EditProject.input_schema())


ACTIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"kind": "captions"}, {"type": "ENABLE_CAPTIONS"}),
    ({"kind": "captions", "value": "bold"}, {"type": "ENABLE_CAPTIONS", "captionStyle": {"fontWeight": 700}}),
    ({"kind": "captions", "value": "off"}, {"type": "DISABLE_CAPTIONS"}),
    ({"kind": "no_captions"}, {"type": "DISABLE_CAPTIONS"}),
    (
        {"kind": "transitions"},
        {"type": "ADD_TRANSITIONS", "sectionTransition": "DYNAMIC", "assetTransition": "DYNAMIC"},
    ),
    (
        {"kind": "transitions", "value": "fade"},
        {"type": "ADD_TRANSITIONS", "sectionTransition": "FADE", "assetTransition": "FADE"},
    ),
    (
        {"kind": "transitions", "value": "none"},
        {"type": "ADD_TRANSITIONS", "sectionTransition": "NONE", "assetTransition": "NONE"},
    ),
    ({"kind": "zoom"}, {"type": "ADD_ZOOM"}),
    ({"kind": "zoom", "value": "on"}, {"type": "ADD_ZOOM"}),
    ({"kind": "resize", "value": "9:16"}, {"type": "RESIZE_PROJECT", "aspectRatio": {"width": 9, "height": 16}}),
    ({"kind": "cut_pauses"}, {"type": "CLEAN_UP_TRANSCRIPT"}),
    ({"kind": "cut_pauses", "value": "both"}, {"type": "CLEAN_UP_TRANSCRIPT"}),
    ({"kind": "cut_pauses", "value": "pauses"}, {"type": "CLEAN_UP_TRANSCRIPT", "removeFillers": False}),
    ({"kind": "cut_pauses", "value": "fillers"}, {"type": "CLEAN_UP_TRANSCRIPT", "removePauses": False}),
    (
        {"kind": "cut_pauses", "value": "um, you know", "amount": 0.4},
        {"type": "CLEAN_UP_TRANSCRIPT", "fillerWords": ["um", "you know"], "minPauseSeconds": 0.4},
    ),
    ({"kind": "animate_images"}, {"type": "CONVERT_IMAGES_TO_VIDEOS"}),
    (
        {"kind": "animate_images", "value": "slow pan", "options": ["with_sound", "high"]},
        {
            "type": "CONVERT_IMAGES_TO_VIDEOS",
            "motionPrompt": "slow pan",
            "muteOutputVideos": False,
            "quality": "HIGH",
        },
    ),
    (
        {"kind": "redraw_images", "value": "ink", "options": ["low"]},
        {"type": "REGENERATE_IMAGES", "stylePrompt": "ink", "quality": "LOW"},
    ),
    ({"kind": "upscale"}, {"type": "UPSCALE_ASSETS"}),
    (
        {"kind": "upscale", "options": ["no_videos", "no_stock"]},
        {"type": "UPSCALE_ASSETS", "includeVideos": False, "includeStockContent": False},
    ),
    (
        {"kind": "narrator", "value": "Matilda", "amount": 1.2, "options": ["vg_enti_1", "max"]},
        {
            "type": "CHANGE_NARRATOR",
            "voiceId": "Matilda",
            "voiceSpeed": 1.2,
            "actorEntityId": "vg_enti_1",
            "avatarQuality": "MAX",
        },
    ),
    ({"kind": "other_stock"}, {"type": "SHUFFLE_STOCK_VISUALS"}),
    ({"kind": "make_music", "value": "calm piano"}, {"type": "GENERATE_MUSIC", "prompt": "calm piano"}),
    (
        {"kind": "music", "value": "vg_file_1", "amount": 0.2},
        {"type": "SET_BACKGROUND_MUSIC", "fileId": "vg_file_1", "volume": 0.2},
    ),
    ({"kind": "music", "value": "none"}, {"type": "SET_BACKGROUND_MUSIC", "fileId": None}),
    (
        {"kind": "logo", "value": "vg_file_1", "amount": 12, "options": ["top_right"]},
        {"type": "SET_LOGO", "fileId": "vg_file_1", "sizePercent": 12, "position": "TOP_RIGHT"},
    ),
    ({"kind": "logo", "value": "None"}, {"type": "SET_LOGO", "fileId": None}),
    ({"kind": "translate", "value": "pt-BR"}, {"type": "TRANSLATE_PROJECT", "languageCode": "pt-BR"}),
    (
        {"kind": "translate", "value": "Spanish", "options": ["keep_voice", "image_text"]},
        {
            "type": "TRANSLATE_PROJECT",
            "languageCode": "es",
            "changeVoice": False,
            "translateImageText": True,
        },
    ),
]


@pytest.mark.parametrize(("edit", "action"), ACTIONS, ids=lambda one: str(list(one.values()))[:40])
def test_an_edit_becomes_its_action(edit: dict[str, Any], action: dict[str, Any]) -> None:
    assert wire(edit) == [action]


def test_every_kind_is_tried_above_and_has_an_action_of_its_own() -> None:
    assert {edit["kind"] for edit, _ in ACTIONS} == set(KINDS) == set(RULES)
    assert len({rule.type for rule in RULES.values()}) == len(KINDS) == 15


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("zoom", {"kind": "zoom"}),
        (" Zoom ", {"kind": "zoom"}),
        ("no captions", {"kind": "no_captions"}),
        ("transitions: fade", {"kind": "transitions", "value": "fade"}),
        ("resize:9:16", {"kind": "resize", "value": "9:16"}),
        ("upscale (no_stock)", {"kind": "upscale", "options": ["no_stock"]}),
        (
            "animate_images: slow pan (with_sound, high)",
            {"kind": "animate_images", "value": "slow pan", "options": ["with_sound", "high"]},
        ),
        ("make_music: calm (solo piano)", {"kind": "make_music", "value": "calm (solo piano)"}),
        ({"resize": "9:16"}, {"kind": "resize", "value": "9:16"}),
        ({"captions": True}, {"kind": "captions", "value": "on"}),
        ({"captions": False}, {"kind": "no_captions"}),
        ('{"kind": "zoom"}', {"kind": "zoom"}),
        ({"kind": "ADD_ZOOM"}, {"kind": "zoom"}),
        ({"type": "RESIZE_PROJECT", "aspectRatio": {"width": 9, "height": 16}}, {"kind": "resize", "value": "9:16"}),
        ({"type": "GENERATE_MUSIC", "prompt": "calm"}, {"kind": "make_music", "value": "calm"}),
        ({"kind": "ANIMATE_IMAGES"}, {"kind": "animate_images"}),
        ({"kind": "zoom", "value": None, "amount": "", "options": []}, {"kind": "zoom"}),
        ({"kind": "zoom", "value": "", "amount": 0, "options": []}, {"kind": "zoom"}),
        ({"kind": "narrator", "voice": "Matilda"}, {"kind": "narrator", "value": "Matilda"}),
        (
            {"kind": "narrator", "value": "Matilda", "amount": "1.2x"},
            {"kind": "narrator", "value": "Matilda", "amount": 1.2},
        ),
        ({"kind": "cut_pauses", "amount": "0.5s"}, {"kind": "cut_pauses", "amount": 0.5}),
        ({"kind": "cut_pauses", "value": ["um", "ah"]}, {"kind": "cut_pauses", "value": "um, ah"}),
        ({"kind": "resize", "value": "portrait"}, {"kind": "resize", "value": "9:16"}),
        ({"kind": "resize", "value": "1080x1920"}, {"kind": "resize", "value": "9:16"}),
        ({"kind": "translate", "value": "German"}, {"kind": "translate", "value": "de"}),
        ({"kind": "music", "value": {"file_id": "vg_file_1"}}, {"kind": "music", "value": "vg_file_1"}),
        ({"kind": "music", "value": "vg_file_1", "amount": 20}, {"kind": "music", "value": "vg_file_1", "amount": 0.2}),
        (
            {"kind": "logo", "value": "vg_file_1", "amount": 0.12, "options": "top right"},
            {"kind": "logo", "value": "vg_file_1", "amount": 12, "options": ["top_right"]},
        ),
        (
            {"kind": "upscale", "options": "no_videos, no_stock"},
            {"kind": "upscale", "options": ["no_videos", "no_stock"]},
        ),
    ],
    ids=str,
)
def test_each_spelling_of_an_edit_has_its_meaning(sent: Any, meant: dict[str, Any]) -> None:
    assert wire(sent) == wire(meant)


@pytest.mark.parametrize(
    ("sent", "kinds"),
    [
        ("zoom, captions", ["zoom", "captions"]),
        ('["zoom", "captions"]', ["zoom", "captions"]),
        ({"zoom": True, "resize": "1:1"}, ["zoom", "resize"]),
        ({"kind": "zoom"}, ["zoom"]),
    ],
    ids=str,
)
def test_several_edits_may_stand_in_one_text_or_object(sent: Any, kinds: list[str]) -> None:
    assert [edit.kind for edit in EDITS.validate_python(sent)] == kinds


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([{"kind": "sparkle"}], "edits[0].kind is one of captions, no_captions, transitions, zoom, resize"),
        (["sparkle"], "edits[0].kind is one of captions"),
        ([{"kind": "zoom"}, {"value": "9:16"}], "edits[1].kind is missing"),
        ([{"kind": "resize"}], "edits[0] (resize) needs value: an aspect ratio like 9:16"),
        ([{"kind": "resize", "value": "round"}], '(resize) value must be like "16:9"'),
        ([{"kind": "redraw_images"}], "(redraw_images) needs value: the look in words, also where it stays"),
        ([{"kind": "narrator"}], "(narrator) needs value: a voice of list_voices"),
        ([{"kind": "make_music"}], "(make_music) needs value: a mood in words"),
        ([{"kind": "music"}], "(music) needs value: a sound file, or none"),
        ([{"kind": "music", "amount": 0.1}], "(music) needs value: a sound file, or none"),
        ([{"kind": "logo"}], "(logo) needs value: a picture, or none"),
        ([{"kind": "translate"}], "(translate) needs value: a language like es"),
        ([{"kind": "translate", "value": "Klingon"}], '(translate) value must be a language tag like "en" or "pt-BR"'),
        (
            [{"kind": "music", "value": "calm piano"}],
            "(music) value takes a sound file, or none; to have music made from words: make_music",
        ),
        ([{"kind": "transitions", "value": "star wipe"}], "(transitions) value takes dynamic, none, fade"),
        ([{"kind": "captions", "value": "sparkling"}], '(captions) value does not know "sparkling"'),
        ([{"kind": "zoom", "value": "fast"}], "(zoom) takes no value"),
        ([{"kind": "zoom", "amount": 2}], "(zoom) takes no amount"),
        ([{"kind": "narrator", "value": "A", "amount": 9}], "(narrator) amount must be 0.5 to 2"),
        ([{"kind": "music", "value": "vg_file_1", "amount": 200}], "(music) amount must be 0 to 1"),
        ([{"kind": "logo", "value": "vg_file_1", "amount": -3}], "(logo) amount must be 0 to 100"),
        (
            [{"kind": "logo", "value": "vg_file_1", "options": ["middle"]}],
            '(logo) does not know the option "middle"; it takes top_left, top_center',
        ),
        ([{"kind": "zoom", "options": ["high"]}], '(zoom) does not know the option "high"; it takes none'),
        ([{"kind": "zoom", "speed": 2}], "edits[0] does not take speed"),
        (["captions", "no_captions"], "edits has captions and no_captions: keep one"),
        (
            [{"kind": "music", "value": "vg_file_1"}, {"kind": "make_music", "value": "calm"}],
            "edits has music and make_music: keep one",
        ),
        (["resize: 9:16", "resize: 1:1"], "edits has resize twice: keep one"),
        ([], "edits "),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_with_the_way_out(edits: list[Any], words: str) -> None:
    assert words in refused(*edits)


@pytest.mark.parametrize(
    "text",
    [
        "vg_file_1",
        "https://example.com/a",
        "file:///a/b.mp3",
        "/music/theme",
        "~/theme",
        "./theme",
        "C:\\music\\theme",
        "music/theme",
        "theme.mp3",
        "my theme.MP3",
        "theme.mp",
        "theme.wave",
    ],
)
def test_what_looks_like_a_file_is_never_taken_for_a_mood(text: str) -> None:
    assert is_file(text)


@pytest.mark.parametrize(
    "text", ["", "calm piano", "lo-fi, 80 bpm.", "like Chopin's nocturne op. 9", "calm piano / strings", "jazz", "R&B"]
)
def test_words_are_a_mood(text: str) -> None:
    assert not is_file(text)


def test_files_are_named_by_their_place_and_become_their_ids() -> None:
    edits = EDITS.validate_python(
        ["zoom", {"kind": "music", "value": "~/a.mp3"}, {"kind": "logo", "value": "`/b.png`"}]
    )
    assert list(media_of(edits)) == [
        MediaArgument("edits", 1, "AUDIO", "~/a.mp3"),
        MediaArgument("edits", 2, "IMAGE", "/b.png"),
    ]
    ids = {"~/a.mp3": "vg_file_1", "/b.png": "vg_file_2"}
    assert [edit.action(ids).get("fileId") for edit in edits] == [None, "vg_file_1", "vg_file_2"]
