"""The responses of the API as JSON objects, in the shape of either era. Pure: rows in, dictionaries out."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from videogen_sandbox.catalogue import Presenter, Voice
from videogen_sandbox.config import Dialect
from videogen_sandbox.contract.errors import error_body
from videogen_sandbox.contract.names import portrait_id, presenter_id, voice_id
from videogen_sandbox.contract.signed_links import Links, file_name
from videogen_sandbox.contract.validation import Json
from videogen_sandbox.directives import DELAY_SHARE, rehearsal
from videogen_sandbox.storage.executions import Execution
from videogen_sandbox.storage.files import File, Rendition

STREAMED = ("VIDEO", "AUDIO")
"""File types with HLS and a playback id."""

SEED_TYPES = ("IMAGE", "VIDEO", "AUDIO")
"""File types that the seed era knows."""

ALMOST = 99.0
"""Percent. An execution that has not succeeded never shows more."""


class Wire:
    """Makes the JSON objects of one dialect."""

    def __init__(self, dialect: Dialect, links: Links) -> None:
        self.dialect = dialect
        self._today = dialect == "v2"
        self._links = links

    def file(self, file: File, now: float, *, analysis: bool = True) -> Json:
        """Return FileInfo. Sources have URLs until the file's signatures expire, after that they are pending."""
        sources = {name: self._source(file, name, now) for name in ("thumbnail", "preview", "download", "hls")}
        info: Json = {
            "fileId": file.id,
            "type": file.type if self._today or file.type in SEED_TYPES else None,
            "scope": file.scope if self._today or file.scope != "ENTITY" else "GLOBAL",
            "displayName": file.display_name,
            "description": file.description,
            "durationSeconds": file.duration,
            "transcript": _transcript(file) if self._today else file.transcript,
            "thumbnailSource": sources["thumbnail"],
            "previewSource": sources["preview"],
            "downloadSource": sources["download"],
            "hlsSource": sources["hls"],
            "isPublicPreviewEnabled": file.public,
            "publicHlsUrl": self._public_hls(file),
            "publicPlaybackId": _playback_id(file) if file.public and "hls" in file.renditions else None,
            **file.made,
        }
        if file.execution_id and file.tool_type:
            info |= {"sourceToolType": file.tool_type, "sourceToolExecutionId": file.execution_id}
        if file.error:
            info["uploadError"] = dict(file.error)
        if self._today:
            info |= {"transcriptText": file.transcript, "staticPublicPreviewSource": self._static_preview(file)}
            for name in ("download", "thumbnail"):
                source = sources[name] or {}
                info[f"{name}Url"] = source.get("url")
                info[f"{name}UrlExpiresAt"] = source.get("expiresAt")
            if analysis:
                info["fileAnalysisMetadata"] = _analysis(file)
        return info

    def execution(self, execution: Execution, files: Sequence[File], now: float) -> Json:
        """Return ExecutedTool. `files` are its results, in order."""
        status, percent, attempt = standing(execution, now)
        succeeded = execution.status == "succeeded"
        info: Json = {
            "toolExecutionId": execution.id,
            "status": status,
            "toolType": execution.tool_type,
        }
        results = [self._result(file, now) for file in files] if succeeded else []
        error = None
        if execution.error and execution.status == "failed":
            error = error_body(self.dialect, execution.error["message"], execution.error["code"])
        if self._today:
            return info | {
                "progressPercentage": percent,
                "attemptIndex": attempt,
                "results": results,
                "error": error,
            }
        if succeeded:
            info["results"] = results
        if error:
            info["error"] = error
        return info

    def _result(self, file: File, now: float) -> Json:
        info = self.file(file, now, analysis=False)
        result: Json = {"fileId": file.id, "type": file.type, "file": info}
        if self._today:
            for name in ("downloadUrl", "downloadUrlExpiresAt", "thumbnailUrl", "thumbnailUrlExpiresAt"):
                result[name] = info[name]
        return result

    def voice(self, voice: Voice) -> Json:
        """Return TtsVoice."""
        return {
            "voiceId": voice_id(voice.slug),
            "languageCode": voice.language,
            "displayName": voice.name,
            "displayGender": voice.gender,
            "accent": voice.accent,
            "description": voice.description,
            "supportsDirectToolExecution": True,
            "supportsAllLanguages": False,
            "isDeprecated": False,
        }

    def presenter(self, presenter: Presenter) -> Json:
        """Return AvatarPresenter of the seed era, with name and description added."""
        return {
            "avatarPresenterId": presenter_id(presenter.slug, "v0"),
            "displayableGender": presenter.gender,
            **self._pictures(presenter),
            "name": presenter.name,
            "description": presenter.description,
        }

    def actor(self, presenter: Presenter, created_at: float) -> Json:
        """Return Entity of type ACTOR, with gender and pictures added. `created_at` in Unix seconds."""
        return {
            "entityId": presenter_id(presenter.slug, "v2"),
            "entityType": "ACTOR",
            "name": presenter.name,
            "description": presenter.description,
            "actorConfig": {"voiceDisplayName": None, "hasVoice": False, "hasAvatarPresenter": True},
            "references": [{"fileId": portrait_id(presenter.slug), "description": "Portrait", "isDefault": True}],
            "createdAt": int(created_at),
            "updatedAt": int(created_at),
            "isBuiltIn": True,
            "displayGender": presenter.gender,
            **self._pictures(presenter),
        }

    def _pictures(self, presenter: Presenter) -> Json:
        return {
            "imageUrl": self._links.presenter(presenter.slug, "portrait.png"),
            "thumbnailUrl": self._links.presenter(presenter.slug, "thumbnail.png"),
            "previewVideoUrl": self._links.presenter(presenter.slug, "preview.mp4"),
        }

    def _source(self, file: File, name: str, now: float) -> Json | None:
        if file.archived:
            return None
        rendition = file.renditions.get(name)
        if file.state in ("awaiting", "processing"):
            return _source("pending")
        if file.state == "failed":
            return _source("failed" if name == "download" else "skipped")
        if rendition is None:
            return _source("skipped")
        if file.signed_until is None or file.signed_until <= now:
            return _source("pending", rendition)
        url = self._links.media(file.id, name, _url_name(file, name, rendition), file.signed_until)
        return _source("ready", rendition, url, file.signed_until)

    def _static_preview(self, file: File) -> Json | None:
        rendition = file.renditions.get("flat") or file.renditions.get("download")
        if not file.public or rendition is None:
            return None
        name = "flat" if "flat" in file.renditions else "download"
        return _source("ready", rendition, self._links.public(file.id, name, _url_name(file, name, rendition)))

    def _public_hls(self, file: File) -> str | None:
        rendition = file.renditions.get("hls")
        if not file.public or rendition is None:
            return None
        return self._links.public(file.id, "hls", PurePosixPath(rendition.path).name)


