"""Loading of buffers by swapping tensors or by assignment."""

import torch
from torch.nn import Parameter

from module_drift.case import case

from ..shared.models import ScaledPowModel
from ..shared.swapping import swapped_tensors


@case("buffer/loaded-by-swapping", needs="torch.__future__.set_swap_module_params_on_conversion")
def buffer_is_loaded_by_swapping(show, device):
    """Loaded with tensors swapped, buffers stay plain tensors and Parameters are Parameters, assigned or not."""
    for assign in (False, True):
        model = ScaledPowModel(device)
        model.register_buffer("powBuff", torch.tensor(1.0, device=device))
        state = {name: torch.tensor(2.0, device=device) for name in ("powParam", "powBuff")}
        with swapped_tensors():
            show(f"assign={assign}", model.load_state_dict(state, assign=assign))
        show("parameters", {name: parameter.data for name, parameter in model.named_parameters()})
        show("buffers", {name: type(buffer).__name__ for name, buffer in model.named_buffers()})


@case("buffer/loaded-by-assignment", needs="torch.nn.Module.load_state_dict(assign)")
def buffer_is_loaded_by_assignment(show, device):
    """Loaded by assignment, a buffer is the tensor given, and a parameter the Parameter given."""
    model = ScaledPowModel(device)
    model.register_buffer("powBuff", torch.tensor(1.0, device=device))
    state = {"powParam": Parameter(torch.tensor(2.0, device=device)), "powBuff": torch.tensor(3.0, device=device)}
    model.load_state_dict(state, assign=True)
    show("parameter is the one given", model.powParam is state["powParam"])
    show("buffer is the one given", model.powBuff is state["powBuff"])
    show("buffers", [name for name, _ in model.named_buffers()])
