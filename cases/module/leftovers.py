"""Section "Module": what a Module leaves behind and keeps alive, and how often it does what it has to do."""

import gc
import weakref
from contextlib import contextmanager

import torch
from torch.nn import Identity, Linear, Module, ModuleList, ParameterDict, Sequential

from module_drift.case import case

from ..shared.models import LogModel, ScaledPowModel, new_parameter


@contextmanager
def _without_collector():
    """Keep the garbage collector from freeing what is in a cycle."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# Bookkeeping.


@case("module/name-of-a-deleted-buffer", only="cpu", needs="torch.nn.Module.register_buffer(persistent)")
def a_deleted_buffer_leaves_no_name(show, device):
    """A buffer that is not persistent, is deleted and set by register_buffer again is persistent."""
    model = Module()
    model.register_buffer("mean", torch.tensor(1.0, device=device), persistent=False)
    del model.mean
    show("names", sorted(model._non_persistent_buffers_set))
    model._buffers["mean"] = torch.tensor(2.0, device=device)
    show("state", dict(model.state_dict()))


@case("module/name-left-to-a-parameter", only="cpu", needs="torch.nn.Module.register_buffer(persistent)")
def a_buffer_leaves_its_name_to_others(show, device):
    """A buffer that is not persistent leaves nothing of it to the parameter or child that takes its place."""
    model = Module()
    for name, part in [("first", new_parameter(1.0, device)), ("second", LogModel())]:
        model.register_buffer(name, torch.tensor(1.0, device=device), persistent=False)
        setattr(model, name, part)
    show("names", sorted(model._non_persistent_buffers_set))
    show("state", dict(model.state_dict()))


@case("module/nothing-left-in-a-parameter-dict", only="cpu")
def a_parameter_dict_that_was_emptied(show, device):
    """A ParameterDict from which all was deleted has nothing left."""
    values = ParameterDict({"a": new_parameter(1.0, device)})
    del values["a"]
    show("left", len(values), list(values.keys()), list(values.parameters()), dict(values.state_dict()))
    values["a"] = new_parameter(2.0, device)
    show("set again", list(values.keys()), dict(values.state_dict()))


# What is kept alive.


@case("module/inputs-and-outputs-are-freed", only="cpu")
def inputs_and_outputs_are_freed(show, device):
    """Inputs and outputs of a call are free as soon as nobody holds them, with hooks and without."""
    with _without_collector():
        for hooks in (False, True):
            model = Linear(1, 1).to(device)
            if hooks:
                model.register_forward_pre_hook(lambda *_: None)
                model.register_forward_hook(lambda *_: None)
            x = torch.ones(1, 1, device=device)
            z = model(x)
            watched = weakref.ref(x), weakref.ref(z)
            del x, z
            show("with hooks" if hooks else "without", [reference() is None for reference in watched])


@case("module/graph-is-freed", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def inputs_and_outputs_of_a_backward_pass_are_freed(show, device):
    """Inputs, outputs and gradients of a Module with a full backward hook are free after the backward pass."""
    seen = []
    with _without_collector():
        model = Linear(1, 1).to(device)
        model.register_full_backward_hook(lambda _, grad_input, grad_output: seen.append(weakref.ref(grad_output[0])))
        x = torch.ones(1, 1, device=device, requires_grad=True)
        z = model(x)
        watched = weakref.ref(x), weakref.ref(z)
        z.sum().backward()
        del x, z
        show("freed", [reference() is None for reference in (*watched, *seen)])


@case("module/module-is-freed", only="cpu")
def a_module_is_freed_without_the_collector(show, device):
    """A Module is in no cycle: it is free when nobody holds it, also if its hooks' handles are held."""
    with _without_collector():
        for name, register in [
            ("plain", lambda model: None),
            ("pre-hook", lambda model: model.register_forward_pre_hook(lambda *_: None)),
            ("forward hook", lambda model: model.register_forward_hook(lambda *_: None)),
            ("legacy backward hook", lambda model: model.register_backward_hook(lambda *_: None)),
            ("state hook", lambda model: model._register_state_dict_hook(lambda *_: None)),
            ("loading pre-hook", lambda model: model._register_load_state_dict_pre_hook(lambda *_: None)),
            ("called", lambda model: model(torch.ones(1, 1, device=device))),
            ("trained", lambda model: model(torch.ones(1, 1, device=device)).sum().backward()),
            ("saved", lambda model: model.state_dict()),
            ("converted", lambda model: model.double() and None),
        ]:
            model = Sequential(Linear(1, 1)).to(device)
            held = register(model)
            watched = weakref.ref(model), weakref.ref(model[0])
            del model
            show(name, [reference() is None for reference in watched])
            del held


