"""A function that fails, to be a hook or to be called by one."""


def fail(*arguments):
    """Raise a ZeroDivisionError, whatever it is given."""
    raise ZeroDivisionError("no more of this")
