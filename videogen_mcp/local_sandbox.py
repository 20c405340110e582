"""The sandbox of this machine: the one place where the server knows of the package `videogen_sandbox`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from videogen_mcp.api.errors import BadSetting
from videogen_mcp.calls.messages import Refusal
from videogen_mcp.installation import this_installation

if TYPE_CHECKING:
    from videogen_sandbox.process.launcher import Address

_NEXT_STEP = "Set VIDEOGEN_API_KEY in the host's configuration of this server to use VideoGen itself"


async def find_or_start(state_dir: Path, *, dialect: Literal["v0", "v2"]) -> Address:
    """Return base URL and key of the sandbox of a state directory, started if none runs there.

    Raise BadSetting when the state directory cannot be used, else Refusal ("sandbox_unavailable") that says why there
    is none and what to do.
    """
    from videogen_sandbox.process import errors, launcher

    try:
        return await launcher.find_or_start(state_dir, dialect=dialect)
    except errors.StateDirUnusable as error:
        remedy = "Set VIDEOGEN_MCP_STATE_DIR to a folder on this machine that the user of this server may write"
        raise BadSetting(f"{error} {remedy}") from None
    except errors.ExtraMissing as error:
        message = f"{error} Install it with: `{this_installation().adding('sandbox')}`"
        raise Refusal("sandbox_unavailable", message, _NEXT_STEP) from None
    except errors.SandboxUnavailable as error:
        raise Refusal("sandbox_unavailable", str(error), _NEXT_STEP) from None


def missing_modules() -> list[str]:
    """Return the modules that the sandbox needs and that are not installed. Nothing is imported."""
    from videogen_sandbox.process import requirements

    return [module for module in requirements.MODULES if find_spec(module) is None]


def running(state_dir: Path) -> tuple[str, str] | None:
    """Return base URL and version of the sandbox of a state directory that answers, None where there is none. None is
    started; waits some seconds for one that hangs."""
    from videogen_sandbox.process import launcher

    found = launcher.find(state_dir)
    return None if found is None else (found.base_url, found.version)


def reader_command() -> tuple[str, ...] | None:
    """Return the command that reads a media file and makes a small picture of it (`videogen_sandbox.look`).

    None where what it needs, the extra `look`, is not installed. Nothing is imported.
    """
    needed = ("videogen_sandbox", "av", "PIL", "pi_heif")
    if any(find_spec(module) is None for module in needed):
        return None
    return (sys.executable, "-m", "videogen_sandbox.look")
