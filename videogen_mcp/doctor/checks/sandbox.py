"""The sandbox of this machine: what it is made of, and whether one runs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from videogen_mcp import __version__, local_sandbox
from videogen_mcp.doctor.context import Context
from videogen_mcp.doctor.findings import Finding, error, ok, skipped, warning
from videogen_mcp.doctor.threads import in_thread

ENGINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pictures", ("numpy", "PIL", "pi_heif", "resvg_py", "vtracer")),
    ("films", ("av",)),
    ("speech and cut-outs", ("onnxruntime", "hibari")),
    ("slides", ("pypdfium2", "pptx")),
    ("upscaling of drawings", ("pyanime4k",)),
    ("serving", ("starlette", "uvicorn")),
)
"""What the sandbox makes, and the modules of the extra that it needs for that."""

NOT_EVERYWHERE = frozenset({"pyanime4k"})
"""Modules that there are not for every platform (pyproject.toml), and without which another way is taken."""


async def sandbox(context: Context) -> list[Finding]:
    """Return whether there is a sandbox, which engines are missing, and which one runs. None is started."""
    if context.settings.hosted:
        return [skipped("A server for many has none.")]
    return await in_thread(lambda: list(_sandbox(context)))


def _sandbox(context: Context) -> Iterator[Finding]:
    missing = local_sandbox.missing_modules()
    install = f"Type: `{context.installation.adding('sandbox')}`"
    if missing:
        without = f"The sandbox is not installed (missing: {', '.join(missing)})."
        if context.settings.uses_sandbox:
            yield error(f"{without} Without a key nothing can be made.", f"{install}; or set VIDEOGEN_API_KEY.")
        else:
            yield skipped(f"{without} It is not needed: calls go to VideoGen.")
        return
    incomplete = {
        what: absent
        for what, modules in ENGINES
        if (absent := [one for one in modules if one not in NOT_EVERYWHERE and find_spec(one) is None])
    }
    if incomplete:
        listed = "; ".join(f"{what} (missing: {', '.join(absent)})" for what, absent in incomplete.items())
        yield warning(f"It is installed without what it needs for {listed}.", install)
    running = local_sandbox.running(context.settings.state_dir)
    engines = f"makes {', '.join(what for what, _ in ENGINES if what not in (*incomplete, 'serving'))}"
    if running is None:
        starts = "the first call starts one" if context.settings.uses_sandbox else "calls go to VideoGen"
        yield ok(f"It is installed and {engines}. None runs now; {starts}.")
    else:
        address, version = running
        other = "" if version == __version__ else ", and is replaced with the next call if it is older"
        yield ok(f"Version {version} runs at {address} and {engines}{other}.")
