"""Who speaks where a request names nobody and the service does not choose: today's API wants a voice or a presenter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from videogen_mcp.api.dialects import GENERATE_AVATAR, TEXT_TO_SPEECH, Dialect
from videogen_mcp.api.errors import BadRequest

if TYPE_CHECKING:
    from videogen_mcp.api.client import VideoGen
    from videogen_mcp.api.models import Presenter, Voice


@dataclass
class DefaultSpeakers:
    """The voices and presenters of an account to choose from: each list is asked for once, when it is needed."""

    voices: list[Voice] | None = None
    presenters: list[Presenter] | None = None

    async def choose(
        self, client: VideoGen, path: str, payload: Mapping[str, Any], dialect: Dialect, within: float
    ) -> Mapping[str, str]:
        """Return the field that names a speaker for a request to `path`; none where it names one, or needs none.

        Raise BadRequest where there is nobody to choose, and what the lists raise.
        """
        if path == TEXT_TO_SPEECH and payload.get("voiceId") is None and not dialect.chooses_voice:
            if self.voices is None:
                found = await client.voices(within=within)
                self.voices = [v for v in found if v.supports_direct_tool_execution and not v.is_deprecated]
            voice = choose_voice(self.voices, payload.get("speechLanguageCode"))
            if voice is None:
                raise BadRequest(
                    '"voiceId" must be named: the account has no voice that can be used directly', status=400
                )
            return {"voiceId": voice.voice_id}
        if path == GENERATE_AVATAR and payload.get("actorEntityId") is None:
            if self.presenters is None:
                found_presenters = await client.presenters(within=within)
                self.presenters = [one for one in found_presenters if one.has_avatar_presenter]
            presenter = choose_presenter(self.presenters)
            if presenter is None:
                raise BadRequest('"actorEntityId" must be named: the account has no presenter with a face', status=400)
            return {"actorEntityId": presenter.presenter_id}
        return {}

    def chosen(self, path: str, payload: Mapping[str, Any]) -> Voice | Presenter | None:
        """Return who was chosen for a request that was sent and names nobody; None where the service chooses."""
        if path == TEXT_TO_SPEECH and payload.get("voiceId") is None:
            return choose_voice(self.voices or [], payload.get("speechLanguageCode"))
        if path == GENERATE_AVATAR and payload.get("actorEntityId") is None:
            return choose_presenter(self.presenters or [])
        return None


def choose_voice(voices: list[Voice], language: object) -> Voice | None:
    """Return the first voice of `language` ("en" fits "en-US"), else the first that speaks any, else the first; None
    when there are no voices."""
    if isinstance(language, str) and language:
        primary = language.split("-")[0].lower()
        for voice in voices:
            if (voice.language_code or "").split("-")[0].lower() == primary:
                return voice
        for voice in voices:
            if voice.supports_all_languages:
                return voice
    return voices[0] if voices else None


def choose_presenter(presenters: list[Presenter]) -> Presenter | None:
    """Return the first of VideoGen's own, else the first; None when there are none. Nobody's own face is taken unasked
    where there is another."""
    return next((one for one in presenters if one.is_built_in is not False), presenters[0] if presenters else None)
