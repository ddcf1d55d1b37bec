"""What counts as an instance of nn.Buffer."""

import torch

from module_drift.case import case


@case("buffer/instance-of-nn-buffer", needs="torch.nn.Buffer")
def what_is_an_instance_of_nn_buffer(show, device):
    """What nn.Buffer makes is a plain tensor that counts as an nn.Buffer, but as no own kind of it."""

    class Own(torch.nn.Buffer):
        """A kind of nn.Buffer that adds nothing."""

    tensor = torch.ones(2, device=device)
    for label, value in (
        ("tensor", tensor),
        ("Buffer", torch.nn.Buffer(tensor)),
        ("tensor as own Buffer", tensor.as_subclass(Own)),
    ):
        show(label, type(value).__name__, {kind.__name__: isinstance(value, kind) for kind in (torch.nn.Buffer, Own)})
