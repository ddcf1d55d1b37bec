"""Section "Utility": what the functions of torch.nn.init leave in a tensor, and what they refuse."""

import torch
from torch.nn import Parameter, init

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal


@cases(
    "utility/init-{function}",
    only="cpu",
    function={
        "constant": ["constant_", [2, 2], {"val": 3.0}],
        "ones": ["ones_", [2], {}],
        "zeros": ["zeros_", [2], {}],
        "eye": ["eye_", [2, 3], {}],
        "dirac": ["dirac_", [3, 2, 3], {}],
        "dirac-in-five-dimensions": ["dirac_", [1, 1, 1, 1, 3], {}],
    },
)
def initialised_with_what_is_known(show, device, function):
    """A Parameter that {function[0]} fills stays the same leaf, with values that are known."""
    weight = Parameter(torch.full(function[1], 9.0, device=device))
    show("same object", getattr(init, function[0])(weight, **function[2]) is weight)
    show("values", weight.detach())
    show("requires grad", weight.requires_grad, weight.is_leaf)


@cases(
    "utility/init-within-bounds-by-{function}",
    only="cpu",
    function={
        "uniform": ["uniform_", {"a": 2.0, "b": 3.0}, 2.0, 3.0],
        "xavier-uniform": ["xavier_uniform_", {"gain": 2.0}, -1.0, 1.0],
        "kaiming-uniform": ["kaiming_uniform_", {"nonlinearity": "linear"}, -0.5, 0.5],
        "kaiming-uniform-by-outputs": ["kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "linear"}, -0.5, 0.5],
    },
)
def initialised_within_bounds(show, device, function):
    """What {function[0]} draws is between {function[2]} and {function[3]}, and comes near to both."""
    weight = torch.zeros(12, 12, device=device)
    getattr(init, function[0])(weight, **function[1])
    low, high = function[2], function[3]
    near = (high - low) / 10
    show("within", ((weight >= low) & (weight <= high)).all())
    show("near to the low bound", (weight < low + near).any())
    show("near to the high bound", (weight > high - near).any())


@cases(
    "utility/init-spread-of-{function}",
    only="cpu",
    function={
        "normal": ["normal_", {"mean": 1.0, "std": 2.0}, 1.0, 2.0],
        "xavier-normal": ["xavier_normal_", {"gain": 10.0}, 0.0, 1.0],
        "kaiming-normal": ["kaiming_normal_", {"nonlinearity": "linear"}, 0.0, 0.1],
        "kaiming-normal-of-leaky-relu": ["kaiming_normal_", {"a": 1.0}, 0.0, 0.1],
    },
)
def initialised_with_a_spread(show, device, function):
    """What {function[0]} draws has about the mean and the standard deviation that it is for."""
    weight = torch.zeros(100, 100, device=device)
    getattr(init, function[0])(weight, **function[1])
    mean, std = function[2], function[3]
    show("mean", (weight.mean() - mean).abs() < 0.1 * std)
    show("standard deviation", (weight.std() - std).abs() < 0.1 * std)


@case("utility/init-orthogonal", only="cpu")
def initialised_to_be_orthogonal(show, device):
    """The rows of a wide matrix that orthogonal_ fills, or the columns of a tall one, have the length told."""
    for rows, columns in [(2, 4), (4, 2)]:
        weight = init.orthogonal_(torch.zeros(rows, columns, device=device), gain=2.0)
        product = weight @ weight.t() if rows < columns else weight.t() @ weight
        show(f"{rows} by {columns}", ((product - 4.0 * torch.eye(2, device=device)).abs() < 1e-4).all())


@case("utility/init-sparse", only="cpu")
def initialised_sparsely(show, device):
    """With sparse_, each column has the part of zeros that it is told, rounded up."""
    weight = init.sparse_(torch.ones(5, 3, device=device), sparsity=0.5)
    show("zeros", (weight == 0).sum(0))


@case("utility/init-truncated-normal", only="cpu", needs="torch.nn.init.trunc_normal_")
def initialised_truncated(show, device):
    """What trunc_normal_ draws is within its bounds, and comes near to them."""
    weight = init.trunc_normal_(torch.zeros(1000, device=device), mean=0.0, std=1.0, a=-0.5, b=1.0)
    show("within", ((weight >= -0.5) & (weight <= 1.0)).all())
    show("near to the bounds", (weight < -0.4).any(), (weight > 0.9).any())


@case("utility/init-truncated-normal-far-off", only="cpu", needs="torch.nn.init.trunc_normal_")
def initialised_truncated_far_off(show, device):
    """A mean far from the bounds gives a warning."""
    weight = init.trunc_normal_(torch.zeros(10, device=device), mean=9.0, std=1.0)
    show("within", ((weight >= -2.0) & (weight <= 2.0)).all())


@cases(
    "utility/init-refuses-{what}",
    only="cpu",
    what={
        "eye-of-one-dimension": ["eye_", [2], {}],
        "dirac-of-two-dimensions": ["dirac_", [2, 2], {}],
        "xavier-of-one-dimension": ["xavier_uniform_", [2], {}],
        "kaiming-of-one-dimension": ["kaiming_normal_", [2], {}],
        "kaiming-by-another-mode": ["kaiming_uniform_", [2, 2], {"mode": "fan_avg"}],
        "kaiming-of-another-function": ["kaiming_uniform_", [2, 2], {"nonlinearity": "cube"}],
        "orthogonal-of-one-dimension": ["orthogonal_", [2], {}],
        "sparse-of-three-dimensions": ["sparse_", [2, 2, 2], {"sparsity": 0.5}],
    },
)
def initialisation_refuses(show, device, what):
    """The function {what[0]} refuses a tensor of the shape {what[1]} and the arguments {what[2]}."""
    weight = torch.ones(what[1], device=device)
    show("refused", refusal(lambda: getattr(init, what[0])(weight, **what[2])))


@cases(
    "utility/init-of-nothing-by-{function}",
    only="cpu",
    function={
        "kaiming-uniform": "kaiming_uniform_",
        "kaiming-normal": "kaiming_normal_",
        "orthogonal": "orthogonal_",
        "uniform": "uniform_",
    },
)
def nothing_is_initialised(show, device, function):
    """What {function} says of a tensor without elements."""
    weight = torch.ones(0, 2, device=device)
    show("raises", type_of_refusal(lambda: show("shape", getattr(init, function)(weight).shape)))


@cases(
    "utility/init-under-the-old-name-{function}",
    only="cpu",
    function={
        "uniform": "uniform",
        "normal": "normal",
        "constant": "constant",
        "eye": "eye",
        "dirac": "dirac",
        "xavier-uniform": "xavier_uniform",
        "kaiming-normal": "kaiming_normal",
        "orthogonal": "orthogonal",
        "sparse": "sparse",
    },
)
def initialised_under_the_old_name(show, device, function):
    """The name {function} without the underscore still works, and warns."""
    weight = torch.ones([2, 2, 1] if function == "dirac" else [2, 2], device=device)
    arguments = {"constant": [3.0], "sparse": [0.5]}.get(function, [])
    show("same object", getattr(init, function)(weight, *arguments) is weight)


@cases(
    "utility/gain-of-{function}",
    only="cpu",
    function={
        "linear": ["linear"],
        "conv-transpose": ["conv_transpose2d"],
        "tanh": ["tanh"],
        "relu": ["relu"],
        "leaky-relu": ["leaky_relu"],
        "leaky-relu-of-one": ["leaky_relu", 1],
        "leaky-relu-of-a-bool": ["leaky_relu", True],
        "selu": ["selu"],
        "no-function": ["cube"],
    },
)
def gain(show, device, function):
    """The gain for {function}, by which initialisations scale."""
    show("refused", refusal(lambda: show("gain", init.calculate_gain(*function))))


@case("utility/init-and-autograd", only="cpu")
def initialisation_is_not_recorded(show, device):
    """An initialisation is not recorded, counts as an in-place change, and leaves the gradient as it is."""
    weight = Parameter(torch.ones(2, 2, device=device))
    weight.grad = torch.ones(2, 2, device=device)
    before = weight._version
    init.constant_(weight, 2.0)
    show("grad_fn", weight.grad_fn)
    show("version grew", weight._version > before)
    show("gradient", weight.grad)


@case("utility/init-dirac-in-groups", only="cpu", needs="torch.nn.init.dirac_(groups)")
def initialised_in_groups(show, device):
    """With groups, dirac_ starts anew in each of them."""
    show("values", init.dirac_(torch.ones(4, 2, 1, device=device), groups=2).flatten(1))


@case("utility/init-refuses-dirac-of-other-groups", only="cpu", needs="torch.nn.init.dirac_(groups)")
def initialisation_refuses_groups(show, device):
    """The groups of dirac_ have to divide the first dimension."""
    show("refused", refusal(init.dirac_, torch.ones(3, 1, 1, device=device), 2))


@case("utility/skip-init", only="cpu", needs="torch.nn.utils.skip_init")
def initialisation_is_skipped(show, device):
    """A Module made by skip_init has its tensors where it is told, of the shape and dtype told."""
    model = torch.nn.utils.skip_init(torch.nn.Linear, 3, 2, device=device, dtype=torch.float64)
    show("weight", model.weight.shape, model.weight.dtype)
    show("requires grad", model.weight.requires_grad)


@case("utility/skip-init-of-no-module", only="cpu", needs="torch.nn.utils.skip_init")
def initialisation_of_no_module_is_skipped(show, device):
    """What skip_init is to make has to be a Module that takes a device."""
    show("no Module", refusal(torch.nn.utils.skip_init, dict))
    show("without a device", refusal(torch.nn.utils.skip_init, torch.nn.Identity))
    show("without the parameter device", refusal(torch.nn.utils.skip_init, torch.nn.ReLU))
