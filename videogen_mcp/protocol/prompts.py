"""Prompts for usual tasks: what a person fills in, and the instructions an agent then gets.

They name the exact tools, arguments and order, so that an agent that has never seen VideoGen gets it right. Names of
tools, arguments and fields stand in backticks; what the person wrote stands between lines that say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from mcp import MCPError
from mcp_types import INVALID_PARAMS, GetPromptResult, Prompt, PromptArgument, PromptMessage, TextContent

from videogen_mcp.settings import DEFAULT_TOOLSETS, Dialect, Toolset
from videogen_mcp.workflows.audio import TEXT_CHARACTERS

USUAL_SET = 4
"""Pictures of a set when no number is given: enough to choose from or to fill a post."""

LARGEST_SET = 12
"""Each is paid; more are better asked for after seeing the first dozen."""

LONGEST_FIELD = 20_000
"""Characters of one argument: a long script, not a whole archive."""

GOING_ON = """\
Whenever an answer's `status` is "running", call `wait_for_execution` with its `execution_id` until it has ended; do \
not make the same request again. If something fails, tell me what the message says before you try what costs again."""

SHOW_RESULT = "Show me the `page_url` (or the `preview_url`, which expires) and the `file_id`"

Given = Mapping[str, str]


@dataclass(frozen=True)
class Recipe:
    """One prompt: its name, its arguments and how the instructions are written."""

    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...]
    write: Callable[[Given], str]
    toolsets: frozenset[Toolset] = frozenset({"workflows", "executions"})
    """Those of the tools that it takes."""

    @property
    def needs_today(self) -> bool:
        """Whether only today's API has what it takes."""
        return "videos" in self.toolsets

    def listed(self) -> Prompt:
        """As clients see it."""
        return Prompt(name=self.name, title=self.title, description=self.description, arguments=list(self.arguments))

    def filled(self, given: Mapping[str, str] | None) -> GetPromptResult:
        """The instructions. Raises MCPError when something is missing, unknown or too long; blank means not given."""
        known = [argument.name for argument in self.arguments]
        if unknown := sorted(set(given or {}) - set(known)):
            raise refused(f"{self.name} takes {', '.join(known)}; not {unknown[0][:60]}")
        filled = {name: value.strip() for name, value in (given or {}).items() if value.strip()}
        for argument in self.arguments:
            if argument.required and argument.name not in filled:
                raise refused(f"{self.name} needs {argument.name}: {argument.description}")
        for name, value in filled.items():
            if len(value) > LONGEST_FIELD:
                raise refused(f"{name} takes at most {LONGEST_FIELD} characters")
        message = PromptMessage(role="user", content=TextContent(type="text", text=self.write(filled)))
        return GetPromptResult(description=self.description, messages=[message])


def refused(why: str) -> MCPError:
    """A protocol error: prompts are asked for by programs, which show it to the person who filled them in."""
    return MCPError(code=INVALID_PARAMS, message=why)


def narrated_avatar(given: Given) -> str:
    """Text → speech → a presenter who says it."""
    presenter = (
        f'The presenter is "{given["presenter"]}": an id, or a name whose `presenter_id` `list_presenters` shows.'
        if "presenter" in given
        else "Call `list_presenters` and choose the presenter who suits the text."
    )
    voice = (
        f'The voice is "{given["voice"]}": an id, or a name as `list_voices` shows it.'
        if "voice" in given
        else "Call `list_voices` with the `language` of the text and choose a voice that suits presenter and text."
    )
    return f"""\
Make a clip in which a presenter speaks this text, word for word:

{_quoted(given["text"])}

1. {presenter}
2. {voice}
3. Call `text_to_speech` with the text as `text` and the voice as `voice`. More than {TEXT_CHARACTERS:,} characters \
have to be split at paragraphs, which makes several clips: ask me first.
4. Call `generate_avatar_clip` with `presenter_id`, and as `audio` the `file_id` of the speech.
5. {SHOW_RESULT} of the clip, and say which presenter and voice you took.

This makes two paid executions. {GOING_ON}"""


