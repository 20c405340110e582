"""Speech from text: English, offline."""
