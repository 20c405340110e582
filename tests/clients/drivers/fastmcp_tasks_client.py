"""FastMCP's client with its extension for Tasks, which makes a task of every call that may be one."""

from __future__ import annotations

import asyncio

import fastmcp_tasks  # noqa: F401 - importing it is what switches Tasks on

from tests.clients.drivers.fastmcp_client import main
from tests.clients.drivers.plain import Given

asyncio.run(main(Given.read()))
