"""Workflows: names and schemas of the tools, what is refused, and what goes over the wire."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.examples import example_of
from videogen_mcp.workflows import WORKFLOWS, MediaArgument, Workflow, workflows_of
from videogen_mcp.workflows.audio import GenerateSoundEffect, TextToSpeech
from videogen_mcp.workflows.avatar import GenerateAvatarClip
from videogen_mcp.workflows.base import LABEL_CHARACTERS, PROMPT_CHARACTERS, range_text
from videogen_mcp.workflows.examples import FileOf
from videogen_mcp.workflows.image import (
    GenerateImage,
    UpscaleImage,
    VectorizeImage,
)
from videogen_mcp.workflows.schema import accepted
from videogen_mcp.workflows.shots import VideoToVideo
from videogen_mcp.workflows.video import GenerateVideoClip, UpscaleVideo

EVERY_WORKFLOW = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.tool_name())

BYTES_PER_TOOL = 2_700
"""What name, description and input schema of one tool may cost a model's context, in characters."""

A_RATIO = 'must be like "16:9", or landscape, portrait or square'

CONTRACTS = Path(__file__).parents[2] / "contract"


def refused(workflow: type[Workflow], **arguments: Any) -> str:
    """The argument and the words of the one refusal."""
    with pytest.raises(ValidationError) as refusal:
        workflow(**arguments)
    (error,) = refusal.value.errors()
    return f"{'.'.join(map(str, error['loc']))}: {error['msg'].removeprefix('Value error, ')}"


def test_no_two_workflows_share_a_name_a_path_or_a_title() -> None:
    for names in zip(*((one.tool_name(), one.path, one.title) for one in WORKFLOWS), strict=True):
        assert len(set(names)) == len(WORKFLOWS)


@EVERY_WORKFLOW
def test_the_eras_of_a_workflow_are_those_whose_contract_has_its_path(workflow: type[Workflow]) -> None:
    """The contract of today's API is kept only as far as it is implemented, that of the seed era is whole."""
    assert ("v0" in workflow.eras) == has(workflow.path, "openapi-seed.json")
    assert "v2" in workflow.eras or not has(workflow.path, "openapi-current.json")


def has(path: str, contract: str) -> bool:
    return path in json.loads((CONTRACTS / contract).read_text(encoding="utf-8"))["paths"]


def test_while_the_era_is_not_known_every_workflow_is_offered() -> None:
    assert workflows_of("auto") == WORKFLOWS


@EVERY_WORKFLOW
def test_the_example_is_what_the_workflow_takes(workflow: type[Workflow]) -> None:
    assert workflow.model_validate(example_of(workflow)).wire()
    others = {one.tool_name() for one in WORKFLOWS if one is not workflow}
    assert {value for value in workflow.example.values() if isinstance(value, FileOf)} <= others


@EVERY_WORKFLOW
def test_an_unknown_argument_is_refused(workflow: type[Workflow]) -> None:
    with pytest.raises(ValidationError) as refusal:
        workflow.model_validate({"durration": 5})
    assert ("durration",) in [error["loc"] for error in refusal.value.errors()]


@pytest.mark.parametrize(
    ("workflow", "arguments", "words"),
    [
        (GenerateImage, {"prompt": "  \n"}, "prompt: String should have at least 1 character"),
        (
            GenerateImage,
            {"prompt": "x" * (PROMPT_CHARACTERS + 1)},
            "prompt: String should have at most 8000 characters",
        ),
        (GenerateImage, {"prompt": "x", "aspect_ratio": "round"}, f"aspect_ratio: {A_RATIO}"),
        (GenerateImage, {"prompt": "x", "aspect_ratio": "16:-9"}, f"aspect_ratio: {A_RATIO}"),
        (
            GenerateImage,
            {"prompt": "x", "aspect_ratio": "0:9"},
            'aspect_ratio: must be like "16:9", between 1:4 and 4:1',
        ),
        (
            GenerateImage,
            {"prompt": "x", "aspect_ratio": "9:1"},
            'aspect_ratio: must be like "16:9", between 1:4 and 4:1',
        ),
        (GenerateImage, {"prompt": "x", "count": 0}, "count: Input should be greater than or equal to 1"),
        (GenerateImage, {"prompt": "x", "count": 101}, "count: Input should be less than or equal to 100"),
        (
            GenerateImage,
            {"prompt": "x", "reference_images": ["a", "b", "c", "d", "e"]},
            "reference_images: List should have at most 4 items after validation, not 5",
        ),
        (
            GenerateVideoClip,
            {"duration_seconds": 5},
            ": needs at least one of prompt, start_frame, reference_images and source_videos",
        ),
        (
            GenerateVideoClip,
            {"prompt": "x", "voice_description": "hoarse"},
            ": voice_description describes the voice of spoken_dialogue: give the words there",
        ),
        (
            GenerateVideoClip,
            {"prompt": "x", "duration_seconds": 31},
            "duration_seconds: Input should be less than or equal to 30",
        ),
        (TextToSpeech, {"text": "x" * 5_001}, "text: String should have at most 5000 characters"),
        (TextToSpeech, {"text": "x", "language": "Klingon"}, 'language: must be a language tag like "en" or "pt-BR"'),
        (
            TextToSpeech,
            {"text": "x", "pronunciations": [{"from": "a"}]},
            'pronunciations: must be like [{"written": "SQL", "spoken": "sequel"}]',
        ),
        (
            GenerateSoundEffect,
            {"prompt": "x", "duration_seconds": float("nan")},
            "duration_seconds: Input should be a finite number",
        ),
        (GenerateAvatarClip, {"presenter_id": "x", "audio": 7}, "audio: Input should be a valid string"),
        (UpscaleImage, {"image": ""}, "image: String should have at least 1 character"),
    ],
)
def test_a_bad_value_is_refused_with_the_argument_and_the_way_out(
    workflow: type[Workflow], arguments: dict[str, Any], words: str
) -> None:
    assert refused(workflow, **arguments) == words


