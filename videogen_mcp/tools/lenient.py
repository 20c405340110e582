"""Arguments as models and hosts send them, in the form that the argument models check. One step for every tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videogen_mcp.workflows.spellings import BY_ITSELF, NOTHING, SHORT, bare, number, switch, unfolded

HOST_ARGUMENTS: Mapping[str, str] = {
    "toolCallId": "n8n, AI Agent (n8n-io/n8n#21500, #21716)",
    "sessionId": "n8n, AI Agent (mpeirone/zabbix-mcp-server#27)",
    "chatInput": "n8n, AI Agent (hald/things-mcp#30)",
    "action": "n8n, AI Agent (mpeirone/zabbix-mcp-server#27)",
    "tool": "n8n, AI Agent (n8n-io/n8n#21500)",
    "wait_for_previous": "Gemini CLI (google-gemini/gemini-cli#27403, MemPalace/mempalace#816)",
    "random_string": 'Cursor ("Dummy parameter for no-parameter tools")',
    "_placeholder": "Vercel AI SDK in opencode (anomalyco/opencode#15078)",
}
"""What known hosts add to the arguments of every tool, and where that is reported. The model did not send it and cannot
leave it out, so it is dropped wherever a tool has no argument of that name."""


def lenient(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as they are meant, as far as `schema` tells: that of all the tool takes
    (`workflows.schema.accepted`).

    What says nothing is left out, JSON text becomes lists, text becomes numbers and booleans; what hosts add is
    dropped; entries of lists that are objects are read in the same way. Spellings of single arguments (ids, paths,
    ratios, languages) are their types' own. Raises nothing: what cannot be understood stays as it was sent.
    """
    known: Mapping[str, Mapping[str, Any]] = schema["properties"]
    required = schema.get("required", ())
    meant: dict[str, Any] = {}
    for name, sent in arguments.items():
        if name not in known:
            if name not in HOST_ARGUMENTS:
                meant[name] = sent
            continue
        value = _read(sent, name, known[name])
        if value is None or (name not in required and _says_nothing(value, known[name])):
            continue
        meant[name] = value
    return meant


def _read(value: Any, name: str, schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return number(value, seconds=name.endswith("seconds"))
    if kind == "boolean":
        return switch(value)
    if kind == "array":
        value = unfolded(value) if isinstance(value, str) else value
        if isinstance(value, Mapping) and value.keys() & schema.get("items", {}).get("properties", {}).keys():
            value = [value]
        return _entries(value, schema) if isinstance(value, list) else value
    return value


def _entries(values: list[Any], schema: Mapping[str, Any]) -> list[Any]:
    """Return the entries of a list that say something, those that are objects as they are meant."""
    entries: Mapping[str, Any] = schema.get("items", {})
    if "properties" in entries:
        values = [lenient(one, entries) if isinstance(one, Mapping) else one for one in values]
    if "" in schema.get("blanks", ()):
        return ["" if _is_word(one, NOTHING) else one for one in values]
    return [one for one in values if not _is_word(one, NOTHING)]


def _says_nothing(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether an optional argument was filled in only because it is there."""
    if isinstance(value, list | dict):
        return not value
    words = NOTHING
    if schema.get("type") in ("integer", "number", "boolean"):
        words = NOTHING | BY_ITSELF
    elif "enum" in schema:
        words = NOTHING | {"default"}
    return _is_word(value, words.difference(schema.get("blanks", ())))


def _is_word(value: Any, words: frozenset[str]) -> bool:
    """Whether a value is null, blank or one of `words`."""
    if value is None:
        return True
    if not isinstance(value, str) or len(value) > SHORT:
        return isinstance(value, str) and not value.strip()
    word = bare(value)
    return word in ("", "{}") or word.casefold() in words
