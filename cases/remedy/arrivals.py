"""What does the same as a thing that only arrived, on releases that lack it."""

import functools
from collections import OrderedDict

import torch
from torch.nn import (
    BatchNorm1d,
    Linear,
    Module,
    ModuleDict,
    ModuleList,
    Parameter,
    ParameterDict,
    ParameterList,
    ReLU,
    Sequential,
)
from torch.nn import functional as F

from module_drift.case import case

from ..shared.checkpoints import saved
from ..shared.models import PowModel, ScaledPowModel, scaled_pow_log_model


@case("remedy/buffer-taken-out-of-the-state")
def buffer_taken_out_of_the_state(show, device):
    """A buffer is kept out of files by taking it out of the state, which is loaded without being strict."""
    model = ScaledPowModel(device)
    model.register_buffer("average", torch.tensor(0.0, device=device))
    state = model.state_dict()
    state.pop("average")
    show("keys", list(state))
    show("load", *model.load_state_dict(state, strict=False))


@case("remedy/hook-on-each-module")
def hook_on_each_module(show, device):
    """A forward hook that is registered on each Module is called for all."""
    model = scaled_pow_log_model(device)
    for module in model.modules():
        module.register_forward_hook(lambda module, _, __: show("called for", type(module).__name__))
    model(torch.tensor(5.0, device=device), 3.0)


@case("remedy/hook-with-keywords-on-each-module", needs="torch.nn.Module.register_forward_hook(with_kwargs)")
def hook_with_keywords_on_each_module(show, device):
    """A forward hook that is registered on each Module is given keywords."""
    model = Sequential(PowModel())
    for module in model.modules():
        module.register_forward_hook(lambda *called: show("keywords", sorted(called[2])), with_kwargs=True)
    model[0](torch.tensor(5.0, device=device), q=3.0)


@case("remedy/gradients-set-to-none")
def gradients_set_to_none(show, device):
    """Gradients are set to None one by one."""
    model = ScaledPowModel(device)
    model(torch.tensor(5.0, device=device), 3.0).backward()
    for p in model.parameters():
        p.grad = None
    show("gradients", [p.grad for p in model.parameters()])


@case("remedy/smooth-l1-loss-by-scale")
def smooth_l1_loss_by_scale(show, device):
    """A smooth L1 loss with beta is computed by scaling input, target and loss, and for 0 it is the L1 loss."""
    x, target = torch.tensor([0.5, 4.0], device=device), torch.zeros(2, device=device)
    beta = 2.0
    show("beta of 2", beta * F.smooth_l1_loss(x / beta, target / beta))
    show("beta of 0", F.l1_loss(x, target))


