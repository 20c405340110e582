"""`videogen-mcp doctor`: what works here, and what to do about what does not."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping


def describe(parser: ArgumentParser) -> None:
    """Give the parser its arguments and the text of its help."""
    parser.description = (
        "Looks at Python, settings, key, network, API, clock, limits, folders, journal,\n"
        "sandbox and the configuration of your programs, and says of each what to do.\n"
        "Nothing is changed or spent, and no key is shown."
    )
    parser.epilog = (
        "example:\n  videogen-mcp doctor --json | python3 -m json.tool\n\n"
        "exit code: 0 when everything works, with a key or without; 1 when something does not"
    )
    parser.add_argument(
        "--json", action="store_true", help="print {ok, version, checks: [{name, status, message, remedy}]}"
    )


def run(asked: Namespace, environment: Mapping[str, str]) -> int:
    """Look at everything and print what was found; 1 where something does not work."""
    from videogen_mcp.doctor import doctor

    return doctor.main(environment, as_json=asked.json)
