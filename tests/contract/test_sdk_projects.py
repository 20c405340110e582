"""Today's official SDK (videogen 2.5.3), unchanged: workflows, projects, entities, the assistant, imports, texts.

The engines are tiny ones, because what counts here is how the SDK starts, polls and lists; `test_sdk_today` has one
film that is really made. Together both files call every method of every resource.
"""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from videogen import VideoGen, VideoGenError
from videogen import resources as sdk

from tests.contract.conftest import Receiver
from tests.contract.live import KEY, Live, live
from tests.sandbox.tiny import content
from videogen_sandbox.pages import welcome

WAIT = {"poll_interval_ms": 20, "timeout_ms": 60_000}
STYLE = {"type": "AI_IMAGE", "aiStyle": "watercolour"}
ZOOM, CAPTIONS = {"type": "ADD_ZOOM"}, {"type": "ENABLE_CAPTIONS"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2])
        with live(tmp_path_factory.mktemp("today"), "v2") as running:
            yield running


@pytest.fixture(scope="module")
def client(sandbox: Live) -> Iterator[VideoGen]:
    with VideoGen(api_key=KEY, base_url=sandbox.url) as made:
        yield made


def upload(client: VideoGen, kind: str, name: str = "a pear") -> str:
    return str(client.upload_file(content(kind), display_name=name, poll_interval_ms=20)["file_id"])


@pytest.fixture(scope="module")
def film(client: VideoGen) -> Any:
    """A run that built, edited and exported a project."""
    return client.workflows.script_to_video_and_wait(
        script="Tides rise.",
        visual_style=STYLE,
        remix_actions=[CAPTIONS, ZOOM],
        auto_export=True,
        export_options={"quality": "HIGH"},
        **WAIT,
    )


@pytest.fixture(scope="module")
def project_id(film: Any) -> str:
    return str(film["project_id"])


def test_a_script_becomes_a_video(client: VideoGen, film: Any) -> None:
    assert (film["status"], film["workflow_type"], film["progress_percentage"]) == ("succeeded", "SCRIPT_TO_VIDEO", 100)
    made = json.loads(client.download_file(film["export_file_id"]))
    assert made["body"]["document"]["edits"] == ["ENABLE_CAPTIONS", "ADD_ZOOM"]


@pytest.mark.parametrize("waits", [False, True])
def test_every_other_workflow_builds_a_project(client: VideoGen, waits: bool) -> None:
    deck = str(client.upload_file(b"%PDF-1.4", display_name="deck.pdf", poll_interval_ms=20)["file_id"])
    starts: list[tuple[Callable[..., Any], Callable[..., Any], dict[str, Any]]] = [
        (
            client.workflows.voiceover_to_video,
            client.workflows.voiceover_to_video_and_wait,
            {"file_id": upload(client, "AUDIO"), "visual_style": STYLE},
        ),
        (client.workflows.slideshow_to_video, client.workflows.slideshow_to_video_and_wait, {"file_id": deck}),
        (
            client.workflows.prompt_to_video_clip,
            client.workflows.prompt_to_video_clip_and_wait,
            {"prompt": "a boat", "duration_seconds": 3},
        ),
        (
            client.workflows.video_to_video,
            client.workflows.video_to_video_and_wait,
            {"prompt": "as a drawing", "video_file_id": upload(client, "VIDEO")},
        ),
    ]
    for start, start_and_wait, body in starts:
        if waits:
            assert start_and_wait(**body, **WAIT)["status"] == "succeeded"
        else:
            begun = start(**body)
            assert client.poll_workflow_run(begun["workflow_run_id"], **WAIT)["project_id"] == begun["project_id"]


def test_runs_are_listed_shown_and_cancelled(client: VideoGen, film: Any) -> None:
    stalled = client.workflows.script_to_video(script="Tides [[stall]]", visual_style=STYLE)
    client.workflows.cancel_workflow_run(stalled["workflow_run_id"])
    assert client.workflows.get_workflow_run(stalled["workflow_run_id"])["status"] == "cancelled"
    ids = [run["workflow_run_id"] for run in client.workflows.list_workflow_runs(limit=200)["workflow_runs"]]
    assert {stalled["workflow_run_id"], film["workflow_run_id"]} <= set(ids)


