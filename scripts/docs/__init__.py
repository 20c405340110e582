"""README.md and docs/: what of them is written from code and measurements (`make docs`)."""
