"""Section "Module": what methods of every Module return and reach, and what is listed of it."""

import copy

import torch
from torch.nn import Flatten, Identity, Linear, Module, ModuleList, Sequential

from module_drift.case import case, cases

from ..shared.listing import names
from ..shared.models import LogModel, PowModel, ScaledPowModel, scaled_pow_log_model
from ..shared.refusals import refusal, refusal_on_one_line, type_of_refusal


@case("module/requires-grad-of-a-model", only="cpu")
def model_is_frozen(show, device):
    """A Module frozen by requires_grad_ returns itself, and freezes the parameters of its children."""
    model = scaled_pow_log_model(device)
    show("itself", model.requires_grad_(False) is model)
    show("requires grad", {name: parameter.requires_grad for name, parameter in model.named_parameters()})


@case("module/requires-grad-of-a-model-with-a-buffer", only="cpu")
def model_with_a_buffer_is_frozen(show, device):
    """What requires_grad_ does not reach is the buffers."""
    model = Linear(1, 1).to(device)
    model.register_buffer("shift", torch.tensor(1.0, device=device))
    model.requires_grad_()
    show("requires grad", model.shift.requires_grad)


@case("module/dir-lists-children", only="cpu")
def dir_lists_children(show, device):
    """The names of children, parameters and buffers are in dir, but those that are numbers are not."""
    model = Sequential(Identity())
    model.add_module("named", Linear(1, 1))
    model.register_buffer("shift", None)
    listed = dir(model)
    show("in dir", [name for name in ["0", "named", "shift", "training", "forward"] if name in listed])
    show("sorted", listed == sorted(listed))


@case("module/share-memory", only="cpu")
def memory_is_shared(show, device):
    """A Module whose memory is shared returns itself, and all its tensors are shared then."""
    model = Linear(1, 1).to(device)
    model.register_buffer("shift", torch.tensor(1.0, device=device))
    show("itself", model.share_memory() is model)
    show("shared", {name: tensor.is_shared() for name, tensor in model.state_dict().items()})


@cases(
    "module/cast-by-{method}",
    only="cpu",
    needs="torch.nn.Module.{method}",
    method=["half", "bfloat16", "double", "float"],
)
def model_is_cast(show, device, method):
    """A Module cast by {method} returns itself, and casts floats alone."""
    model = Linear(1, 1).to(device)
    model.register_buffer("count", torch.tensor(1, device=device))
    show("itself", getattr(model, method)() is model)
    show("dtypes", {name: str(tensor.dtype) for name, tensor in model.state_dict().items()})


@case("module/cast-by-type", only="cpu")
def model_is_cast_by_type(show, device):
    """A Module cast by type casts its integers, too."""
    model = Linear(1, 1).to(device)
    model.register_buffer("count", torch.tensor(1, device=device))
    show("itself", model.type(torch.float64) is model)
    show("dtypes", {name: str(tensor.dtype) for name, tensor in model.state_dict().items()})


@case("module/apply-in-place", only="cpu")
def apply_changes_in_place(show, device):
    """A function that apply calls changes parameters in place under no_grad, and is refused without."""

    def fill(module):
        for parameter in module.parameters(recurse=False):
            parameter.fill_(7.0)

    model = scaled_pow_log_model(device)
    show("raises", refusal(lambda: model.apply(fill)))
    with torch.no_grad():
        show("itself", model.apply(fill) is model)
    show("parameters", [parameter.detach() for parameter in model.parameters()])


@case("module/apply-order", only="cpu")
def apply_goes_from_children_to_parents(show, device):
    """The function that apply calls meets children before their parents."""
    model = Sequential(PowModel(), Sequential(LogModel()))
    order = []
    model.apply(lambda module: order.append(type(module).__name__))
    show("order", order)