def product_cutout_video(given: Given) -> str:
    """A photo of a product → cut out → before a new background → moving."""
    background = given.get("background", "a plain, softly lit studio background that suits the product")
    return f"""\
Make a short video of the product in this picture, before a new background.

The picture: {given["image"]}
The background: {background}

1. Call `remove_image_background` with the picture as `image`. Look at the result: if parts of the product are gone, \
tell me before you go on.
2. Call `generate_image` with the `file_id` of the cut-out in `reference_images`, and a `prompt` that puts this very \
product, unchanged in shape, colour and lettering, before the background, with light and shadow that fit.
3. Call `generate_video_clip` with the `file_id` of that picture in `reference_images`, and a `prompt` for one slow, \
steady camera movement in which the product stays whole and in the frame.
4. {SHOW_RESULT} of the clip, and those of the cut-out, which is of use by itself.

Use the same `aspect_ratio` in steps 2 and 3. This makes three paid executions. {GOING_ON}"""


def picture_set(given: Given) -> str:
    """Several pictures that belong together."""
    count = _count(given.get("count"))
    style = (
        f"All of them in this style: {given['style']}."
        if "style" in given
        else "Choose one style for all of them and tell me which."
    )
    return f"""\
Make a set of {count} pictures that belong together, about:

{_quoted(given["subject"])}

{style}

1. Write {count} prompts: each with its own motif or moment, all with the same sentence about style, light and colours.
2. Call `generate_image` once for each prompt with the same `aspect_ratio` (`count` would make variations of a single \
prompt); the calls may run at the same time.
3. Compare the results. If one does not belong, say so and offer to make it again; do not do it unasked.
4. {SHOW_RESULT} of each, with its motif in a few words.

This makes {count} paid executions. {GOING_ON}"""


def explainer_video(given: Given) -> str:
    """A script, or a topic → a finished narrated video."""
    text = given["script_or_topic"]
    shape = given.get("aspect_ratio", "16:9")
    style = (
        f'The `style` is "{given["style"]}".' if "style" in given else "Choose one `style` in words and tell me which."
    )
    return f"""\
Make a finished, narrated explainer video.

{_quoted(text)}

1. If this is a topic and not a script, write the script: plain sentences to be spoken, about 150 words for a minute, \
one thought and one picture to each. Show it to me and wait for my yes before you go on. A script is taken as it is.
2. {style} If something must be shown or avoided, write it into `notes`, never into `script`.
3. Call `script_to_video` once, with `script`, `style`, `aspect_ratio` "{shape}", `captions` "on", and a fitting mood \
as `music`. It speaks, draws, cuts and exports by itself.
4. {SHOW_RESULT} of the video, with `project_id`: changes are made with `edit_project`, which keeps what was paid for.

This makes one paid execution of several minutes. {GOING_ON}"""


def series_with_one_character(given: Given) -> str:
    """A character made once → several videos with it."""
    return f"""\
Make a series of short videos in which the same character appears.

The character: {given["character"]}
The videos, one a line:

{_quoted(given["episodes"])}

1. Call `find_entities` and see whether there is this character already. If there is no such tool, tell me that the \
toolset entities has to be switched on (VIDEOGEN_MCP_TOOLSETS=all), and stop.
2. If there is none, call `generate_image` for a clear picture of the character, face to the front, and show it to me. \
After my yes call `create_entity` with `kind` "actor", a `name`, a `description` of what must stay the same, and the \
`file_id` of the picture in `images`.
3. For each video call `storyboard_to_video` with at most 3 `scenes`, the character's `entity_id` in `actors`, who and \
where in each `prompt`, and the same `style` in all videos. Each scene is paid as a clip: make one video first, show \
it to me, and ask before the others.
4. {SHOW_RESULT} of each video, with its `project_id`.

This makes one paid execution for each video and one for the picture. {GOING_ON}"""


def translate_or_reformat(given: Given) -> str:
    """A finished video → the same in another language or shape."""
    kinds = {"language": "translate", "aspect_ratio": "resize"}
    edits = [{"kind": kind, "value": given[name]} for name, kind in kinds.items() if name in given]
    wanted = (
        f"these `edits`: {json.dumps(edits, ensure_ascii=False)}"
        if edits
        else "as `edits` the language (kind translate) or aspect ratio (kind resize) that I want: ask me which"
    )
    return f"""\
Make another version of a finished video, and keep the first one.

The video: {given["video"]}

1. If this is no project id (vg_proj_…), call `find_projects` with its words as `query`. If several fit, ask me.
2. Call `edit_project` with `project_id`, `as_copy` true and {wanted}. It edits a copy, exports it and answers with \
the new file.
3. {SHOW_RESULT} of the new video, and the `project_id` of the copy.

This makes one paid execution. {GOING_ON}"""