@case("module/parts-are-freed", only="cpu")
def parts_that_are_deleted_are_freed(show, device):
    """A child, parameter or buffer that is deleted or replaced is free."""
    with _without_collector():
        model = ScaledPowModel(device)
        model.child = LogModel()
        model.register_buffer("mean", torch.tensor(1.0, device=device))
        watched = [weakref.ref(part) for part in (model.child, model.powParam, model.mean)]
        model.child, model.powParam, model.mean = Identity(), new_parameter(2.0, device), torch.ones(1, device=device)
        show("replaced", [reference() is None for reference in watched])
        watched = [weakref.ref(part) for part in (model.child, model.powParam, model.mean)]
        del model.child, model.powParam, model.mean
        show("deleted", [reference() is None for reference in watched])
        models = ModuleList([LogModel(), LogModel()])
        watched = [weakref.ref(child) for child in models]
        del models[0]
        models[0] = Identity()
        show("of a list", [reference() is None for reference in watched])


@case("module/gradients-are-freed", only="cpu", needs="torch.nn.Module.zero_grad(set_to_none)")
def gradients_that_are_cleared_are_freed(show, device):
    """A gradient that zero_grad clears is free."""
    with _without_collector():
        model = ScaledPowModel(device)
        model(torch.tensor(5.0, device=device), 1.0).backward()
        watched = weakref.ref(model.powParam.grad)
        model.zero_grad(set_to_none=True)
        show("freed", watched() is None)


@case("module/hooks-are-freed", only="cpu")
def hooks_that_are_removed_are_freed(show, device):
    """A hook is free when it was removed, also if its handle is held."""

    class Hook:
        def __call__(self, *_):
            return None

    with _without_collector():
        for name in (
            "register_forward_pre_hook",
            "register_forward_hook",
            "register_backward_hook",
            "_register_state_dict_hook",
            "_register_load_state_dict_pre_hook",
        ):
            hook = Hook()
            hook.__name__ = hook.__qualname__ = "hook"
            watched = weakref.ref(hook)
            model = LogModel()
            handle = getattr(model, name)(hook)
            del hook
            show(name, "held", watched() is not None)
            handle.remove()
            show(name, "freed", watched() is None)


@case("module/given-functions-are-freed", only="cpu")
def functions_and_states_that_were_given_are_freed(show, device):
    """Functions given to apply, states that were loaded and lists given to ModuleList are free afterwards."""

    class Visitor:
        def __call__(self, module):
            return None

    class State(dict):
        pass

    class Listing(list):
        pass

    with _without_collector():
        visitor, state = Visitor(), State(ScaledPowModel(device).state_dict())
        listing = Listing([LogModel()])
        watched = [weakref.ref(given) for given in (visitor, state, listing)]
        ScaledPowModel(device).apply(visitor).load_state_dict(state)
        models = ModuleList(listing)
        del visitor, state, listing
        show("freed", [reference() is None for reference in watched], len(models))


@case("module/copied-and-freed", only="cpu")
def the_original_of_a_copy_is_freed(show, device):
    """A deep copy keeps neither the Module that it was made of nor that one's parameters."""
    import copy

    with _without_collector():
        model = ScaledPowModel(device)
        watched = weakref.ref(model), weakref.ref(model.powParam)
        copied = copy.deepcopy(model)
        del model
        show("freed", [reference() is None for reference in watched])
        show("copy", copied.powParam)


# How often.


class _Counting(Module):
    """Counts what it is asked for."""

    def __init__(self, device, child=None):
        super().__init__()
        self.weight = new_parameter(1.0, device)
        self.counts = {}
        if child is not None:
            self.child = child

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def forward(self, x):
        self.count("forward")
        return self.weight * (self.child(x) if "child" in self._modules else x)

    def train(self, mode=True):
        self.count("train")
        return super().train(mode)

    def _apply(self, *arguments, **keywords):
        self.count("_apply")
        return super()._apply(*arguments, **keywords)

    def apply(self, function):
        self.count("apply")
        return super().apply(function)

    def named_modules(self, *arguments, **keywords):
        self.count("named_modules")
        return super().named_modules(*arguments, **keywords)

    def extra_repr(self):
        self.count("extra_repr")
        return ""

    def _save_to_state_dict(self, *arguments):
        self.count("_save_to_state_dict")
        return super()._save_to_state_dict(*arguments)

    def _load_from_state_dict(self, *arguments):
        self.count("_load_from_state_dict")
        return super()._load_from_state_dict(*arguments)


