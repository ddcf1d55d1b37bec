"""What load_state_dict assigns in the place of parameters."""

from module_drift.case import case

from ..shared.models import ScaledPowModel


@case("parameter/assigned-in-the-place-of-a-frozen-one", needs="torch.nn.Module.load_state_dict(assign)")
def parameter_is_assigned_in_the_place_of_a_frozen_one(show, device):
    """A Parameter that load_state_dict assigns in the place of a frozen one is frozen itself."""
    model, other = ScaledPowModel(device), ScaledPowModel(device)
    model.powParam.requires_grad_(False)
    model.load_state_dict(other.state_dict(keep_vars=True), assign=True)
    show("the one that was given", model.powParam is other.powParam)
    show("requires_grad", model.powParam.requires_grad)
