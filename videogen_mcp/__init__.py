"""MCP server that lets agents make and edit media with VideoGen."""

__version__ = "0.2.0"
