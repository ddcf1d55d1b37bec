"""All faults: to import this module is to define them."""

from . import (  # noqa: F401 - each adds its faults
    arithmetic,
    attributes,
    backward_hooks,
    between_calls,
    containers,
    conversion,
    every_input,
    every_layer,
    files,
    forward_hooks,
    gradients,
    layers,
    methods,
    modules,
    parameters,
    parts,
    state,
    utilities,
    values,
)
from .fault import FAULTS

__all__ = ["FAULTS"]