PHOTO = "The photo: a file id, or an absolute path"
PHOTO_BY_ID = "The photo: a file id"
"""What `image` of product_cutout_video takes, with and without local files."""

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "narrated_avatar",
        "Presenter speaks a text",
        "A clip of a presenter who speaks your text.",
        (
            PromptArgument(name="text", description="What is to be said, word for word", required=True),
            PromptArgument(name="presenter", description="Presenter's id or name; else a fitting one", required=False),
            PromptArgument(name="voice", description="Voice's id or name; else a fitting one", required=False),
        ),
        narrated_avatar,
        frozenset({"workflows", "catalogue", "executions"}),
    ),
    Recipe(
        "product_cutout_video",
        "Product video from a photo",
        "A product cut out of its photo and set in motion before a new background.",
        (
            PromptArgument(name="image", description=PHOTO, required=True),
            PromptArgument(name="background", description="What to see behind it; else a studio", required=False),
        ),
        product_cutout_video,
    ),
    Recipe(
        "picture_set",
        "Set of pictures",
        "Several pictures in one style that belong together.",
        (
            PromptArgument(name="subject", description="What they are about", required=True),
            PromptArgument(
                name="count", description=f"How many, up to {LARGEST_SET}; else {USUAL_SET}", required=False
            ),
            PromptArgument(name="style", description="How they look; else a fitting style", required=False),
        ),
        picture_set,
    ),
    Recipe(
        "explainer_video",
        "Explainer video",
        "A finished, narrated video from a script or a topic.",
        (
            PromptArgument(name="script_or_topic", description="The script word for word, or a topic", required=True),
            PromptArgument(name="aspect_ratio", description="Like 9:16; else 16:9", required=False),
            PromptArgument(name="style", description="How it looks, in words; else a fitting style", required=False),
        ),
        explainer_video,
        frozenset({"videos", "executions"}),
    ),
    Recipe(
        "series_with_one_character",
        "Series with one character",
        "Several short videos in which the same character appears.",
        (
            PromptArgument(name="character", description="Who it is and how it looks", required=True),
            PromptArgument(name="episodes", description="What happens in each video, one a line", required=True),
        ),
        series_with_one_character,
        frozenset({"workflows", "videos", "executions"}),
    ),
    Recipe(
        "translate_or_reformat",
        "Another language or shape",
        "A finished video again in another language or aspect ratio; the first one stays.",
        (
            PromptArgument(name="video", description="Its project id, or words of its title", required=True),
            PromptArgument(name="language", description="Like es or German", required=False),
            PromptArgument(name="aspect_ratio", description="Like 9:16", required=False),
        ),
        translate_or_reformat,
        frozenset({"videos", "executions"}),
    ),
)


def recipes(
    *, local_files: bool, dialect: Dialect = "auto", toolsets: frozenset[Toolset] = DEFAULT_TOOLSETS
) -> tuple[Recipe, ...]:
    """Return the prompts that one version of the API and the tools of some toolsets can carry out. `local_files`:
    whether paths of this machine are taken."""
    able = [one for one in RECIPES if one.toolsets <= toolsets and (dialect != "v0" or not one.needs_today)]
    return tuple(one if local_files else replace(one, arguments=_by_id(one.arguments)) for one in able)


def recipe(name: str, *, local_files: bool = True) -> Recipe:
    """The prompt of that name; raises MCPError when there is none."""
    for one in recipes(local_files=local_files):
        if one.name == name:
            return one
    raise refused(f"There is no such prompt; there are {', '.join(one.name for one in RECIPES)}")


def _by_id(arguments: Sequence[PromptArgument]) -> tuple[PromptArgument, ...]:
    return tuple(
        one.model_copy(update={"description": PHOTO_BY_ID}) if one.description == PHOTO else one for one in arguments
    )


def _count(text: str | None) -> int:
    if text is None:
        return USUAL_SET
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_SET):
        raise refused(f"count is a whole number from 1 to {LARGEST_SET}")
    return int(text)


def _quoted(text: str) -> str:
    return f"--- begin ---\n{text}\n--- end ---"
