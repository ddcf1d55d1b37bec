"""State beside parameters and buffers: extra state."""

from module_drift.case import case

from ..shared.models import ScaledPowModel
from ..shared.refusals import refusal_on_one_line


class _SteppingModel(ScaledPowModel):
    """Has a number of steps that is no tensor, saved as extra state."""

    steps = 0

    def get_extra_state(self):
        return {"steps": self.steps}

    def set_extra_state(self, state):
        self.steps = state["steps"]


@case("module/extra-state-is-expected", needs="torch.nn.Module.get_extra_state")
def extra_state_is_expected(show, device):
    """Extra state is saved beside the tensors, and a state without it is as incomplete as one without a buffer."""
    plain, stepping = ScaledPowModel(device), _SteppingModel(device)
    stepping.steps = 3
    state = stepping.state_dict()
    show("state", list(state))
    show("state without extra state", refusal_on_one_line(_SteppingModel(device).load_state_dict, plain.state_dict()))
    show("into a Module without", refusal_on_one_line(plain.load_state_dict, state))
    restored = _SteppingModel(device)
    restored.load_state_dict(state)
    show("steps", restored.steps)
