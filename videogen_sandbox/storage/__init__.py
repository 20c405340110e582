"""What a sandbox keeps: SQLite rows, files, executions, webhooks, the leases of its jobs."""
