"""Presenters who speak a given sound."""
