"""How often hypothesis tries, for the tests and for the page that tells of them."""

EXAMPLES = 300
"""Observations, or pairs of them, for each property of comparing and of the way through the disk."""

INTERRUPTED = 100
"""Histories that are interrupted before each of their steps."""