@case("remedy/gradients-by-grad")
def gradients_by_grad(show, device):
    """The gradients of some inputs, and of an intermediate result, are returned by grad, and none is kept."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = x * 3.0
    z = y**2
    show("gradients", *torch.autograd.grad(z, (x, y)))
    show("x.grad", x.grad)


@case("remedy/hooks-of-the-tensors-around-a-module")
def hooks_of_the_tensors_around_a_module(show, device):
    """Hooks of the input and the output show their gradients, and that of the output changes it."""
    model = ScaledPowModel(device)
    x = torch.tensor(5.0, device=device, requires_grad=True)
    x.register_hook(lambda gradient: show("grad_input", gradient))
    z = model(x, 2.0)
    z.register_hook(lambda gradient: gradient * 10.0)
    z.backward()


@case("remedy/members-by-reduce")
def members_by_reduce(show, device):
    """A path is followed by getattr, name after name."""
    model = scaled_pow_log_model(device)
    show("member", functools.reduce(getattr, ["powModel", "powParam"], model).detach())


@case("remedy/module-moved-after-it-was-made")
def module_moved_after_it_was_made(show, device):
    """A Module is moved and cast when it is made."""
    show("dtype", Linear(2, 3).to(device, torch.float64).weight.dtype)


def _named(module, prefix=""):
    yield prefix
    for name, child in module._modules.items():
        yield from _named(child, f"{prefix}.{name}".lstrip("."))


@case("remedy/names-of-a-shared-child")
def names_of_a_shared_child(show, device):
    """A walk through the children finds each under every name, and a state has every name of a parameter."""
    model = Module()
    model.first = model.second = ScaledPowModel(device)
    show("names", list(_named(model)))
    show("keys", list(model.state_dict()))


@case("remedy/prefix-cut-off-a-state")
def prefix_cut_off_a_state(show, device):
    """A new state is made of one whose keys have a prefix, sorted, too."""
    state = Sequential(OrderedDict(module=scaled_pow_log_model(device))).state_dict()
    cut = {key[len("module.") :]: value for key, value in state.items()}
    show("keys", list(cut))
    show("sorted", sorted(cut))


@case("remedy/containers-made-of-two")
def containers_made_of_two(show, device):
    """A list, a Sequential and a dict are made of what two hold."""
    first, second = [ReLU()], [PowModel()]
    show("ModuleList", ModuleList([*first, *second]))
    show("Sequential", Sequential(*first, *second))
    parameters = [ParameterDict({name: Parameter(torch.tensor(1.0, device=device))}) for name in ("a", "b")]
    show("ParameterDict", list(ParameterDict([*parameters[0].items(), *parameters[1].items()]).keys()))


@case("remedy/sequential-made-anew")
def sequential_made_anew(show, device):
    """A Sequential grows by add_module, and is made anew with a Module in between, or of twice as many."""
    models = Sequential(ReLU())
    models.add_module(str(len(models)), PowModel())
    show("appended", models)
    modules = list(models)
    modules.insert(1, PowModel())
    show("inserted", Sequential(*modules))
    show("twice", len(Sequential(*list(models) * 2)))


@case("remedy/step-of-an-optimizer")
def step_of_an_optimizer(show, device):
    """A step of SGD is made by the optimizer."""
    parameter = Parameter(torch.tensor([3.0], device=device))
    parameter.grad = torch.tensor([1.0], device=device)
    torch.optim.SGD([parameter], lr=0.5).step()
    show("parameter", parameter.detach())


@case("remedy/keys-that-did-not-fit")
def keys_that_did_not_fit(show, device):
    """A load that is not strict returns the keys that are missing and those that are unexpected."""
    state = {"scale": torch.tensor(2.0, device=device)}
    found = ScaledPowModel(device).load_state_dict(state, strict=False)
    show("missing", found.missing_keys)
    show("unexpected", found.unexpected_keys)


@case("remedy/tensor-made-a-parameter")
def tensor_made_a_parameter(show, device):
    """A tensor is made a Parameter before it is appended."""
    parameters = ParameterList()
    parameters.append(Parameter(torch.tensor(2.0, device=device)))
    show("names", [name for name, _ in parameters.named_parameters()])


class _Mixin:
    """Is to be initialised by itself."""

    def __init__(self):
        self.mixed = True


class _Mixed(Module, _Mixin):
    """Calls both."""

    def __init__(self):
        Module.__init__(self)
        _Mixin.__init__(self)


@case("remedy/both-inits-are-called")
def both_inits_are_called(show, device):
    """An __init__ that calls those of Module and of the mixin initialises both."""
    show("mixed", _Mixed().mixed)


@case("remedy/hook-on-each-tensor")
def hook_on_each_tensor(show, device):
    """A hook that is registered on each tensor is given all gradients."""
    tensors = [torch.tensor(value, device=device, requires_grad=True) for value in (2.0, 3.0)]
    gradients = {}
    for number, tensor in enumerate(tensors):
        tensor.register_hook(functools.partial(gradients.__setitem__, number))
    (tensors[0] * tensors[1]).backward()
    show("gradients", [gradients[number] for number in sorted(gradients)])


class _Counting(ScaledPowModel):
    """Does something before and after its state is taken."""

    def state_dict(self, *args, **kwargs):
        """Return the state with the one entry doubled."""
        self.taken = True
        state = super().state_dict(*args, **kwargs)
        return {key: 2.0 * value for key, value in state.items()}


@case("remedy/state-dict-overridden")
def state_dict_overridden(show, device):
    """An override of state_dict does something before the state is taken, and changes it after that."""
    model = _Counting(device)
    show("state", model.state_dict())
    show("taken", model.taken)


@case("remedy/parameter-set-as-an-attribute")
def parameter_set_as_an_attribute(show, device):
    """A parameter is replaced by setting it as an attribute, and requires_grad is set after that."""
    model = ScaledPowModel(device)
    tensor = torch.tensor(2.0, device=device)
    model.powParam = Parameter(tensor)
    model.powParam.requires_grad_(False)
    show("shares memory", model.powParam.data_ptr() == tensor.data_ptr())
    show("requires_grad", model.powParam.requires_grad)


@case("remedy/hook-after-a-gradient-is-accumulated")
def hook_after_a_gradient_is_accumulated(show, device):
    """The node that accumulates the gradient of a parameter takes a hook, which finds the gradient in place."""
    parameter = Parameter(torch.tensor(2.0, device=device))
    node = parameter.expand_as(parameter).grad_fn.next_functions[0][0]
    node.register_hook(lambda *_: show("grad", parameter.grad))
    (parameter * 3.0).backward()


@case("remedy/emptied-with-its-children", needs="torch.nn.Module.to_empty")
def emptied_with_its_children(show, device):
    """A Module is emptied with its children."""
    model = Sequential(Linear(1, 1, bias=False)).to_empty(device=device)
    show("shape", model[0].weight.shape)


@case("remedy/values-exchanged-by-data")
def values_exchanged_by_data(show, device):
    """Two parameters exchange their values by data."""
    first, second = (Parameter(torch.tensor(value, device=device)) for value in (1.0, 2.0))
    first.data, second.data = second.data, first.data
    show("values", first.detach(), second.detach())


@case("remedy/plain-data-for-a-load-without-trust", needs="torch.load(weights_only)")
def plain_data_for_a_load_without_trust(show, device):
    """A device, a set, bytes and a float are saved as plain data and tensors, and made again."""
    numbers, data = {1, 2}, b"ab"
    values = {
        "device": str(torch.device("cpu")),
        "set": list(numbers),
        "bytes": torch.tensor(list(data), dtype=torch.uint8, device=device),
        "float": torch.tensor(0.5, device=device),
    }
    loaded = torch.load(saved(values), weights_only=True)
    show("device", torch.device(loaded["device"]).type == "cpu")
    show("set", set(loaded["set"]))
    show("bytes", loaded["bytes"])
    show("float", loaded["float"])


@case("remedy/complex-number-as-two-floats", needs="torch.load(weights_only)")
def complex_number_as_two_floats(show, device):
    """A complex number is saved as two floats, and made again."""
    z = 1.0 + 2.0j
    parts = torch.load(saved([z.real, z.imag]), weights_only=True)
    show("z", complex(*parts))


@case("remedy/path-is-looked-up-first", needs="torch.nn.Module.get_submodule")
def path_is_looked_up_first(show, device):
    """A path that leads to no Module raises an AttributeError when it is looked up."""
    model = scaled_pow_log_model(device)
    for path in ("powModel", "expModel"):
        try:
            show("found", type(model.get_submodule(path)).__name__)
        except AttributeError:
            show("missing", path)


@case("remedy/module-under-each-name", needs="torch.nn.Module.named_modules(remove_duplicate)")
def module_under_each_name(show, device):
    """Modules are listed under each of their names."""
    model = Module()
    model.first = model.second = ReLU()
    show("modules", [type(module).__name__ for _, module in model.named_modules(remove_duplicate=False)])


@case("remedy/bias-that-stays-at-zero")
def bias_that_stays_at_zero(show, device):
    """The bias of a BatchNorm that requires no gradient stays at zero."""
    norm = BatchNorm1d(1).to(device)
    norm.bias.requires_grad_(False)
    norm(torch.tensor([[1.0], [3.0]], device=device)).sum().backward()
    show("bias", norm.bias, norm.bias.grad)


@case("remedy/what-is-no-tensor-is-a-plain-attribute")
def what_is_no_tensor_is_a_plain_attribute(show, device):
    """What is no tensor is set as an attribute, and no buffer."""
    model = Module()
    for name, value in (("mean", torch.tensor(1.0, device=device)), ("note", "mine")):
        if isinstance(value, torch.Tensor):
            model.register_buffer(name, value)
        else:
            setattr(model, name, value)
    show("buffers", [name for name, _ in model.named_buffers()])
    show("note", model.note)


@case("remedy/dict-updated-by-items")
def dict_updated_by_items(show, device):
    """A ModuleDict and a ParameterDict are updated by the items of another."""
    modules = ModuleDict()
    modules.update(ModuleDict({"relu": ReLU()}).items())
    show("modules", list(modules.keys()))
    parameters = ParameterDict()
    parameters.update(ParameterDict({"scale": Parameter(torch.tensor(1.0, device=device))}).items())
    show("parameters", list(parameters.keys()))
