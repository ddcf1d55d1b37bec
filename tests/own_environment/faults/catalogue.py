"""All faults: to import this module is to define them."""

from . import (  # noqa: F401 - each adds its faults
    backward_hooks,
    between_calls,
    containers,
    files,
    forward_hooks,
    gradients,
    layers,
    modules,
    parameters,
    state,
    values,
)
from .fault import FAULTS

__all__ = ["FAULTS"]
