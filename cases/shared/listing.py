"""What is listed by name."""


def names(named):
    """Return the names in pairs of names and what they name."""
    return [name for name, _ in named]
