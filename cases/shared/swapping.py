"""The swapping of tensors on conversion."""

from contextlib import contextmanager

import torch


@contextmanager
def swapped_tensors(swapped=True):
    """Have Modules swap tensors when they are converted, or not."""
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(swapped)
    try:
        yield
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