def test_a_failed_run_raises_and_one_that_needs_approval_is_handed_back(client: VideoGen) -> None:
    with pytest.raises(VideoGenError) as failure:
        client.workflows.script_to_video_and_wait(script="A [[fail content_policy]] b", visual_style=STYLE, **WAIT)
    assert failure.value.body["error"]["code"] == "content_policy"
    waiting = client.workflows.script_to_video_and_wait(script="A [[approval]] b", visual_style=STYLE, **WAIT)
    assert waiting["status"] == "awaiting_approval"
    client.workflows.cancel_workflow_run(waiting["workflow_run_id"])


def test_projects_are_listed_edited_and_exported(client: VideoGen, project_id: str) -> None:
    assert project_id in [project["project_id"] for project in client.projects.list_projects(limit=200)["projects"]]
    edited = client.projects.remix_and_wait(project_id=project_id, remix_actions=[ZOOM], **WAIT)
    assert {action["status"] for action in edited["remix_actions"]} == {"succeeded"}
    copied = client.projects.remix_project(project_id=project_id, remix_actions=[CAPTIONS], save_as_new_project=True)
    client.poll_remix_actions(copied["project_id"], **WAIT)
    assert len(client.projects.list_project_remix_actions(copied["project_id"])["remix_actions"]) == 1
    assert client.projects.get_project(copied["project_id"])["title"] == "A tiny film (copy)"
    export = client.projects.export_and_wait(project_id=project_id, quality="FULL_HIGH", **WAIT)
    assert (export["status"], export["file"]["scope"]) == ("succeeded", "EXPORT")
    begun = client.projects.export_project(project_id=project_id)
    again = client.poll_project_export(project_id, begun["export_id"], **WAIT)
    assert client.projects.get_project_export(project_id, again["export_id"])["export_file_id"]
    exports = [one["export_id"] for one in client.projects.list_project_exports(project_id)["exports"]]
    assert exports[:2] == [again["export_id"], export["export_id"]]


@pytest.mark.parametrize("document", ["FCPXML", "PREMIERE_XML", "OTIO", "SRT"])
def test_a_project_is_handed_to_editors(client: VideoGen, project_id: str, document: str) -> None:
    done = client.projects.create_timeline_interchange_and_wait(project_id=project_id, format=document, **WAIT)
    assert (done["status"], done["format"], done["media_delivery"]) == ("succeeded", document, "REMOTE_URLS")
    assert httpx.get(done["download_url"], trust_env=False).json()["format"] == document


def test_a_timeline_job_is_shown(client: VideoGen, project_id: str) -> None:
    begun = client.projects.create_timeline_interchange(project_id=project_id, format="SRT", media_delivery="BUNDLE")
    client.poll_timeline_interchange(begun["interchange_job_id"], **WAIT)
    assert client.projects.get_timeline_interchange(begun["interchange_job_id"])["interchange_file_id"]


def test_entities_are_made_shown_and_archived(client: VideoGen) -> None:
    picture = upload(client, "IMAGE")
    made = client.entities.create_entity(entity_type="PRODUCT", name="Bottle", description="green")
    entity_id = made["entity_id"]
    shown = client.entities.add_entity_reference(entity_id, file_id=picture, is_default=True)
    assert shown["references"] == [{"file_id": picture, "description": "", "is_default": True}]
    assert client.entities.update_entity(entity_id, name="Flask")["name"] == "Flask"
    assert client.entities.get_entity(entity_id)["description"] == "green"
    image = client.tools.generate_image_and_wait(prompt="a table", entity_ids=[entity_id], **WAIT)
    assert len(json.loads(client.download_file(image["results"][0]["file_id"]))["inputs"]["imageFileIds"]) == 1
    assert client.entities.remove_entity_reference(entity_id, file_id=picture)["references"] == []
    assert client.entities.archive_entity(entity_id) == {"entity_id": entity_id, "archived": True}
    assert entity_id not in [one["entity_id"] for one in client.entities.list_entities(limit=200)["entities"]]


