"""All faults: to import this module is to define them."""

from . import (  # noqa: F401 - each adds its faults
    after_errors,
    arithmetic,
    attributes,
    autograd,
    autograd_modes,
    backward_hooks,
    between_calls,
    callers_objects,
    containers,
    conversion,
    depth_and_number,
    every_input,
    every_layer,
    falsiness,
    files,
    forward_hooks,
    grad_mode,
    gradients,
    identity,
    introspection,
    layers,
    leftovers,
    methods,
    modules,
    overrides,
    parameters,
    parts,
    seams,
    state,
    utilities,
    values,
)
from .fault import FAULTS

__all__ = ["FAULTS"]
