"""Why there is no sandbox."""

from __future__ import annotations


class SandboxUnavailable(Exception):
    """No sandbox runs and none can be started or stopped. The message says why and what to do."""


class ExtraMissing(SandboxUnavailable):
    """Libraries that the sandbox needs are not installed. How they are installed here, the caller has to say."""


class StateDirUnusable(SandboxUnavailable):
    """This state directory cannot have a sandbox here; another directory can."""
