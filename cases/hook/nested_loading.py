"""What hooks of nested Modules are given when a state is loaded."""

from module_drift.case import case

from ..shared.models import nested_with_versions


@case("hook/load-state-pre-hook-reads-all-versions")
def load_state_pre_hook_reads_all_versions(show, device):
    """A hook before loading finds the versions of all children on the state, and none if that was a plain dict."""

    def read(state, *rest):
        show("versions", dict(state._metadata) if hasattr(state, "_metadata") else "none")

    model = nested_with_versions(device)
    model._register_load_state_dict_pre_hook(read)
    model.load_state_dict(model.state_dict())
    model.load_state_dict(dict(model.state_dict()))