def test_the_assistant_makes_a_video_and_edits_it_after_an_approval(client: VideoGen) -> None:
    chat = client.assistant.start_assistant_chat_and_wait(message="A video about tides", auto_generate=True, **WAIT)
    run = client.poll_workflow_run(chat["generation"]["workflow_run_id"], **WAIT)
    assistant_id = client.projects.get_project(run["project_id"])["assistant_id"]
    offered = client.assistant.send_assistant_message_and_wait(assistant_id, message="captions off", **WAIT)
    action_id = offered["actions"][0]["action_id"]
    done = client.assistant.act_on_assistant_action_and_wait(assistant_id, action_id, decision="APPROVE", **WAIT)
    assert "is being applied" in done["content"]
    client.poll_remix_actions(run["project_id"], **WAIT)
    messages = client.assistant.get_assistant(assistant_id)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 3


def test_the_steps_of_a_chat_can_be_taken_one_by_one(client: VideoGen) -> None:
    begun = client.assistant.start_assistant_chat(message="Make a film about the moon")
    offer = client.poll_assistant_message(begun["message_id"], **WAIT)["actions"][0]
    rejected = client.assistant.act_on_assistant_action(begun["assistant_id"], offer["action_id"], decision="REJECT")
    assert "rejected" in client.poll_assistant_message(rejected["message_id"], **WAIT)["content"]
    sent = client.assistant.send_assistant_message(begun["assistant_id"], message="Hello")
    client.poll_assistant_message(sent["message_id"], **WAIT)
    assert "not a language model" in client.assistant.get_assistant_message(sent["message_id"])["content"]


