"""Pictures and films enlarged."""
