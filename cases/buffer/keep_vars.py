"""What state_dict gives where it keeps variables."""

import torch

from module_drift.case import case

from ..shared.models import PowModel


@case("buffer/keep-vars-keeps-the-graph")
def buffer_in_a_state_keeps_its_graph(show, device):
    """With keep_vars=True, a state holds the very buffer, with its graph, and otherwise a detached one."""
    factor = torch.tensor(3.0, device=device, requires_grad=True)
    model = PowModel()
    model.register_buffer("powBuff", 2 * factor)
    for keep_vars in (False, True):
        buffer = model.state_dict(keep_vars=keep_vars)["powBuff"]
        show(f"keep_vars={keep_vars}", buffer is model.powBuff, buffer.requires_grad)
