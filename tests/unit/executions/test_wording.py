"""What the service says about wire names reaches the agent in the tool's words."""

import pytest

from videogen_mcp.api.errors import BadRequest, NotSupported
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.executions.wording import in_words_of
from videogen_mcp.workflows import WORKFLOWS
from videogen_mcp.workflows.base import Workflow

ARGUMENTS = {
    "text_to_speech": {"text": "Hello", "voice": "nobody"},
    "generate_avatar_clip": {"presenter_id": "nobody", "audio": "vg_file_1"},
    "upscale_image": {"image": "vg_file_1"},
    "generate_image": {"prompt": "a pear", "reference_images": ["vg_file_1"]},
    "edit_project": {"project_id": "vg_proj_1", "edits": ["zoom", "narrator: nobody"]},
    "script_to_video": {"script": "Tides rise.", "logo": "vg_file_1", "edits": ["zoom", "narrator: nobody"]},
}


def asked(tool: str) -> Workflow:
    return next(workflow for workflow in WORKFLOWS if workflow.tool_name() == tool).model_validate(ARGUMENTS[tool])


def refusal(tool: str, message: str) -> Refusal:
    said = in_words_of(asked(tool), BadRequest(message, status=400, request_id="req_1"))
    assert isinstance(said, Refusal)
    assert (said.code, said.request_id) == ("invalid_request", "req_1")
    return said


@pytest.mark.parametrize(
    ("tool", "message", "expected", "way_out"),
    [
        ("text_to_speech", '"voiceId" is unknown.', "voice is unknown.", "list_voices"),
        (
            "text_to_speech",
            "speechLanguageCode fr is not spoken",
            "language fr is not spoken",
            "list_voices shows which",
        ),
        ("script_to_video", '"language" fr is not spoken', '"language" fr is not spoken', "list_voices shows which"),
        ("generate_avatar_clip", '"actorEntityId" is nobody.', "presenter_id is nobody.", "list_presenters"),
        ("generate_avatar_clip", '"avatarPresenterId" is nobody.', "presenter_id is nobody.", "list_presenters"),
        ("generate_avatar_clip", '"audioFileId" is too long.', "audio is too long.", "find_files"),
        ("upscale_image", '"imageStorageFileId" is a video.', "image is a video.", "find_files"),
        ("generate_image", "imageFileIds[0] is unknown", "reference_images[0] is unknown", "find_files"),
        ("edit_project", '"remixActions[1].voiceId" names no voice', "edits[1] names no voice", "Change the argument"),
        ("script_to_video", '"remixActions[3].voiceId" is odd', "edits[1] is odd", "Change the argument"),
        ("script_to_video", '"remixActions[1].fileId" is a film', "logo is a film", "find_files"),
        ("script_to_video", '"visualStyle.aiStyle" is odd', "style is odd", "Change the argument"),
        ("generate_image", "aspectRatio.width is 0", "aspect_ratio.width is 0", "Change the argument"),
        ("generate_image", '"prompt" uses camelCase words', '"prompt" uses camelCase words', "Change the argument"),
        ("text_to_speech", "GET /v1/resources/tts-voices lists them", "list_voices lists them", "Change the argument"),
        ("generate_image", "GET /v1/entities lists them", "find_entities lists them", "Change the argument"),
    ],
)
def test_fields_and_routes_become_arguments_and_tools(tool: str, message: str, expected: str, way_out: str) -> None:
    said = refusal(tool, message)
    assert said.message == expected
    assert said.next_step is not None
    assert way_out in said.next_step


def test_what_the_reached_api_cannot_do_is_said_of_the_argument() -> None:
    said = in_words_of(asked("generate_image"), NotSupported("aspectRatio", "no ratios here"))
    assert isinstance(said, Refusal)
    assert said.message == "aspect_ratio is not possible here: no ratios here"
    assert said.next_step == "Leave aspect_ratio out"


def test_a_whole_tool_that_is_missing_is_said_without_its_path() -> None:
    refusal = in_words_of(asked("upscale_image"), NotSupported("/v1/tools/upscale-image", "no such tool here"))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.message) == ("not_supported", "no such tool here")
