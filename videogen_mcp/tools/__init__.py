"""The MCP tools: thin, each a checked model of arguments and one call into the parts that do the work."""
