"""The libraries that a sandbox needs, which are optional dependencies of the distribution."""

from __future__ import annotations

import importlib.util
import sys

from videogen_sandbox.process.errors import SandboxUnavailable

MODULES = ("av", "numpy", "PIL", "pi_heif", "vtracer", "resvg_py", "onnxruntime", "hibari", "starlette", "uvicorn")
"""What makes the media (the extra `sandbox`) and what serves them."""

REQUIREMENT = "videogen-mcp-server[sandbox]"
"""What pip installs to have them all."""


def require_extra() -> None:
    """Raise SandboxUnavailable with the command that installs the missing modules, if there are any.

    Finds the modules without importing them.
    """
    missing = [module for module in MODULES if importlib.util.find_spec(module) is None]
    if missing:
        install = f'pip install "{REQUIREMENT}"'
        with_pip = importlib.util.find_spec("pip") is not None
        command = f'"{sys.executable}" -m {install}' if with_pip else f'uv {install} --python "{sys.executable}"'
        raise SandboxUnavailable(
            f"The sandbox, which makes media without an account, is not installed (missing: {', '.join(missing)}). "
            f"Install it with: {command}."
        )