@cases(
    "module/shallow-copy-of-{container}",
    only="cpu",
    container={"sequential": "Sequential", "module-list": "ModuleList", "module-dict": "ModuleDict"},
)
def container_is_copied(show, device, container):
    """A shallow copy of a {container} and a child that is added to it."""
    children = {"one": PowModel()} if container == "ModuleDict" else [PowModel()]
    model = getattr(torch.nn, container)(*children if container == "Sequential" else [children])
    duplicate = copy.copy(model)
    duplicate.add_module("9", LogModel())
    show("copy", names(duplicate.named_children()))
    show("original", names(model.named_children()))


@case("module/sequential-item-assignment", only="cpu")
def item_of_a_sequential_is_assigned(show, device):
    """An item of a Sequential is assigned by an index, also one from the end, but not beyond it."""
    model = Sequential(PowModel(), LogModel())
    model[-1] = Identity()
    show("model", model)
    show("beyond", refusal(model.__setitem__, 2, Identity()))


@case("module/sequential-slice-assignment", only="cpu")
def slice_of_a_sequential_is_assigned(show, device):
    """A slice of a Sequential cannot be assigned."""
    model = Sequential(PowModel(), LogModel())
    show("raises", type_of_refusal(model.__setitem__, slice(0, 1), [Identity()]))


@case("module/sequential-slice-deletion", only="cpu")
def slice_of_a_sequential_is_deleted(show, device):
    """A slice of a Sequential can be deleted."""
    model = Sequential(PowModel(), LogModel(), Identity())
    del model[0:2]
    show("children", list(model.named_children()))


@case("module/sequential-grows-in-place", only="cpu", needs="torch.nn.Sequential.__iadd__")
def sequential_grows_in_place(show, device):
    """A Sequential that another is added to in place stays the same object."""
    model = before = Sequential(PowModel())
    model += Sequential(LogModel())
    show("same", model is before, len(model))
    show("by a list", refusal(model.__iadd__, [Identity()]))


@case("module/sequential-repeats-in-place", only="cpu", needs="torch.nn.Sequential.__imul__")
def sequential_repeats_in_place(show, device):
    """A Sequential that is multiplied in place stays the same object."""
    model = before = Sequential(PowModel())
    model *= 3
    show("same", model is before, len(model))
    show("by a text", refusal(model.__imul__, "2"))
    show("by none", refusal(model.__imul__, 0))


@case("module/sequential-extended", only="cpu", needs="torch.nn.Sequential.extend")
def sequential_is_extended(show, device):
    """A Sequential is extended by Modules that are iterated over, and returns itself."""
    model = Sequential(PowModel())
    show("itself", model.extend([LogModel(), Identity()]) is model)
    show("children", names(model.named_children()))


@case("module/sequential-append-returns-itself", only="cpu", needs="torch.nn.Sequential.append")
def append_returns_the_sequential(show, device):
    """A Sequential that a Module is appended to returns itself."""
    model = Sequential(PowModel())
    show("itself", model.append(LogModel()) is model)


@case("module/module-list-append-and-extend-return-itself", only="cpu")
def append_and_extend_return_the_module_list(show, device):
    """A ModuleList returns itself from append, extend and +=."""
    model = ModuleList([PowModel()])
    show("append", model.append(LogModel()) is model)
    show("extend", model.extend([LogModel()]) is model)
    before = model
    model += [Identity()]
    show("in place", model is before, len(model))


@case("module/module-list-pop", only="cpu", needs="torch.nn.ModuleList.pop")
def module_list_is_popped(show, device):
    """A ModuleList gives back what is popped, and numbers the rest anew."""
    model = ModuleList([PowModel(), LogModel(), Identity()])
    show("popped", model.pop(0))
    show("children", list(model.named_children()))
    show("beyond", refusal(lambda: model.pop(5)))


@case("module/module-list-extended-by-itself", only="cpu")
def module_list_is_extended_by_no_iterable(show, device):
    """A ModuleList is extended by what can be iterated over, not by a Module."""
    show("raises", refusal(lambda: ModuleList([PowModel()]).extend(PowModel())))


