"""What to() and others do to a Module that has None in the place of a child."""

import torch

from module_drift.case import case

from ..shared.models import PowLogModel, ScaledLogModel, ScaledPowModel


@case("module/none-before-others")
def child_that_is_none_before_others(show, device):
    """A child set to None is passed over by to(), and by all that lists, saves and loads those after it."""
    model = PowLogModel(ScaledPowModel(device), ScaledLogModel(device))
    model.powModel = None
    model.to(torch.float64)
    show("dtype", model.logModel.logParam.dtype)
    show("modules", [name for name, _ in model.named_modules()])
    model.load_state_dict({"logModel.logParam": torch.tensor(3.0, device=device)})
    show("state", dict(model.state_dict()))
