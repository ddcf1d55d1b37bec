"""Finds the cases of a project by reading their source."""