@case("module/module-list-inserted", only="cpu")
def module_is_inserted_in_a_module_list(show, device):
    """A Module is inserted in a ModuleList before an index, but not before one from the end."""
    model = ModuleList([PowModel(), LogModel()])
    model.insert(1, Identity())
    show("children", [type(child).__name__ for child in model])
    show("from the end", type_of_refusal(model.insert, -1, Linear(1, 1)))


@case("module/made-under-a-device", only="cpu", needs="torch.set_default_device")
def module_is_made_under_a_device(show, device):
    """A Module made under a device has its parameters and buffers there."""
    with torch.device("meta"):
        model = torch.nn.BatchNorm1d(2)
    show("on meta", {name: tensor.is_meta for name, tensor in model.state_dict().items()})


@case("module/made-under-a-device-and-told-another", only="cpu", needs="torch.set_default_device")
def module_is_made_under_a_device_and_told_another(show, device):
    """A device that a Module is told counts more than the one that it is made under."""
    with torch.device("meta"):
        model = Linear(1, 1, device=device)
    show("on meta", model.weight.is_meta == (device.type == "meta"))


@case("module/identity-takes-anything", only="cpu")
def identity_takes_anything(show, device):
    """An Identity can be made with any arguments, and returns the very object that it is called with."""
    model, x = Identity(5, unused=True), torch.tensor(5.0, device=device)
    show("same", model(x) is x)
    show("repr", model)


@cases(
    "module/flatten-{dimensions}",
    only="cpu",
    dimensions={"by-default": [], "all": [0], "the-first": [0, 1], "the-last": [-2, -1], "beyond": [1, 5]},
)
def flattened(show, device, dimensions):
    """A Flatten of the dimensions {dimensions}."""
    x = torch.ones(2, 3, 4, device=device)
    show("raises", type_of_refusal(lambda: show("shape", Flatten(*dimensions)(x).shape)))


@cases(
    "module/unflatten-{size}",
    only="cpu",
    needs="torch.nn.Unflatten",
    size={
        "by-a-tuple": [1, (2, 3)],
        "with-a-rest": [1, (2, -1)],
        "by-a-list": [1, [2, 3]],
        "by-a-number": [1, 6],
        "by-floats": [1, (2.0, 3.0)],
        "by-a-name": ["features", (("rows", 2), ("columns", 3))],
        "by-a-name-and-a-tuple": ["features", (2, 3)],
        "to-another-size": [1, (2, 4)],
    },
)
def unflattened(show, device, size):
    """An Unflatten told {size}."""
    x = torch.ones(2, 6, device=device)
    show("raises", type_of_refusal(lambda: show("module", torch.nn.Unflatten(*size))))
    if not isinstance(size[0], str):
        show("raises", type_of_refusal(lambda: show("shape", torch.nn.Unflatten(*size)(x).shape)))


# What several cases of section "Module" show at once, one thing at a time.


@case("module/set-submodule-returns", only="cpu", needs="torch.nn.Module.set_submodule")
def submodule_is_set(show, device):
    """A child of a child is set by its path, and nothing is returned."""
    model = Sequential(Sequential(PowModel()))
    show("returned", model.set_submodule("0.0", LogModel()))
    show("model", model)


@case("module/set-submodule-below-none", only="cpu", needs="torch.nn.Module.set_submodule")
def submodule_is_set_below_none(show, device):
    """A path that goes over a child that is not there is refused."""
    show("raises", refusal(Sequential(PowModel()).set_submodule, "1.0", LogModel()))


@case("module/set-submodule-to-no-path", only="cpu", needs="torch.nn.Module.set_submodule")
def submodule_is_set_to_no_path(show, device):
    """The Module itself cannot be set."""
    show("raises", refusal(Sequential(PowModel()).set_submodule, "", LogModel()))


