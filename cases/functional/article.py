"""Section "Functional" of the article: Modules, and the functions that they are made of."""

from functools import partial
from unittest import mock

import torch
from torch.nn import Dropout, Linear, Module, Parameter, ReLU
from torch.nn import functional as F

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal

ENOUGH_DRAWS = 64
"""How often dropout is tried before a value that should come up counts as missing: odds of 2 ** -64."""


class _LinearFunction(Module):
    """What Linear does, by its function and a parameter of its own."""

    def __init__(self, weight):
        super().__init__()
        self.linearParams = Parameter(weight)

    def forward(self, x):
        return F.linear(x, self.linearParams)


class _ReLUFunction(Module):
    """What ReLU does, by its function."""

    def forward(self, x):
        return F.relu(x)


class _DropoutFunction(Module):
    """What Dropout does, by its function, which must be told the mode."""

    def forward(self, x):
        return F.dropout(x, p=0.5, training=self.training)


class _ModelessDropout(Module):
    """Forgets to tell the function of dropout the mode."""

    def forward(self, x):
        return F.dropout(x, p=0.5)


class _CountingDropout(Module):
    """Dropout that counts its calls in a plain number."""

    def __init__(self, p):
        super().__init__()
        self.dropout = Dropout(p)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.dropout(x)


def _linear(device):
    """Return a Linear of two inputs and three outputs, whose results are whole numbers and so exact."""
    linear = Linear(in_features=2, out_features=3).to(device)
    linear.weight.data.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], device=device))
    linear.bias.data.copy_(torch.tensor([10.0, 20.0, 30.0], device=device))
    return linear


def _inputs_of_linear(device):
    """Return inputs of one, two and three dimensions by a word for each."""
    numbers = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], device=device)
    return {"1-D": numbers[0][0], "2-D": numbers[0], "3-D": numbers}


def _output_and_gradients(output, *inputs):
    """Return `output`, and the gradients of its sum by each of `inputs`, as plain numbers."""
    return [output.detach(), *torch.autograd.grad(output.sum(), inputs)]


def _show_agreement(show, labels, these, those):
    """Show for each label whether the two tensors that it names are exactly equal."""
    for label, this, that in zip(labels, these, those):
        show(f"{label} agrees", (this == that).all())


def _show_that_half_is_dropped(show, dropped):
    """Show that of ones, at least 64 of them, some became 0 and the others 2, as dropout at p = 0.5 has it."""
    show("0 or 2", ((dropped == 0) | (dropped == 2)).all())
    show("some 0", (dropped == 0).any())
    show("some 2", (dropped == 2).any())


def _show_in_place(show, label, function, x):
    show(f"{label} returns its input", function(x) is x)
    show(f"{label} leaves in it", x)


def _node(tensor):
    """Return the name of the tensor's autograd node, without the number that not all releases put after it."""
    return tensor.grad_fn.name().rstrip("0123456789")


def _show_product(show, linear, device):
    three = torch.tensor(3.0, device=device)
    show("z", linear(three.expand(1, 1, 1)).squeeze())


def _show_rectified(show, rectifier, device):
    for number in (3.0, -1.0):
        show("z", rectifier(torch.tensor(number, device=device)))


def _show_property_of_dropout(show, dropout, device, awaited):
    """Show that training gives 0 and 2 and nothing else, and evaluation leaves its input alone.

    In which order 0 and 2 come is a matter of chance, and of the processor, so each line draws until the value
    `awaited` for it comes, and shows at once what is neither 0 nor 2.
    """
    one = torch.tensor(1.0, device=device)
    for name, training in [("train mode", True), ("eval mode", False)]:
        show(name)
        dropout.train(training)
        for i, value in enumerate(awaited):
            for _ in range(ENOUGH_DRAWS):
                drawn = dropout(one)
                if drawn.item() == value or drawn.item() not in (0.0, 2.0):
                    break
            show(f"{i}", drawn)


@case("functional/code-1")
def linear_module_multiplies_by_its_weight(show, device):
    """A Linear of one feature, without bias, multiplies by its weight."""
    linear = Linear(in_features=1, out_features=1, bias=False).to(device)
    linear.weight.data.fill_(2.0)
    _show_product(show, linear, device)


