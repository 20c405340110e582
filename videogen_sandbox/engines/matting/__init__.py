"""Backgrounds of pictures and films removed."""
