"""`videogen-mcp sandbox`: the command videogen-sandbox, with the state directory of this server as the default."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from videogen_mcp.commands import PROGRAM, WRONG_USE, complain
from videogen_mcp.settings import Settings


def describe(parser: ArgumentParser) -> None:
    """Nothing is described here: videogen-sandbox reads what follows, `--help` too."""


def run(asked: Namespace, environment: Mapping[str, str]) -> int:
    """Hand over to videogen-sandbox and return its exit code."""
    from videogen_sandbox import cli

    settings = Settings.from_environment(environment)
    unusable = [str(problem) for problem in settings.problems if problem.variable == "VIDEOGEN_MCP_STATE_DIR"]
    if unusable:
        return complain(unusable[0], WRONG_USE)
    return cli.main(
        ["--state-dir", str(settings.state_dir), *asked.arguments],
        program=f"{PROGRAM} sandbox",
        how_to_install=_how_to_install,
    )


def _how_to_install() -> str:
    from videogen_mcp.installation import this_installation

    return f"Install it with: {this_installation().adding('sandbox')}"