@case("functional/code-2")
def linear_function_takes_its_weight_as_an_argument(show, device):
    """F.linear computes what Linear does, with the parameter handed to it."""
    _show_product(show, _LinearFunction(torch.tensor([[2.0]], device=device)), device)


@case("functional/code-3")
def relu_module_rectifies(show, device):
    """ReLU keeps what is positive and makes the rest zero."""
    _show_rectified(show, ReLU(), device)


@case("functional/code-4")
def relu_function_rectifies(show, device):
    """F.relu does what ReLU does, and needs no state."""
    _show_rectified(show, _ReLUFunction(), device)


@case("functional/code-5")
def dropout_module_follows_the_mode(show, device):
    """Dropout gives zeros and doubled values while training, and leaves its input alone in evaluation."""
    _show_property_of_dropout(show, Dropout(0.5), device, awaited=[2.0, 0.0, 2.0, 0.0, 2.0])


@case("functional/code-6")
def dropout_function_is_told_the_mode(show, device):
    """F.dropout does what Dropout does if it is told p and the mode."""
    _show_property_of_dropout(show, _DropoutFunction(), device, awaited=[2.0, 0.0, 2.0, 0.0, 0.0])


@case("functional/dropout-stream", platform_bound=True)
def dropout_draws_under_a_seed(show, device):
    """Which of ten draws dropout keeps under one seed: nothing that PyTorch promises, and it did change."""
    torch.manual_seed(0)
    one = torch.tensor(1.0, device=device)
    for i in range(10):
        show(f"{i}", F.dropout(one, p=0.5))


@case("functional/modules-call-their-functions", example="functional/code-2")
def modules_call_their_functions(show, device):
    """Linear, ReLU and Dropout compute by calling the functions of their names."""
    x = torch.tensor([1.0, 2.0], device=device)
    for name, module in [("linear", _linear(device)), ("relu", ReLU()), ("dropout", Dropout())]:
        with mock.patch.object(F, name, wraps=getattr(F, name)) as function:
            module(x)
        show(f"{type(module).__name__} calls F.{name}", function.called)


@case("functional/linear-module-and-function-agree", example="functional/code-2")
def linear_module_and_function_agree(show, device):
    """Linear and F.linear agree exactly in the output and in the gradients of input, weight and bias."""
    linear = _linear(device)
    x = torch.tensor([[0.1, 0.2], [0.3, 0.4]], device=device, requires_grad=True)
    inputs = x, linear.weight, linear.bias
    _show_agreement(
        show,
        ["output", "gradient of the input", "gradient of the weight", "gradient of the bias"],
        _output_and_gradients(linear(x), *inputs),
        _output_and_gradients(F.linear(*inputs), *inputs),
    )


@case("functional/linear-gradients", example="functional/code-1")
def linear_passes_gradients_to_input_weight_and_bias(show, device):
    """The input of a Linear, its weight and its bias all receive gradients."""
    linear = _linear(device)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    _, by_input, by_weight, by_bias = _output_and_gradients(linear(x), x, linear.weight, linear.bias)
    show("gradient of the input", by_input)
    show("gradient of the weight", by_weight)
    show("gradient of the bias", by_bias)


@case("functional/linear-acts-on-the-last-dimension", example="functional/code-1")
def linear_acts_on_the_last_dimension(show, device):
    """A Linear transforms the last dimension and keeps those before it."""
    linear = _linear(device)
    for dimensions, x in _inputs_of_linear(device).items():
        show(dimensions, linear(x).detach())


@case("functional/linear-autograd-node-in-1d", example="functional/code-1")
def linear_is_recorded_in_one_dimension(show, device):
    """The autograd node of a Linear with a bias tells how it is computed for an input of one dimension."""
    show("node", _node(_linear(device)(_inputs_of_linear(device)["1-D"])))


@case("functional/linear-autograd-node-in-2d", example="functional/code-1")
def linear_is_recorded_in_two_dimensions(show, device):
    """The autograd node of a Linear with a bias tells how it is computed for an input of two dimensions."""
    show("node", _node(_linear(device)(_inputs_of_linear(device)["2-D"])))


@case("functional/linear-autograd-node-in-3d", example="functional/code-1")
def linear_is_recorded_in_three_dimensions(show, device):
    """The autograd node of a Linear with a bias tells how it is computed for an input of three dimensions."""
    show("node", _node(_linear(device)(_inputs_of_linear(device)["3-D"])))