def standing(execution: Execution, now: float) -> tuple[str, float, int]:
    """Return status, percentage (0 to 100) and attempt (from 0) of an execution, its directives included. Pure."""
    directives = execution.directives
    acted = rehearsal(directives, (execution.finished_at or now) - execution.created_at)
    attempt = acted.attempt + execution.attempt
    if execution.status == "succeeded":
        return "succeeded", 100.0, attempt
    base = DELAY_SHARE if directives.delay else 0.0
    done = base + (1 - base) * execution.progress if execution.status == "running" else acted.done
    percent = round(min(100 * done, ALMOST), 1)
    if execution.status != "pending":
        return execution.status, percent, attempt
    rehearsing = not acted.over or bool(directives.delay)
    return ("running" if rehearsing else "pending"), percent, attempt


def _transcript(file: File) -> Json | None:
    return {"languageCode": file.language, "words": list(file.words)} if file.words else None


def page(name: str, items: list[Json], next_cursor: str | None) -> Json:
    """Return a page of today's lists."""
    return {name: items, "hasMore": next_cursor is not None, "nextCursor": next_cursor}


def _source(
    status: str, rendition: Rendition | None = None, url: str | None = None, expires: int | None = None
) -> Json:
    return {
        "status": status,
        "url": url,
        "expiresAt": expires,
        "width": rendition.width if rendition else None,
        "height": rendition.height if rendition else None,
        "fileBytes": rendition.bytes if rendition else None,
    }


def _url_name(file: File, name: str, rendition: Rendition) -> str:
    """The last part of a URL. HLS playlists keep their own name, to which their segments are relative."""
    path = PurePosixPath(rendition.path)
    return path.name if name == "hls" else file_name(file.display_name, path.suffix)


def _playback_id(file: File) -> str:
    raw = base64.urlsafe_b64encode(file.id.removeprefix("vg_file_").encode()).rstrip(b"=").decode()
    return f"vg_play_{raw}"


def _analysis(file: File) -> Mapping[str, Any]:
    state = {"ready": "FULFILLED", "failed": "REJECTED", "processing": "LOADING"}.get(file.state, "UNATTEMPTED")
    if file.scope == "TEMPORARY" and file.state == "ready":
        state = "UNATTEMPTED"
    analysis: Json = {
        "analysisLoadingState": state,
        "analysisProgressPercentage": 100 if state == "FULFILLED" else 0,
    }
    if state in ("LOADING", "UNATTEMPTED"):
        analysis["analysisAttemptIndex"] = 0
    return analysis
