"""Modules as older releases kept them."""

# What every release needs of a state; newer ones add the rest.
OLDEST_ATTRIBUTES = ["training", "_parameters", "_buffers", "_backward_hooks", "_forward_hooks", "_modules"]


def restored_from_an_old_state(model):
    """Return another PowModel, made of the attributes of `model` that one had before it knew forward pre-hooks."""
    restored = type(model).__new__(type(model))
    restored.__setstate__({name: vars(model)[name] for name in OLDEST_ATTRIBUTES})
    return restored