@case("functional/linear-refuses-a-scalar", example="functional/code-1")
def linear_refuses_a_scalar(show, device):
    """A Linear without bias refuses an input without dimensions, even if it has a single feature."""
    linear = Linear(in_features=1, out_features=1, bias=False).to(device)
    show("raises", refusal(linear, torch.tensor(3.0, device=device)))


@case("functional/linear-parameters", example="functional/code-1")
def linear_has_a_weight_and_maybe_a_bias(show, device):
    """The parameters of a Linear are a weight of outputs by inputs and, unless it is made without, a bias."""
    for bias in (True, False):
        linear = Linear(in_features=2, out_features=3, bias=bias).to(device)
        show(f"bias={bias}", [(name, list(parameter.shape)) for name, parameter in linear.named_parameters()])


@case("functional/linear-function-needs-a-weight", example="functional/code-2")
def linear_function_needs_a_weight(show, device):
    """F.linear has no weight of its own, and raises a TypeError if it is given none."""
    show("raises", type_of_refusal(F.linear, torch.tensor([1.0, 2.0], device=device)))


@case("functional/relu-module-and-function-agree", example="functional/code-4")
def relu_module_and_function_agree(show, device):
    """ReLU and F.relu agree exactly in the output and in the gradient."""
    x = torch.tensor([-0.3, -0.1, 0.1, 0.3], device=device, requires_grad=True)
    _show_agreement(
        show, ["output", "gradient"], _output_and_gradients(ReLU()(x), x), _output_and_gradients(F.relu(x), x)
    )


@case("functional/relu-gradient-at-zero", example="functional/code-3")
def relu_has_no_gradient_at_zero(show, device):
    """The gradient of ReLU is zero at zero, as below it."""
    x = torch.tensor([-1.0, 0.0, 1.0], device=device, requires_grad=True)
    _, gradient = _output_and_gradients(F.relu(x), x)
    show("gradient", gradient)


@case("functional/relu-in-place", example="functional/code-3")
def relu_in_place_overwrites_its_input(show, device):
    """ReLU in place writes its result into its input and returns that."""
    for label, function in [
        ("ReLU", ReLU(inplace=True)),
        ("F.relu", partial(F.relu, inplace=True)),
        ("F.relu_", F.relu_),
    ]:
        _show_in_place(show, label, function, torch.tensor([3.0, -1.0], device=device))


@case("functional/dropout-module-and-function-agree", example="functional/code-6")
def dropout_module_and_function_agree(show, device):
    """Under the same seed, Dropout and F.dropout agree exactly in the output and in the gradient."""
    x = torch.full((64,), 0.1, device=device, requires_grad=True)
    results = []
    for function in (Dropout(0.5), partial(F.dropout, p=0.5, training=True)):
        torch.manual_seed(1)
        results.append(_output_and_gradients(function(x), x))
    _show_agreement(show, ["output", "gradient"], *results)


@case("functional/dropout-gradient", example="functional/code-5")
def dropout_scales_gradients_as_it_scales_values(show, device):
    """Dropout multiplies each gradient by the 0 or 2 by which it multiplied the value."""
    x = torch.ones(64, device=device, requires_grad=True)
    output, gradient = _output_and_gradients(Dropout(0.5)(x), x)
    _show_that_half_is_dropped(show, gradient)
    _show_agreement(show, ["gradient"], [gradient], [output])


@case("functional/dropout-function-without-mode", example="functional/code-6")
def dropout_function_drops_unless_told_not_to(show, device):
    """F.dropout that is not told the mode goes on dropping when the Module that calls it is in evaluation."""
    dropout = _ModelessDropout()
    dropout.eval()
    _show_that_half_is_dropped(show, dropout(torch.ones(64, device=device)))


@case("functional/dropout-function-without-p", example="functional/code-6")
def dropout_function_drops_half_unless_told(show, device):
    """F.dropout that is not told p drops half."""
    _show_that_half_is_dropped(show, F.dropout(torch.ones(64, device=device), training=True))


@case("functional/dropout-autograd-node", example="functional/code-5")
def dropout_is_recorded_as_a_product(show, device):
    """Autograd records dropout in training as one node, which on the CPU is a multiplication."""
    x = torch.ones(4, device=device, requires_grad=True)
    show("node", _node(F.dropout(x, p=0.5)))


