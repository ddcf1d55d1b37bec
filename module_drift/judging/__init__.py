"""Judges one torch by the record: for the command, and for pytest."""