def _three(device):
    found = [_Counting(device)]
    for _ in range(2):
        found.insert(0, _Counting(device, found[0]))
    return found


@case("module/how-often-methods-are-called", only="cpu")
def each_level_is_asked_once(show, device):
    """Whatever is done to a Module is done once to it, to its child and to its grandchild."""
    found = _three(device)
    model = found[0]
    model.eval().double().apply(lambda _: None)
    model.load_state_dict(model.state_dict())
    repr(model)
    list(model.parameters())
    model(torch.ones(1, dtype=torch.float64, device=device)).backward()
    for inner in found:
        show("counts", inner.counts)


@case("module/how-often-a-shared-child-is-asked", only="cpu")
def a_shared_child_is_asked_for_each_parent(show, device):
    """A child that two parents share is asked for each of them, and one of two names not by all for each."""
    shared = _Counting(device)
    model = Sequential(Sequential(shared), Sequential(shared))
    model.eval().double().apply(lambda _: None)
    model.load_state_dict(model.state_dict())
    repr(model)
    show("two parents", shared.counts)
    shared = _Counting(device)
    model = Sequential(shared, shared)
    model.eval().double().apply(lambda _: None)
    model.load_state_dict(model.state_dict())
    repr(model)
    show("two names", shared.counts)


@case("module/how-often-a-parameter-is-converted", only="cpu")
def each_parameter_is_converted_once(show, device):
    """The function of a conversion is called once for each parameter, gradient and buffer, and again for each owner."""
    model = Sequential(ScaledPowModel(device), ScaledPowModel(device), ScaledPowModel(device))
    model[0].register_buffer("mean", torch.tensor(2.0, device=device))
    model[0].powParam.grad = torch.tensor(3.0, device=device)
    model[1].powParam = model[0].powParam
    seen = []

    def note(tensor):
        seen.append(tensor.item())
        return tensor

    model._apply(note)
    show("converted", seen)


@case("module/how-far-a-listing-is-read", only="cpu")
def modules_are_listed_one_by_one(show, device):
    """Modules, parameters and children are listed as they are asked for, so that what is added meanwhile is listed."""
    model = Sequential(ScaledPowModel(device), Sequential())
    listed = []
    for name, _ in model.named_modules():
        listed.append(name)
        if name == "0":
            model[1].add_module("late", ScaledPowModel(device))
    show("modules", listed)
    listed = []
    for name, _ in model.named_parameters():
        listed.append(name)
        if name == "0.powParam":
            model[1].add_module("later", ScaledPowModel(device))
    show("parameters", listed)


def _tensors():
    return sum(type(thing) in (torch.Tensor, torch.nn.Parameter) for thing in gc.get_objects())


@case("module/nothing-grows-with-calls", only="cpu")
def nothing_grows_with_calls(show, device):
    """Twenty calls, backward passes, states and conversions leave no more tensors and entries behind than one."""
    model = Sequential(Linear(1, 1), Linear(1, 1)).to(device)
    model.register_forward_hook(lambda *_: None)
    x = torch.ones(1, 1, device=device)

    def use():
        model.eval()(x).sum().backward()
        model.zero_grad()
        model.load_state_dict(model.state_dict())
        model.double().float()
        with model.register_forward_pre_hook(lambda *_: None):
            model.train()(x)

    def size():
        gc.collect()
        entries = sum(len(kept) for kept in vars(model).values() if isinstance(kept, (dict, set, list)))
        return _tensors(), entries

    use()
    before = size()
    for _ in range(20):
        use()
    show("more", [after - count for after, count in zip(size(), before)])


@case("module/nothing-grows-with-backward-hooks", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def nothing_grows_with_full_backward_hooks(show, device):
    """Twenty passes with full backward hooks leave no objects of torch.utils.hooks behind."""
    model = Linear(1, 1).to(device)
    model.register_full_backward_hook(lambda *_: None)

    def size():
        gc.collect()
        return sum(type(thing).__module__ == "torch.utils.hooks" for thing in gc.get_objects())

    before = size()
    for _ in range(20):
        model(torch.ones(1, 1, device=device, requires_grad=True)).sum().backward()
    show("more", size() - before)
