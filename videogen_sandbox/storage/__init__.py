"""The SQLite database of a sandbox: files, executions, the queue of jobs, webhooks."""
