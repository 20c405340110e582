"""The sandbox as a process: found, started, served, stopped."""
