"""What the fields of answers mean, and what the tools answer that run nothing. The reference of the tools has both."""

from __future__ import annotations

from collections.abc import Mapping

EXECUTION: Mapping[str, str] = {
    "status": "`succeeded`, `running`, `failed`, `cancelled` or `awaiting_approval`; failed and cancelled are errors",
    "workflow": "the tool that started it",
    "execution_id": "its id, for `wait_for_execution` and `cancel_execution`",
    "elapsed_seconds": "since the submit; of one that has ended, its own duration",
    "progress_percentage": "how far it is, where the service says so",
    "project_id": "the project of a finished video, for `edit_project`",
    "project_url": "the project in VideoGen's editor",
    "files": "the results",
    "text": "what VideoGen's assistant says",
    "offers": (
        "what the assistant offers to do: `action_id`, `kind`, `label`, `summary`, `estimated_credits`, `in_app_only`"
    ),
    "started_execution_id": "what the assistant has started",
    "error": "why there is no result",
    "next_step": "what to call next, with its arguments",
    "note": "for readers: what was left to a default, how many results came, where the original is",
    "sandbox": "true: a placeholder of the sandbox, which works only on this machine",
    "executions": "of several ids: an answer like this for each",
}
"""Of `calls.replies.Answer`, as the tools publish it, and of a wait for several."""

FILE: Mapping[str, str] = {
    "file_id": "what every media argument takes",
    "type": "`IMAGE`, `VIDEO`, `AUDIO` or another type of the service",
    "name": "its display name",
    "preview_url": "a signed link to look at it; whoever has it can open it until it expires",
    "preview_expires_at": "until when (UTC)",
    "page_url": "its page for those who are logged in; it stays",
    "saved_path": "where the original was saved",
    "width": "pixels",
    "height": "pixels",
    "duration_seconds": "its length",
}
"""Of `calls.replies.AnswerFile`."""

ERROR: Mapping[str, str] = {
    "code": "for programs; the skill videogen-when-something-breaks lists all of them",
    "message": "what happened, in words",
    "requirement": "what the service asks for, as it says it",
    "request_id": "what VideoGen's support can look up",
    "candidates": "ids of executions of which one may be that of a submit that broke",
}
"""Of `calls.replies.AnswerError`."""

OTHERS: Mapping[str, str] = {
    "find_projects": (
        "`projects`, each with `project_id`, `title`, `status`, `aspect_ratio`, `created_at`, `updated_at`,"
        " `project_url`, and the `run` that makes it (`execution_id`, `status`); `next_cursor`. With `project_id` the"
        " facts of that one, its `assistant_id`, and its `exports` with the fields of a file"
    ),
    "list_executions": (
        "`executions`, each with `execution_id`, `workflow`, `status`, `about`, `project_id`, `submitted_at`,"
        " `started_by`, `new`, `progress_percentage`, `error`, `file_ids`, `file_count`, `archived_file_ids`,"
        " `delivered`, `candidates`; `total`, `not_delivered`, `more`"
    ),
    "upload_file": "the fields of a file; `reused` where the same content was there already",
    "download_file": "`file_id`, `path`, `size_bytes`",
    "look_at_file": (
        "a picture, and the facts `kind`, `format`, `codec`, `size_bytes`, `width`, `height`, `duration_seconds`,"
        " `fps`, `frames`, `pages`, `has_sound`, `has_alpha`, `dynamic_range`, `interlaced`, `colour_profile`,"
        " `colours`, `black`, `still`, `transparent_percent`, `shown_at`, `sound` (loudness, silence), `notes`,"
        " `problem`; of a file of the account also what `get_file` says"
    ),
    "get_file": (
        "the fields of a file, and `status`, `scope`, `size_bytes`, `download_url`, `thumbnail_url`, `hls_url`,"
        " `links_expire_at`, `public_url`, `public_hls_url`, `public_playback_id`, `execution_id`, `description`,"
        " `transcript`"
    ),
    "find_files": (
        "`files`, each with `file_id`, `type`, `name`, `made_by`, `duration_seconds`, `temporary`, `export`, `about`,"
        " `status`; `page_url` (a pattern), `total`, `more`, `next_cursor`"
    ),
    "archive_file": "`file_id`, `archived`",
    "set_public_preview": "`file_id`, `enabled`, `public_url`, `public_hls_url`, `public_playback_id`, `embed`",
    "create_upload": "`file_id`, `name`, `upload_url`, `command`",
    "list_voices": (
        "`voices`, each with `voice_id`, `name`, `gender`, `language`, `accent`, `description`; `total`, `fitting`,"
        " `missing_words`, `accents`, `next_page`"
    ),
    "list_presenters": (
        "`presenters`, each with `presenter_id`, `name`, `gender`, `description`, `picture`; `total`, `fitting`,"
        " `missing_words`, `next_page`"
    ),
    "find_entities": (
        "`entities`, each with `entity_id`, `kind`, `name`, `description`, `built_in`, `image_count`, `main_image`;"
        " `next_cursor`. With `entity_id` also its `images` (one is `main`), `voice`, `presents`, `created_at`,"
        " `updated_at`"
    ),
    "create_entity": "what `find_entities` says of one; `existed` where it was there already",
    "update_entity": "what `find_entities` says of one, `not_there` (pictures it did not have), or `archived`",
    "generate_text": "`text`",
    "list_webhooks": "`webhooks`, each with `endpoint_id`, `url`, `events`, `created_at`, `secret_ends_with`",
    "create_webhook": "`endpoint_id`, `url`, `events`, `signing_secret`",
    "delete_webhook": "`endpoint_id`, `deleted`",
}
"""Answers of the tools that run nothing; `note`, `next_step`, `sandbox` and `error` may be in all of them."""

CALLS: Mapping[str, Mapping[str, object]] = {
    "find_projects": {"query": "tides"},
    "wait_for_execution": {"execution_id": "vg_tool_01", "save_to": "harbour/"},
    "list_executions": {"status": "running"},
    "cancel_execution": {"execution_id": "vg_tool_01"},
    "upload_file": {"path": "~/Pictures/harbour.jpg"},
    "download_file": {"file_id": "vg_file_01", "save_to": "harbour.png"},
    "look_at_file": {"file_id": "vg_file_01", "at": 2.5},
    "get_file": {"file_id": "vg_file_01"},
    "find_files": {"query": "harbour at dusk", "type": "image"},
    "archive_file": {"file_id": "vg_file_01"},
    "set_public_preview": {"file_id": "vg_file_01", "enabled": True},
    "create_upload": {"file": "Pictures/harbour.jpg"},
    "list_voices": {"query": "calm british woman", "language": "en"},
    "list_presenters": {"query": "young man office"},
    "find_entities": {"kind": "actor"},
    "create_entity": {"kind": "product", "name": "Red kettle", "images": ["vg_file_01"]},
    "update_entity": {"entity_id": "vg_enti_01", "add_images": ["vg_file_02"]},
    "generate_text": {"prompt": "A script of 60 words about tides, for children."},
    "list_webhooks": {},
    "create_webhook": {"url": "https://example.com/webhooks/videogen"},
    "delete_webhook": {"endpoint_id": "ep_01"},
}
"""A call of each tool that is no workflow; those declare their own (`Workflow.example`)."""
