"""Media files: recognised, read, written, and rendered for previews."""
