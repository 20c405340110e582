"""What the assistant answers. Pure: a message and what is known of its project in, a reply out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from videogen_sandbox.assistant.edits import Edit, understood
from videogen_sandbox.assistant.text import script_about, subject_of

ABOUT = "I am the sandbox's assistant: a few rules that look for words, not a language model."

ABILITIES = (
    "On a project I understand edits in words: captions on or off, another format such as 9:16, calm music or none, "
    "zoom, transitions, pauses cut out, another narrator, pictures in another style. In a new chat, tell me what the "
    "video is about, or give me the sentences to be spoken."
)

CANNOT = (
    (r"\btranslat", "I cannot translate: the sandbox's voice speaks English only."),
    (r"\blogo\b", "A logo needs a picture: use the edit SET_LOGO with its file id."),
    (r"\b(?:export|download|render)\b", "Exporting is an operation of its own: POST /v1/projects/{projectId}/export."),
)
"""Words that ask for what it cannot do here, and where to turn."""

VIDEO_CREDITS = 50
"""What a video is said to cost: a figure for rehearsing an approval. The sandbox bills nothing."""

_BILLS_NOTHING = "The credits shown are an example; the sandbox bills nothing."
_QUOTED = re.compile(r"[\"“]([^\"”]{10,})[\"”]")
_SENTENCES = re.compile(r"[.!?](?:\s|$)")


@dataclass(frozen=True)
class Reply:
    """What is said; the edits that are offered, or the script of a video that is offered or (`start`) begun at once."""

    content: str
    edits: Sequence[Edit] = ()
    script: str | None = None
    start: bool = False


def answer(text: str, *, has_video: bool, auto_generate: bool = False) -> Reply:
    """Return the reply to a user's message. `has_video` is whether the project of the chat was built."""
    if not has_video and (auto_generate or _is_about_a_video(text)):
        script, words = _script(text)
        if auto_generate:
            return Reply(f"{ABOUT} I start a video from {words}.", script=script, start=True)
        content = f"I can make a video from {words}. Approve to start it. {_BILLS_NOTHING}"
        return Reply(content, script=script)
    cannot = [advice for words, advice in CANNOT if re.search(words, text, re.IGNORECASE)]
    edits = understood(text) if has_video else []
    if edits:
        listed = ", ".join(edit.words for edit in edits)
        content = " ".join([f"I understood: {listed}. Approve to apply it. {_BILLS_NOTHING}", *cannot])
        return Reply(content, edits=edits)
    if cannot:
        return Reply(" ".join(cannot))
    return Reply(f"{ABOUT} {ABILITIES}")


def _is_about_a_video(text: str) -> bool:
    return bool(re.search(r"\b(?:video|film|clip|explainer|about)\b", text, re.IGNORECASE) or len(_sentences(text)) > 1)


def _script(text: str) -> tuple[str, str]:
    """What is to be spoken, and where it is from: quoted words, the sentences given, or plain ones on the subject."""
    if match := _QUOTED.search(text):
        return match[1], "the words in quotation marks"
    if len(_sentences(text)) > 1:
        return text, "your sentences"
    subject = subject_of(text)
    return " ".join(script_about(subject)), f"three plain sentences about {subject[:120]}"


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCES.split(text) if part.strip()]
