"""Writes this server into the configuration files of hosts, and takes it out again."""
