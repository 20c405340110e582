"""MCP: request handlers, transports, resources, prompts, completions, and the webhook receiver beside them."""