@case("functional/dropout-of-nothing-and-of-everything", example="functional/code-5")
def dropout_drops_nothing_or_everything_at_the_ends(show, device):
    """Dropout keeps everything at p = 0 and nothing at p = 1, in values as in gradients."""
    x = torch.tensor([1.0, 2.0, 3.0], device=device, requires_grad=True)
    for p in (0.0, 1.0):
        output, gradient = _output_and_gradients(Dropout(p)(x), x)
        show(f"p={p} output", output)
        show(f"p={p} gradient", gradient)


@case("functional/dropout-p-out-of-range", example="functional/code-6")
def dropout_refuses_what_is_no_probability(show, device):
    """Dropout when it is made, and F.dropout when it is called, refuse a p below 0 or above 1."""
    one = torch.tensor(1.0, device=device)
    for p in (-0.5, 1.5):
        show(f"Dropout p={p} raises", refusal(Dropout, p))
        show(f"F.dropout p={p} raises", refusal(F.dropout, one, p))


@case("functional/dropout-in-evaluation-returns-its-input", example="functional/code-5")
def dropout_in_evaluation_returns_its_input(show, device):
    """In evaluation, dropout returns the very tensor that it was given."""
    one = torch.tensor(1.0, device=device)
    show("Dropout", Dropout(0.5).eval()(one) is one)
    show("F.dropout", F.dropout(one, p=0.5, training=False) is one)


@case("functional/dropout-in-place", example="functional/code-5")
def dropout_in_place_overwrites_its_input(show, device):
    """Dropout in place writes its result into its input and returns that."""
    for label, function in [
        ("Dropout", Dropout(p=1.0, inplace=True)),
        ("F.dropout", partial(F.dropout, p=1.0, inplace=True)),
    ]:
        _show_in_place(show, label, function, torch.tensor([3.0, 1.0], device=device))


@case("functional/in-place-on-a-leaf-that-requires-grad", example="functional/code-3")
def in_place_functions_refuse_leaves_that_require_grad(show, device):
    """ReLU in place refuses a tensor that requires grad and that no operation made."""
    show("raises", refusal(ReLU(inplace=True), torch.tensor(1.0, device=device, requires_grad=True)))


@case("functional/relu-and-dropout-register-nothing", example="functional/code-6")
def relu_and_dropout_register_nothing(show, device):
    """ReLU and Dropout have neither parameters nor buffers, and so nothing to save."""
    for module in (ReLU().to(device), Dropout().to(device)):
        name = type(module).__name__
        show(f"{name} parameters", list(module.parameters()))
        show(f"{name} buffers", list(module.buffers()))
        show(f"{name} state", module.state_dict())


@case("functional/state-that-is-not-saved", example="functional/code-6")
def plain_attributes_are_not_saved(show, device):
    """The p of a Dropout, the mode and a plain number are state that state_dict leaves out and loading leaves alone."""
    saved, loaded = _CountingDropout(p=0.25), _CountingDropout(p=0.75)
    saved.eval()
    saved(torch.tensor(1.0, device=device))
    show("state", saved.state_dict())
    loaded.load_state_dict(saved.state_dict())
    for label, model in [("saved", saved), ("loaded", loaded)]:
        show(f"{label} p", model.dropout.p)
        show(f"{label} training", model.training)
        show(f"{label} calls", model.calls)


@case("functional/repr-names-the-settings", example="functional/code-6")
def repr_names_the_settings(show, device):
    """The reprs of Linear, ReLU and Dropout name the settings that they were made with."""
    for bias in (True, False):
        show("Linear", Linear(in_features=2, out_features=3, bias=bias).to(device))
    for inplace in (False, True):
        show("ReLU", ReLU(inplace=inplace).to(device))
        show("Dropout", Dropout(p=0.25, inplace=inplace).to(device))


@case("functional/number-to-the-power-of-a-tensor")
def number_to_the_power_of_a_tensor_has_a_node_of_its_own(show, device):
    """Autograd has one node for a number to the power of a tensor and another for a tensor to that power."""
    q = torch.tensor(3.0, device=device, requires_grad=True)
    show("number ** tensor", (5.0**q).grad_fn.name())
    show("tensor ** tensor", (q**q).grad_fn.name())
