"""What speaks MCP itself: transports, and how the process leaves."""