@case("module/set-submodule-below-an-attribute", only="cpu", needs="torch.nn.Module.set_submodule")
def submodule_is_set_below_an_attribute(show, device):
    """A path that goes over an attribute that is no Module is refused."""
    model = Sequential(PowModel())
    model.settings = {}
    show("raises", refusal(model.set_submodule, "settings.child", LogModel()))


@case("module/load-by-assign-other-strides", only="cpu", needs="torch.nn.Module.load_state_dict(assign)")
def other_strides_are_assigned(show, device):
    """With assign=True a parameter takes over the strides of what is loaded."""
    model = Linear(2, 2, bias=False).to(device)
    model.load_state_dict({"weight": torch.ones(2, 2, device=device).t().contiguous().t()}, assign=True)
    show("strides", model.weight.stride())


@case("module/load-by-assign-another-shape", only="cpu", needs="torch.nn.Module.load_state_dict(assign)")
def another_shape_is_assigned(show, device):
    """With assign=True another shape is refused all the same."""
    model = Linear(2, 2, bias=False).to(device)
    state = {"weight": torch.ones(3, 2, device=device)}
    show("raises", refusal_on_one_line(lambda: model.load_state_dict(state, assign=True)))


@case("module/load-to-meta-without-assign", only="cpu", needs="torch.Tensor.is_meta")
def state_is_loaded_to_meta(show, device):
    """A state that is loaded into parameters on the meta device is lost, with or without a word."""
    model = ScaledPowModel(device)
    # The device of this name is younger than the attribute.
    show("moved", type_of_refusal(model.to, "meta"))
    state = {"powParam": torch.tensor(5.0, device=device)}
    show("raises", refusal_on_one_line(model.load_state_dict, state))
    show("on meta", model.powParam.is_meta)


class _Counting(Module):
    """Keeps what is set as its extra state."""

    def __init__(self, state):
        super().__init__()
        self.state = state

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


@cases(
    "module/extra-state-of-{state}",
    only="cpu",
    needs="torch.nn.Module.get_extra_state",
    state={"a-number": 5, "a-text": "five", "a-list": [5], "none": None},
)
def extra_state_is_no_dict(show, device, state):
    """An extra state that is {state} is saved and loaded."""
    kept = _Counting(state).state_dict()
    show("state", dict(kept))
    model = _Counting("before")
    show("keys", model.load_state_dict(kept))
    show("loaded", model.state)


@case("module/extra-state-that-is-got-alone", only="cpu", needs="torch.nn.Module.get_extra_state")
def extra_state_is_got_alone(show, device):
    """An extra state that can be got and not set is saved, and its loading raises."""

    class Getting(Module):
        def get_extra_state(self):
            return 5

    show("state", dict(Getting().state_dict()))
    show("raises", refusal_on_one_line(Getting().load_state_dict, Getting().state_dict()))


@case("module/extra-state-that-is-set-alone", only="cpu", needs="torch.nn.Module.set_extra_state")
def extra_state_is_set_alone(show, device):
    """An extra state that can be set and not got is missing from a state that the Module itself made."""

    class Setting(Module):
        def set_extra_state(self, state):
            self.state = state

    show("state", dict(Setting().state_dict()))
    show("raises", refusal_on_one_line(Setting().load_state_dict, Setting().state_dict()))


@case("module/load-leaves-no-cycle", only="cpu")
def loading_leaves_no_cycle(show, device):
    """A state is free as soon as nobody holds it, after it was loaded."""
    import gc
    import weakref

    class State(dict):
        pass

    state = State(ScaledPowModel(device).state_dict())
    watched = weakref.ref(state["powParam"])
    enabled = gc.isenabled()
    gc.disable()
    try:
        ScaledPowModel(device).load_state_dict(state)
        del state
        show("freed", watched() is None)
    finally:
        if enabled:
            gc.enable()
