"""The life of an execution: submitted once, watched together, answered in time, never lost."""
