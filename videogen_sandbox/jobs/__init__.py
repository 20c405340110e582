"""Executions carried out: the queue's jobs, a pool of worker processes, the worker itself."""
