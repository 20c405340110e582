"""The libraries that a sandbox needs, which are optional dependencies of the distribution."""

from __future__ import annotations

import importlib.util

from videogen_sandbox.process.errors import ExtraMissing

MODULES = ("av", "numpy", "PIL", "pi_heif", "vtracer", "resvg_py", "onnxruntime", "hibari", "starlette", "uvicorn")
"""What makes the media (the extra `sandbox`) and what serves them."""


def require_extra() -> None:
    """Raise ExtraMissing with the names of the modules that are missing, if there are any.

    Finds the modules without importing them.
    """
    missing = [module for module in MODULES if importlib.util.find_spec(module) is None]
    if missing:
        raise ExtraMissing(
            f"The sandbox, which makes media without an account, is not installed (missing: {', '.join(missing)})."
        )
