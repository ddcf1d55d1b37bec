"""The record's answers, as data and as text."""
