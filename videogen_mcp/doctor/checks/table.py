"""All checks, in the order of the report: what everything else stands on comes first."""

from __future__ import annotations

from videogen_mcp.doctor.checks import configured, hosting, hosts, installed, kept, sandbox, service
from videogen_mcp.doctor.examination import Check

CHECKS: tuple[Check, ...] = (
    Check("python", installed.python),
    Check("installation", installed.installation),
    Check("settings", configured.settings),
    Check("key", configured.key),
    Check("network", service.network),
    Check("api", service.api),
    Check("clock", service.clock),
    Check("limits", service.limits),
    Check("folder", kept.folders),
    Check("journal", kept.journal),
    Check("sandbox", sandbox.sandbox),
    Check("host", hosts.hosts),
    Check("hosting", hosting.hosting),
)
