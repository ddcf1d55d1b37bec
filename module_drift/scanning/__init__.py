"""Joins what the record knows of changes to the places in code that they touch."""
