"""What an empty gallery says: how something gets into it, by an agent or by a program."""

from __future__ import annotations

from videogen_sandbox.pages.html import Html, join, tag
from videogen_sandbox.pages.views import Place

FOR_AGENTS = (
    "Make a picture of a lighthouse at dusk.",
    "Cut the lighthouse out and make a clip of five seconds of it.",
    "Make a narrated video about the tides: 20 seconds, portrait, with captions and calm piano.",
)
"""What a user of an agent may say."""

KEY = "VIDEOGEN_API_KEY"


def welcome(place: Place) -> Html:
    """Return how to begin. The way in which this sandbox was started comes first."""
    return tag("div", tag("h2", "Nothing was made yet"), _ways(place), class_="welcome")


def folded(place: Place) -> Html:
    """Return the same for below a gallery that has something."""
    return tag("details", tag("summary", tag("h2", "Make more")), _ways(place), id="more", class_="welcome")


def curl_line(base_url: str) -> str:
    """Return a command that has a picture made. The key comes from the environment."""
    return (
        f"curl {base_url}/v1/tools/generate-image \\\n"
        f'  -H "Authorization: Bearer ${KEY}" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        '  -d \'{"prompt": "a lighthouse at dusk"}\''
    )


def sdk_lines(base_url: str) -> str:
    """Return a program that has a picture made with VideoGen's SDK, which takes the key from the environment too."""
    return (
        "from videogen import VideoGen\n\n"
        f'with VideoGen(base_url="{base_url}") as client:\n'
        "    client.tools.generate_image_and_wait(\n"
        '        prompt="a lighthouse at dusk"\n'
        "    )"
    )


def _ways(place: Place) -> Html:
    ways = [_agent(), _program(place)] if place.started_by == "client" else [_program(place), _agent(place)]
    return tag("div", ways, class_="beginnings")


def _agent(elsewhere: Place | None = None) -> Html:
    examples = [tag("li", tag("q", words), copy_button(words)) for words in FOR_AGENTS]
    settings = None
    if elsewhere:
        lines = f"VIDEOGEN_BASE_URL={elsewhere.base_url}\n{KEY}=the key"
        settings = join(tag("p", "Start the MCP server with these settings:"), _code(lines))
    return tag(
        "section",
        tag("h3", "With an agent"),
        settings,
        tag("p", "Say to it, for example:"),
        tag("ul", examples, class_="sayings"),
        class_="way",
    )


def _program(place: Place) -> Html:
    where = (
        "The command printed it, behind the address."
        if place.started_by == "command"
        else "The client that started this sandbox has it; the command videogen-sandbox starts one and prints its key."
    )
    return tag(
        "section",
        tag("h3", "With a program"),
        tag("p", "The base URL is ", tag("code", place.base_url), ".", copy_button(place.base_url)),
        tag("p", f"${KEY} is the key. {where}"),
        _code(curl_line(place.base_url)),
        _code(sdk_lines(place.base_url)),
        class_="way",
    )


def _code(text: str) -> Html:
    return tag("div", tag("pre", tag("code", text), tabindex=0), copy_button(text), class_="code")


def copy_button(text: str, words: str = "Copy") -> Html:
    """Return a button that copies a text. It is hidden where no script can make it work."""
    label = None if words != "Copy" else f"Copy: {text.splitlines()[0][:60]}"
    return tag("button", words, type="button", class_="copy", data_copy=text, aria_label=label, hidden=True)
