"""What is asked of torch.compile where it is in use, as it is where cases run in its modes; elsewhere nothing is."""

import contextlib
import sys


def forget():
    """Have torch.compile begin anew: what it compiled is compiled again at the next call."""
    dynamo = sys.modules.get("torch._dynamo")
    if dynamo is not None:
        dynamo.reset()


@contextlib.contextmanager
def configured(**settings):
    """Set what dynamo's configuration has of `settings`, until the end."""
    dynamo = sys.modules.get("torch._dynamo")
    known = {name: value for name, value in settings.items() if dynamo is not None and hasattr(dynamo.config, name)}
    before = {name: getattr(dynamo.config, name) for name in known}
    for name, value in known.items():
        setattr(dynamo.config, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(dynamo.config, name, value)