def test_what_the_service_does_by_itself_is_not_sent() -> None:
    request = GenerateImage(prompt="x", count=1, temporary=False, quality="auto", watermark="auto", aspect_ratio="16:9")
    assert request.wire() == {"prompt": "x"}


@pytest.mark.parametrize("tag", ["en", "EN", "en-US", "en_us"])
def test_a_language_tag_is_reduced_to_the_code_of_the_wire(tag: str) -> None:
    assert TextToSpeech(text="x", language=tag).wire()["speechLanguageCode"] == "en"


def test_a_request_lists_its_media_and_sends_the_ids_they_resolve_to() -> None:
    request = GenerateVideoClip(prompt="x", reference_images=["/a/one.png", "vg_file_2"], source_videos=["~/clip.mp4"])

    assert request.media() == [
        MediaArgument("reference_images", 0, "IMAGE", "/a/one.png"),
        MediaArgument("reference_images", 1, "IMAGE", "vg_file_2"),
        MediaArgument("source_videos", 0, "VIDEO", "~/clip.mp4"),
    ]
    assert request.wire({"/a/one.png": "vg_file_1", "~/clip.mp4": "vg_file_3"}) == {
        "prompt": "x",
        "imageFileIds": ["vg_file_1", "vg_file_2"],
        "videoFileIds": ["vg_file_3"],
    }


def test_media_that_were_not_given_are_not_listed() -> None:
    assert GenerateVideoClip(prompt="x").media() == []


@pytest.mark.parametrize(
    ("workflow", "kind"),
    [(GenerateAvatarClip, "AUDIO"), (VectorizeImage, "IMAGE"), (UpscaleVideo, "VIDEO")],
)
def test_each_media_argument_says_which_kind_it_takes(workflow: type[Workflow], kind: str) -> None:
    names = {"presenter_id": "vg_enti_1"} if workflow is GenerateAvatarClip else {}
    request = workflow.model_validate({**names, kind.lower(): "vg_file_1"})
    assert [(media.argument, media.kind) for media in request.media()] == [(kind.lower(), kind)]


@pytest.mark.parametrize(
    ("workflow", "wire_name", "argument"),
    [
        (GenerateImage, "imageFileIds", "reference_images"),
        (GenerateImage, "imageFileIds[2]", "reference_images"),
        (GenerateImage, "aspectRatio.width", "aspect_ratio"),
        (GenerateVideoClip, "videoFileIds", "source_videos"),
        (GenerateVideoClip, "durationSeconds", "duration_seconds"),
        (GenerateAvatarClip, "actorEntityId", "presenter_id"),
        (GenerateImage, "numResults", "count"),
        (GenerateImage, "prompt", "prompt"),
        (GenerateImage, "somethingElse", None),
    ],
)
def test_a_wire_name_leads_back_to_its_argument(workflow: type[Workflow], wire_name: str, argument: str | None) -> None:
    assert workflow.argument_for(wire_name) == argument


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        (GenerateImage(prompt="a pear\n on a   table"), "a pear on a table"),
        (TextToSpeech(text="Hello there"), "Hello there"),
        (UpscaleImage(image="/home/me/photos/cat.png"), "cat.png"),
        (UpscaleImage(image="file:///home/me/our%20cat.png"), "our cat.png"),
        (UpscaleImage(image="https://example.com/a/our%20cat.png?token=secret#top"), "our cat.png"),
        (GenerateAvatarClip(presenter_id="vg_enti_1", audio="vg_file_1"), "vg_file_1"),
        (GenerateVideoClip(reference_images=["vg_file_1", "C:\\pics\\two.png"]), "vg_file_1, two.png"),
    ],
)
def test_the_label_says_on_one_line_what_it_is_about(asked: Workflow, label: str) -> None:
    assert asked.label == label


def test_a_voice_that_was_chosen_is_submitted_and_told() -> None:
    request = TextToSpeech(text="Hello").spoken_by("vg_voic_1", "voice Miles (British, en-GB)")
    assert request.wire()["voiceId"] == "vg_voic_1"
    assert request.defaults()["voice"] == "voice Miles (British, en-GB)"


