"""Runs a case cleanly and says what it showed: the only room that imports torch."""
