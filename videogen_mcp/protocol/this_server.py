"""What holds for this server and may be different for another one: the page that the skills refer to."""

from __future__ import annotations

from collections.abc import Mapping

from videogen_mcp.calls import hosts
from videogen_mcp.calls.call import Caller
from videogen_mcp.calls.timing import BEAT
from videogen_mcp.calls.upstream import SANDBOX
from videogen_mcp.media.paths import AllowedPaths
from videogen_mcp.settings import Settings

URI = "videogen://server"


def this_server(settings: Settings, caller: Caller, missing: Mapping[str, str | None], *, local_files: bool) -> str:
    """Return the page as Markdown.

    `missing` are the tools that are not offered, each with the toolset that would have to be on; None: none would
    help, and nothing is said of them. `local_files`: whether paths of this machine are taken.
    """
    today = settings.dialect != "v0"
    takes = ["a file id", *(["an https: URL"] if today else []), *(["a local path"] if local_files else [])]
    facts = [
        "Everything is made by the sandbox on this machine, by small stand-ins for VideoGen's models: nothing is"
        " billed, nothing leaves the machine."
        if caller.account == SANDBOX
        else "Everything is made by VideoGen for the user's account, and paid.",
        *([] if today else ["VideoGen's API is that of SDK 0.0.38 (VIDEOGEN_API_DIALECT), which offers fewer tools."]),
        f"Media arguments take {' or '.join(takes)}.",
        *(_folders(settings) if local_files else []),
        f"A call that makes something waits {_wait(settings, caller)}, with a progress message at least every"
        f" {BEAT:.0f} seconds.",
        "A call that the client cancels "
        + (
            "ends its execution too (VIDEOGEN_MCP_ON_CANCEL)."
            if settings.on_cancel == "cancel"
            else "leaves its execution running."
        ),
        *(
            []
            if settings.journal
            else ["No journal is kept (VIDEOGEN_MCP_JOURNAL): what was started is known until this process ends."]
        ),
        *(
            [
                f"{settings.owner.capitalize()} allows {settings.max_executions} executions in any hour"
                " (VIDEOGEN_MCP_MAX_EXECUTIONS)."
            ]
            if settings.max_executions is not None
            else []
        ),
        *(_shared(settings) if caller.account.subject is not None else []),
        *_not_offered(missing, settings.owner),
    ]
    return "\n".join(["# This server", "", *(f"- {fact}" for fact in facts), ""])


def _shared(settings: Settings) -> list[str]:
    """What people are told who spend a key that is not theirs alone."""
    facts = ["Others spend the same key: they see what you make, and you what they make."]
    if (limit := settings.subject_executions) is not None:
        facts.append(f"You may start {limit} executions in any hour (VIDEOGEN_MCP_SUBJECT_EXECUTIONS).")
    return facts


def _folders(settings: Settings) -> list[str]:
    """Where files of this machine may be, and where results go."""
    allowed = AllowedPaths.of(settings)
    offered = ", and the folders that the client offers (MCP roots)" if allowed.open_to_offers else ""
    outputs = " or ".join(map(str, settings.output_dirs))
    return [
        f"Readable and writable: {', '.join(map(str, allowed.shown))}{offered}. Hidden folders, keys and devices never"
        " are. VIDEOGEN_MCP_ALLOWED_DIRS changes that.",
        f"A relative `save_to` begins at {outputs}"
        + ("; every result is saved there (VIDEOGEN_MCP_SAVE)." if settings.save else "."),
    ]


def _wait(settings: Settings, caller: Caller) -> str:
    budget = hosts.wait_budget(caller.client, settings.wait, transport=caller.transport)
    if settings.wait is not None:
        return f"{hosts.seconds_text(budget)} (VIDEOGEN_MCP_WAIT)"
    shorter = ", or less where your host was seen to cut calls sooner"
    return f"{hosts.seconds_text(budget)} (your host: {hosts.host(caller.client).source}){shorter}"


def _not_offered(missing: Mapping[str, str | None], owner: str) -> list[str]:
    """The tools that could be switched on, by their toolset."""
    toolsets: dict[str, list[str]] = {}
    for tool, toolset in missing.items():
        if toolset is not None:
            toolsets.setdefault(toolset, []).append(f"`{tool}`")
    return [
        f"Not offered: {', '.join(tools)}, of the toolset {toolset}. {owner.capitalize()} can add it to"
        " VIDEOGEN_MCP_TOOLSETS."
        for toolset, tools in toolsets.items()
    ]