def test_a_long_label_is_shortened() -> None:
    label = GenerateImage(prompt="word " * 100).label
    assert len(label) <= LABEL_CHARACTERS
    assert label.endswith("word…")


@EVERY_WORKFLOW
def test_the_schema_is_small_and_says_what_is_refused(workflow: type[Workflow]) -> None:
    schema = workflow.input_schema()
    text = json.dumps({"d": workflow.description(), "s": schema}, separators=(",", ":"))

    assert len(text) <= BYTES_PER_TOOL
    assert schema["additionalProperties"] is False
    assert "anyOf" not in text
    assert "$ref" not in text
    assert "title" not in schema["properties"]
    assert "unpublished" not in text
    unsaved = set() if workflow.makes_files else {"save_to"}
    assert set(schema["properties"]) == set(workflow.model_fields) - set(unpublished(workflow)) - unsaved


@EVERY_WORKFLOW
def test_where_results_go_and_how_long_they_are_waited_for_stands_last_and_bare(workflow: type[Workflow]) -> None:
    bare = {"save_to": {"type": "string"}, "wait_seconds": {"type": "number"}}
    if not workflow.makes_files:
        del bare["save_to"]
    assert dict(list(workflow.input_schema()["properties"].items())[-len(bare) :]) == bare
    assert "save_to" not in workflow.input_schema(local_files=False)["properties"]


@EVERY_WORKFLOW
def test_where_results_go_and_how_long_they_are_waited_for_is_no_part_of_a_request(workflow: type[Workflow]) -> None:
    plain = workflow.model_validate(example_of(workflow))
    told = workflow.model_validate({**example_of(workflow), "save_to": "out/", "wait_seconds": 0})
    assert (told.wire(), told.submit_path()) == (plain.wire(), plain.submit_path())


def unpublished(workflow: type[Workflow]) -> list[str]:
    return [name for name, one in accepted(workflow)["properties"].items() if one.get("unpublished")]


def test_what_few_want_is_taken_but_not_shown() -> None:
    assert unpublished(UpscaleImage) == ["count", "temporary", "watermark"]
    assert unpublished(GenerateImage) == ["temporary", "watermark"]
    assert unpublished(TextToSpeech) == ["temporary"]


@pytest.mark.parametrize(
    ("workflow", "old", "new"),
    [
        (TextToSpeech, {"text": "x", "voice_id": "vg_voic_1"}, {"text": "x", "voice": "vg_voic_1"}),
        (GenerateVideoClip, {"source_video": "vg_file_1"}, {"source_videos": ["vg_file_1"]}),
    ],
)
def test_arguments_are_taken_by_the_names_they_had(
    workflow: type[Workflow], old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert workflow.model_validate(old) == workflow.model_validate(new)
    assert set(old) <= set(accepted(workflow)["properties"])
    assert not set(old) - set(new) & set(workflow.input_schema()["properties"])
    with pytest.raises(ValidationError, match=r"(voice_id|source_video)\n"):
        workflow.model_validate(old | new)


@EVERY_WORKFLOW
def test_the_description_says_how_long_it_takes(workflow: type[Workflow]) -> None:
    description = workflow.description()
    assert description.endswith(f" {range_text(workflow.typical_seconds)}.")
    assert "  " not in description


@pytest.mark.parametrize(
    ("seconds", "words"),
    [((15, 60), "15-60 s"), ((60, 180), "1-3 min"), ((120, 300), "2-5 min"), ((60, 90), "60-90 s")],
)
def test_a_range_is_spoken_in_the_fitting_unit(seconds: tuple[int, int], words: str) -> None:
    assert range_text(seconds) == words


@pytest.mark.parametrize(
    ("asked", "defaults", "sound"),
    [
        (GenerateImage(prompt="x"), ["16:9", "quality auto"], None),
        (GenerateImage(prompt="x", aspect_ratio="16:9", quality="high"), [], None),
        (GenerateImage(prompt="x", aspect_ratio="9:16", quality="auto"), ["quality auto"], None),
        (TextToSpeech(text="x"), ["voice auto"], None),
        (TextToSpeech(text="x", voice="Heart"), [], None),
        (UpscaleImage(image="x"), [], None),
        (VideoToVideo(video="x", prompt="y"), ["quality high"], None),
        (GenerateVideoClip(prompt="x", quality="low"), ["16:9"], "sound not asked for"),
        (GenerateVideoClip(prompt="x", aspect_ratio="1:1", quality="low", with_audio=True), [], "with sound"),
        (GenerateVideoClip(prompt="x", spoken_dialogue="Hi."), ["16:9", "quality auto"], "with sound"),
    ],
    ids=str,
)
def test_what_was_left_out_can_be_told(asked: Workflow, defaults: list[str], sound: str | None) -> None:
    assert (list(asked.defaults().values()), asked.sound()) == (defaults, sound)