@pytest.fixture
def served() -> Iterator[str]:
    """The URL of a file on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content("IMAGE"))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/my%20pear.png"
        server.shutdown()
        serving.join(10)


def test_a_file_is_imported_from_its_url(client: VideoGen, served: str) -> None:
    done = client.files.create_file_url_import_and_wait(url=served, **WAIT)
    file = client.files.get_file(done["file_id"])
    assert (done["status"], file["display_name"], file["type"]) == ("succeeded", "my pear.png", "IMAGE")
    begun = client.files.create_file_url_import(url=served)
    client.poll_file_url_import(begun["file_import_id"], **WAIT)
    assert client.files.get_file_url_import(begun["file_import_id"])["file_id"]
    with pytest.raises(VideoGenError, match="--allow-import"):
        client.files.create_file_url_import(url="https://example.com/pear.png")


def test_new_tools_make_files(client: VideoGen) -> None:
    picture = upload(client, "IMAGE")
    starts: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
        (
            partial(client.tools.generate_music, prompt="calm piano"),
            partial(client.tools.generate_music_and_wait, prompt="calm piano", **WAIT),
        ),
        (
            partial(client.tools.generate_motion_graphic, prompt='Title "Tides"', duration_seconds=3),
            partial(client.tools.generate_motion_graphic_and_wait, prompt='Title "Tides"', **WAIT),
        ),
        (
            partial(client.tools.image3d_effect, image_file_id=picture),
            partial(client.tools.image3d_effect_and_wait, image_file_id=picture, **WAIT),
        ),
    ]
    for start, start_and_wait in starts:
        done = start_and_wait()
        assert (done["status"], len(done["results"])) == ("succeeded", 1)
        polled = client.poll_executed_tool(start()["tool_execution_id"], **WAIT)
        assert client.tools.get_tool_execution_info(polled["tool_execution_id"])["tool_type"] == done["tool_type"]


def test_every_tool_can_be_started_without_waiting(client: VideoGen) -> None:
    picture, clip, sound = (upload(client, kind) for kind in ("IMAGE", "VIDEO", "AUDIO"))
    actor = client.entities.list_entities(entity_type="ACTOR")["entities"][-1]["entity_id"]
    started = [
        client.tools.generate_video_clip(prompt="a boat"),
        client.tools.text_to_speech(tts_text="Hello.", voice_id="Heart"),
        client.tools.generate_avatar(actor_entity_id=actor, audio_file_id=sound),
        client.tools.vectorize_image(image_file_id=picture),
        client.tools.remove_image_background(image_file_id=picture),
        client.tools.remove_video_background(video_file_id=clip),
        client.tools.upscale_image(image_file_id=picture),
        client.tools.upscale_video(video_file_id=clip),
    ]
    for execution in started:
        assert client.poll_executed_tool(execution["tool_execution_id"], **WAIT)["status"] == "succeeded"


def test_files_are_listed_found_hydrated_and_archived(client: VideoGen) -> None:
    made = client.files.create_file_upload(display_name="quince.png")
    httpx.put(made["upload_url"], content=content("IMAGE"), trust_env=False).raise_for_status()
    file_id = made["file_id"]
    client.get_hydrated_file(file_id)
    client.files.enable_public_preview(upload(client, "IMAGE", "shown"))
    assert client.files.hydrate_file(file_id)["file_id"] == file_id
    assert file_id in [file["file_id"] for file in client.files.get_files(limit=200)["files"]]
    found = client.files.search_files(query="quince")["results"]
    assert [hit["file"]["display_name"] for hit in found] == ["quince.png"]
    client.files.archive_file(file_id)
    assert client.files.search_files(query="quince")["results"] == []


def test_account_languages_voices_and_texts(client: VideoGen) -> None:
    assert client.account.get_me()["display_name"] == "VideoGen sandbox"
    assert client.resources.list_languages()["languages"] == [{"language_code": "en", "name": "English"}]
    assert client.resources.list_tts_voices(query="heart")["tts_voices"][0]["display_name"] == "Heart"
    assert client.text.generate_text(prompt="Write a title about tides")["text"] == "Tides"


def test_a_webhook_of_a_run_passes_the_signature_check(client: VideoGen, receiver: Receiver) -> None:
    endpoint = client.webhooks.create_webhook_endpoint(url=receiver.url, events=["workflow_run.succeeded"])
    assert endpoint["endpoint_id"] in [
        one["endpoint_id"] for one in client.webhooks.list_webhook_endpoints()["endpoints"]
    ]
    run = client.workflows.script_to_video_and_wait(script="Tides.", visual_style=STYLE, auto_export=True, **WAIT)
    heard = receiver.next()
    client.webhooks.delete_webhook_endpoint(endpoint["endpoint_id"])
    event = client.verify_webhook_signature(heard.body, heard.headers, endpoint["signing_secret"])
    assert (event["workflow_run_id"], event["export_file_id"]) == (run["workflow_run_id"], run["export_file_id"])


def test_every_method_of_every_resource_is_called_here_or_with_real_engines() -> None:
    folder = Path(__file__).parent
    source = "".join((folder / name).read_text("utf-8") for name in ("test_sdk_today.py", "test_sdk_projects.py"))
    synchronous = [
        (name, kind)
        for _, module in inspect.getmembers(sdk, inspect.ismodule)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if name.endswith("Resource") and not name.startswith("Async")
    ]
    methods = {
        f"{name.removesuffix('Resource').lower()}.{method}"
        for name, kind in synchronous
        for method, _ in inspect.getmembers(kind, inspect.isfunction)
        if not method.startswith("_")
    }
    assert len(methods) > 80
    assert {method for method in methods if f".{method}(" not in source and f".{method}," not in source} == set()


def test_the_program_of_the_empty_gallery_makes_a_picture(sandbox: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(welcome.KEY, KEY)
    exec(welcome.sdk_lines(sandbox.url), {})
    asked = httpx.get(f"{sandbox.url}/v1/tools/executions", headers={"authorization": f"Bearer {KEY}"}).json()
    newest = asked["toolExecutions"][0]
    assert newest["status"] == "succeeded"
    assert newest["results"][0]["file"]["displayName"] == "a lighthouse at dusk"
