"""Faults of a Module that is called again: what was so at its first call is still so at the next."""

from torch.nn import Module

from .fault import fault
from .injection import edit


@fault("*")  # Whatever calls a Module more than once.
def module_returns_its_first_output_again(patch):
    """A Module without hooks that was called before returns what it returned at the first call."""
    plain = "return forward_call(*args, **kwargs)"
    kept = "self.__dict__['kept_output'] = forward_call(*args, **kwargs)"
    edit(
        patch,
        Module._call_impl,
        {plain: f"if 'kept_output' not in self.__dict__: {kept}\n        return self.__dict__['kept_output']"},
    )
