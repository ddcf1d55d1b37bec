"""Judges many releases, each in an environment of its own."""
