"""What to do about changes to warnings, errors and reprs."""

import pickle

import torch
from torch.nn import GELU, BatchNorm1d, Linear, Module, ModuleList, Parameter, ReLU
from torch.nn import functional as F

from module_drift.case import case

from ..shared.checkpoints import saved
from ..shared.models import ScaledPowModel, scaled_pow_log_model
from ..shared.parametrizations import Twice, TwiceAndBack


@case("remedy/gradient-of-an-intermediate-result")
def gradient_of_an_intermediate_result(show, device):
    """An intermediate result keeps its gradient after retain_grad, and a leaf tells that it is one."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    y = x * 3.0
    y.retain_grad()
    (y * 5.0).backward()
    show("y.grad", y.grad)
    show("gradients of leaves", [float(one.grad) for one in (x, y) if one.is_leaf])


@case("remedy/leaf-in-place")
def leaf_in_place(show, device):
    """A copy of a leaf that requires grad is changed in place, and the leaf itself is refused by a RuntimeError."""
    x = torch.tensor(2.0, device=device, requires_grad=True)
    z = x.clone()
    z.mul_(3.0)
    z.backward()
    show("x.grad", x.grad)
    try:
        x.mul_(3.0)
    except RuntimeError:
        show("refused", True)


@case("remedy/loading-into-an-expanded-buffer")
def loading_into_an_expanded_buffer(show, device):
    """A buffer that was cloned after it was expanded is loaded."""
    module = Module()
    module.register_buffer("mean", torch.zeros(1, device=device).expand(2).clone())
    module.load_state_dict({"mean": torch.tensor([1.0, 2.0], device=device)})
    show("mean", module.mean)


@case("remedy/upsampling-to-a-size")
def upsampling_to_a_size(show, device):
    """The size of the result can be given instead of a factor."""
    x = torch.arange(3.0, device=device).reshape(1, 1, 3)
    show("upsampled", F.interpolate(x, size=int(1.5 * x.shape[-1]), mode="linear", align_corners=False))


@case("remedy/target-of-the-dtype-of-the-input")
def target_of_the_dtype_of_the_input(show, device):
    """A target of another dtype is cast to that of the input."""
    x = torch.tensor([1.0, 3.0], device=device)
    target = torch.tensor([1.0, 1.0], dtype=torch.float64, device=device)
    show("mse_loss", F.mse_loss(x, target.to(x.dtype)))


@case("remedy/linear-input-of-another-size")
def linear_input_of_another_size(show, device):
    """An input that does not fit a Linear is told by its last dimension, and refused by a RuntimeError."""
    linear = Linear(2, 1).to(device)
    for size in (2, 3):
        x = torch.ones(1, size, device=device)
        show("fits", x.shape[-1] == linear.in_features)
        try:
            linear(x)
        except RuntimeError:
            show("refused", size)


@case("remedy/linear-input-of-another-dtype")
def linear_input_of_another_dtype(show, device):
    """An input of another dtype is cast to that of the weight, and refused by a RuntimeError otherwise."""
    linear = Linear(1, 1).to(device)
    x = torch.ones(1, 1, dtype=torch.float64, device=device)
    show("dtype", linear(x.to(linear.weight.dtype)).dtype)
    try:
        linear(x)
    except RuntimeError:
        show("refused", True)


@case("remedy/linear-input-without-dimensions")
def linear_input_without_dimensions(show, device):
    """A scalar is given a dimension before it is the input of a Linear."""
    show("shape", Linear(1, 1).to(device)(torch.tensor(2.0, device=device).reshape(1)).shape)


@case("remedy/full-backward-hook-instead-of-a-legacy-one", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_instead_of_a_legacy_one(show, device):
    """A full backward hook is called without a warning."""
    model = ScaledPowModel(device)
    model.register_full_backward_hook(lambda _, grad_input, grad_output: show("grad_input", *grad_input))
    x = torch.tensor(2.0, device=device, requires_grad=True)
    model(x, torch.tensor(3.0, device=device, requires_grad=True)).backward()


@case("remedy/name-of-an-autograd-node")
def name_of_an_autograd_node(show, device):
    """Without the digits at its end, the name of a node is the same."""
    z = torch.ones(1, device=device, requires_grad=True) * 2.0
    show("name", type(z.grad_fn).__name__.rstrip("0123456789"))


@case("remedy/parametrized-parameter-is-set", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrized_parameter_is_set(show, device):
    """A parameter is set where its parametrization has a right_inverse, and refused by a RuntimeError without one."""
    for parametrization in (TwiceAndBack(), Twice()):
        model = Linear(1, 1, bias=False).to(device)
        torch.nn.utils.parametrize.register_parametrization(model, "weight", parametrization)
        try:
            model.weight = torch.full((1, 1), 3.0, device=device)
            show("weight", model.weight.detach())
        except RuntimeError:
            show("refused", True)


@case("remedy/class-instead-of-repr")
def class_instead_of_repr(show, device):
    """The classes of Modules tell what they are."""
    modules = ModuleList([GELU(), GELU(), ReLU()])
    show("first is a GELU", isinstance(modules[0], GELU))
    show("classes", [type(module).__name__ for module in modules])


@case("remedy/attributes-instead-of-repr")
def attributes_instead_of_repr(show, device):
    """The attributes of a normalisation tell how it was made."""
    norm = BatchNorm1d(2, eps=0.5, affine=False).to(device)
    show("attributes", norm.num_features, norm.eps, norm.affine)


class _Spaced(Module):
    """Has a blank line in its repr."""

    def extra_repr(self):
        """Return two lines with an empty one in between."""
        return "first\n\nsecond"


@case("remedy/lines-of-a-repr")
def lines_of_a_repr(show, device):
    """The lines of a repr are compared without the space at their ends."""
    show("lines", [line.strip() for line in repr(_Spaced()).split("\n")])


@case("remedy/sigmoid-and-tanh-of-torch")
def sigmoid_and_tanh_of_torch(show, device):
    """The functions sigmoid and tanh of torch itself give no warning."""
    x = torch.tensor(0.5, device=device)
    show("sigmoid", torch.sigmoid(x))
    show("tanh", torch.tanh(x))


@case("remedy/functional-call-of-func", needs="torch.func.functional_call")
def functional_call_of_func(show, device):
    """The functional_call of torch.func gives no warning."""
    values = {"powParam": torch.tensor(5.0, device=device)}
    arguments = torch.tensor(2.0, device=device), 3.0
    show("output", torch.func.functional_call(ScaledPowModel(device), values, arguments))


@case("remedy/gradient-of-another-dtype")
def gradient_of_another_dtype(show, device):
    """A gradient is converted to the dtype of its parameter before it is assigned."""
    parameter = Parameter(torch.tensor(1.0, device=device))
    gradient = torch.tensor(2.0, dtype=torch.float64, device=device)
    parameter.grad = gradient.to(parameter.dtype)
    show("grad", parameter.grad)


@case("remedy/loading-onto-meta", needs="torch.nn.Module.to_empty")
def loading_onto_meta(show, device):
    """A Module on the meta device is given memory by to_empty, and loads a state then."""
    linear = Linear(1, 1, bias=False, device="meta").to_empty(device=device)
    linear.load_state_dict({"weight": torch.full((1, 1), 3.0, device=device)})
    show("weight", linear.weight.detach())


@case("remedy/weight-norm-of-parametrizations", needs="torch.nn.utils.parametrizations.weight_norm")
def weight_norm_of_parametrizations(show, device):
    """The weight_norm of parametrizations loads a state of the old one, without a warning."""
    new = torch.nn.utils.parametrizations.weight_norm(Linear(1, 1, bias=False).to(device))
    state = {"weight_g": torch.full((1, 1), 3.0, device=device), "weight_v": torch.full((1, 1), 2.0, device=device)}
    show("load", *new.load_state_dict(state))
    show("weight", new.weight.detach())


@case("remedy/load-says-whom-it-trusts", needs="torch.load(weights_only)")
def load_says_whom_it_trusts(show, device):
    """A load that says whether the file is trusted gives no warning."""
    model = ScaledPowModel(device)
    show("state", dict(torch.load(saved(model.state_dict()), weights_only=True)))
    show("model", type(torch.load(saved(model), weights_only=False)).__name__)


@case("remedy/load-without-trust-refuses", needs="torch.load(weights_only)")
def load_without_trust_refuses(show, device):
    """What a load without trust refuses is caught as an UnpicklingError, whose text names the class."""
    try:
        torch.load(saved(ScaledPowModel(device)), weights_only=True)
    except pickle.UnpicklingError as error:
        show("names the class", "ScaledPowModel" in str(error))


@case("remedy/clipping-a-list")
def clipping_a_list(show, device):
    """Parameters that are kept in a list are clipped each time."""
    linear = Linear(1, 1, bias=False).to(device)
    parameters = list(linear.parameters())
    for gradient in (4.0, 2.0):
        linear.weight.grad = torch.full((1, 1), gradient, device=device)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        show("grad", linear.weight.grad.round())


@case("remedy/children-of-a-module-of-ones-own")
def children_of_a_module_of_ones_own(show, device):
    """A container that derives from Module registers its children by add_module, without a warning."""
    container = Module()
    container.add_module("first", ReLU())
    show("names", [name for name, _ in container.named_children()])


@case("remedy/filter-of-both-classes-of-warnings")
def filter_of_both_classes_of_warnings(show, device):
    """A filter that names both classes keeps a deprecation quiet."""
    import warnings

    with warnings.catch_warnings():
        for category in (UserWarning, FutureWarning):
            warnings.simplefilter("ignore", category)
        scaled_pow_log_model(device).state_dict(None, "model.")
    show("quiet", True)
