"""Compares what two runs of a case showed, and says what differs."""
