"""Section "Hook" of the article: watching and changing what passes through a Module."""

import copy

import torch
from torch.nn import Linear, Module

from module_drift.case import case

from ..shared.models import (
    LogModel,
    PowLogModel,
    PowModel,
    ScaledPowModel,
    differentiate,
    scaled_pow_log_model,
    show_parameters,
)


class _Identity(Module):
    """Gives back what it is called with, whatever that is."""

    def forward(self, x):
        return x


class _PowScaledModel(ScaledPowModel):
    """The same product as ScaledPowModel, with its operands swapped."""

    def forward(self, x, q):
        return PowModel.forward(self, x, q) * self.powParam


class _TwoAndThreeTimes(Module):
    """Two products of its input, packed as `pack(two_times, three_times)`."""

    def __init__(self, pack):
        super().__init__()
        self.pack = pack

    def forward(self, x):
        return self.pack(2 * x, 3 * x)


class _Halves(Module):
    """The two halves of its input, which one operation makes."""

    def forward(self, x):
        return torch.chunk(x, 2)


def _show_with(show, model, handle, device):
    """Run forwards and backwards with the hook of `handle`, remove it, and show the results."""
    show_results = differentiate(show, model, device)
    handle.remove()
    show_results()
    show_parameters(show, model)


def _x_and_q(device, requires_grad=False):
    """Return the article's inputs 5 and 3, without gradients unless asked."""
    return (
        torch.tensor(5.0, device=device, requires_grad=requires_grad),
        torch.tensor(3.0, device=device, requires_grad=requires_grad),
    )


def _announce(show, name):
    """Return a hook of any kind that shows its name, and returns nothing."""

    def announce(module, *values):
        show("called", name)

    return announce


def _show_whether_called(show, moment, call):
    """Show the moment, and then what hooks show when `call` is called."""
    show(moment)
    call()
    show("returned")


def _watch_gradients(show):
    """Return a legacy backward hook that shows what it is given, and returns nothing."""

    def watch_gradients(module, grad_input, grad_output):
        show("grad_input", grad_input)
        show("grad_output", grad_output)

    return watch_gradients


def _show_sizes_of_grad_input(show, x):
    """Run a Linear of three features and two on `x` and back, and show the sizes that a legacy hook sees."""
    linear = Linear(3, 2).to(x.device)

    def show_sizes(module, grad_input, grad_output):
        show("grad_input", [tuple(gradient.shape) for gradient in grad_input])

    linear.register_backward_hook(show_sizes)
    linear(1 * x).sum().backward()


@case("hook/code-1")
def forward_pre_hook_replaces_the_input(show, device):
    """A forward pre-hook sees a child's positional inputs as a tuple, and may return others."""
    model = scaled_pow_log_model(device)

    def double_first_input(module, inputs):
        show("input", inputs)
        first, *rest = inputs
        return (2 * first, *rest)

    _show_with(show, model, model.logModel.register_forward_pre_hook(double_first_input), device)


@case("hook/code-2")
def forward_hook_replaces_the_output(show, device):
    """A forward hook sees a child's inputs and output, and may return another output."""
    model = scaled_pow_log_model(device)

    def double_output(module, inputs, output):
        show("input", inputs)
        show("output", output)
        return 2 * output

    _show_with(show, model, model.logModel.register_forward_hook(double_output), device)


@case("hook/code-3")
def legacy_backward_hook_sees_the_last_operation(show, device):
    """register_backward_hook hands over the inputs' gradients of forward's last operation, not of the Module."""
    model = scaled_pow_log_model(device)

    def watch_gradients(module, grad_input, grad_output):
        show("grad_input", grad_input)
        show("grad_output", grad_output)
        return grad_input

    _show_with(show, model, model.powModel.register_backward_hook(watch_gradients), device)


@case("hook/pre-hook-returns-nothing", example="hook/code-1")
def pre_hook_that_returns_nothing_changes_nothing(show, device):
    """A forward pre-hook that returns nothing leaves the inputs as they are."""
    model = PowModel()
    model.register_forward_pre_hook(_announce(show, "pre-hook"))
    show("output", model(*_x_and_q(device)))


@case("hook/pre-hook-returns-one-value", example="hook/code-1")
def pre_hook_may_return_one_value_without_a_tuple(show, device):
    """One value that a forward pre-hook returns without a tuple is the one input of forward."""
    model = _Identity()
    model.register_forward_pre_hook(lambda module, inputs: 2 * inputs[0])
    show("output", model(torch.tensor(5.0, device=device)))


@case("hook/pre-hook-returns-a-list", example="hook/code-1")
def pre_hook_that_returns_a_list_returns_one_value(show, device):
    """A list that a forward pre-hook returns is one input, and not a list of inputs."""
    model = _Identity()
    model.register_forward_pre_hook(lambda module, inputs: list(inputs))
    show("output", model(torch.tensor(5.0, device=device)))


@case("hook/pre-hook-adds-an-input", example="hook/code-1")
def pre_hook_may_return_more_inputs(show, device):
    """A tuple that a forward pre-hook returns is all inputs of forward, also if it holds more than there were."""
    x, q = _x_and_q(device)
    model = PowModel()
    model.register_forward_pre_hook(lambda module, inputs: (*inputs, q))
    show("output", model(x))


@case("hook/pre-hooks-in-order", example="hook/code-1")
def pre_hooks_run_in_order_each_on_the_inputs_of_the_former(show, device):
    """Forward pre-hooks run in the order of registration, each on what the former returned."""
    model = _Identity()

    def double(module, inputs):
        show("to double", inputs)
        return (2 * inputs[0],)

    def add_one(module, inputs):
        show("to add one", inputs)
        return (inputs[0] + 1,)

    model.register_forward_pre_hook(double)
    model.register_forward_pre_hook(add_one)
    show("output", model(torch.tensor(5.0, device=device)))


@case("hook/forward-hook-arguments", example="hook/code-2")
def forward_hook_is_given_the_objects_themselves(show, device):
    """A forward hook is given the Module called, a tuple of the very inputs, and the very output."""
    x, q = _x_and_q(device)
    model = PowModel()
    seen = []
    model.register_forward_hook(lambda *arguments: seen.extend(arguments))
    z = model(x, q)
    module, inputs, output = seen
    show("module is the one called", module is model)
    show("inputs are a tuple", type(inputs) is tuple)
    show("inputs are those given", [given is taken for given, taken in zip((x, q), inputs)])
    show("output is that returned", output is z)


@case("hook/forward-hook-returns-nothing", example="hook/code-2")
def forward_hook_that_returns_nothing_changes_nothing(show, device):
    """A forward hook that returns nothing leaves the output as it is."""
    model = PowModel()
    model.register_forward_hook(_announce(show, "forward hook"))
    show("output", model(*_x_and_q(device)))


@case("hook/forward-hook-returns-a-dict", example="hook/code-2")
def forward_hook_may_return_another_type(show, device):
    """A forward hook may return an output of another type than that of forward."""
    model = PowModel()
    model.register_forward_hook(lambda module, inputs, output: {"once": output, "twice": 2 * output})
    show("output", model(*_x_and_q(device)))


@case("hook/forward-hooks-in-order", example="hook/code-2")
def forward_hooks_run_in_order_each_on_the_output_of_the_former(show, device):
    """Forward hooks run in the order of registration, each on what the former returned."""
    model = _Identity()

    def double(module, inputs, output):
        show("to double", output)
        return 2 * output

    def add_one(module, inputs, output):
        show("to add one", output)
        return output + 1

    model.register_forward_hook(double)
    model.register_forward_hook(add_one)
    show("output", model(torch.tensor(5.0, device=device)))


@case("hook/forward-hook-sees-replaced-input", example="hook/code-2")
def forward_hook_sees_the_input_that_a_pre_hook_returned(show, device):
    """A forward hook is given the inputs that a forward pre-hook returned, and not those of the call."""
    model = _Identity()
    model.register_forward_pre_hook(lambda module, inputs: (2 * inputs[0],))
    model.register_forward_hook(lambda module, inputs, output: show("input", inputs))
    model(torch.tensor(5.0, device=device))


@case("hook/keyword-arguments", example="hook/code-1")
def hooks_are_not_given_keyword_arguments(show, device):
    """Forward hooks and pre-hooks are given the positional inputs, and not the keyword arguments."""
    x, q = _x_and_q(device)
    model = PowModel()
    model.register_forward_pre_hook(lambda module, inputs: show("pre-hook", inputs))
    model.register_forward_hook(lambda module, inputs, output: show("forward hook", inputs))
    show("output", model(x, q=q))


@case("hook/parent-and-child", example="hook/code-2")
def hooks_of_a_child_run_between_those_of_its_parent(show, device):
    """The hooks of children run between the pre-hooks and the forward hooks of their parent."""
    model = PowLogModel(PowModel(), LogModel())
    for name, module in [("parent", model), ("powModel", model.powModel), ("logModel", model.logModel)]:
        module.register_forward_pre_hook(_announce(show, f"pre-hook of {name}"))
        module.register_forward_hook(_announce(show, f"forward hook of {name}"))
    model(*_x_and_q(device))


@case("hook/forward-called-directly", example="hook/code-2")
def forward_called_directly_runs_no_hooks(show, device):
    """A call of forward instead of the Module runs no hooks."""
    x, q = _x_and_q(device)
    model = PowModel()
    model.register_forward_pre_hook(_announce(show, "pre-hook"))
    model.register_forward_hook(_announce(show, "forward hook"))
    _show_whether_called(show, "model.forward", lambda: model.forward(x, q))
    _show_whether_called(show, "model", lambda: model(x, q))


@case("hook/removed-hook", example="hook/code-1")
def removed_hook_is_not_called(show, device):
    """A hook is not called any more once its handle was removed, and other hooks still are."""
    x, q = _x_and_q(device)
    model = PowModel()
    handle = model.register_forward_pre_hook(_announce(show, "removed"))
    model.register_forward_pre_hook(_announce(show, "kept"))
    _show_whether_called(show, "before", lambda: model(x, q))
    handle.remove()
    _show_whether_called(show, "after", lambda: model(x, q))


@case("hook/removed-twice", example="hook/code-1")
def handle_may_be_removed_twice(show, device):
    """Removing a handle a second time does nothing, also if the same function was registered again."""
    x, q = _x_and_q(device)
    model = PowModel()
    hook = _announce(show, "hook")
    handle = model.register_forward_pre_hook(hook)
    handle.remove()
    model.register_forward_pre_hook(hook)
    handle.remove()
    _show_whether_called(show, "after", lambda: model(x, q))


@case("hook/handle-as-context-manager", example="hook/code-1")
def handle_removes_its_hook_at_the_end_of_a_with_block(show, device):
    """The handle of a hook is a context manager that removes the hook when its block ends."""
    x, q = _x_and_q(device)
    model = PowModel()
    with model.register_forward_pre_hook(_announce(show, "hook")):
        _show_whether_called(show, "inside", lambda: model(x, q))
    _show_whether_called(show, "outside", lambda: model(x, q))


@case("hook/hook-that-removes-itself", example="hook/code-1")
def hook_may_remove_itself_when_called(show, device):
    """A forward pre-hook that removes itself runs once, and whether the next hook still runs drifted."""
    x, q = _x_and_q(device)
    model = PowModel()

    def remove_itself(module, inputs):
        show("called", "once")
        handle.remove()

    handle = model.register_forward_pre_hook(remove_itself)
    model.register_forward_pre_hook(_announce(show, "always"))
    for moment in ("first", "second"):
        try:
            _show_whether_called(show, moment, lambda: model(x, q))
        except RuntimeError as error:  # In Python's words.
            show("raises", type(error).__name__)


@case("hook/deep-copy-keeps-hooks", example="hook/code-1")
def deep_copy_has_the_hooks_of_its_own(show, device):
    """A deep copy of a Module has its hooks, and keeps them when they are removed from the original."""
    x, q = _x_and_q(device)
    model = PowModel()
    handle = model.register_forward_pre_hook(lambda module, inputs: show("called on the copy", module is duplicate))
    duplicate = copy.deepcopy(model)
    handle.remove()
    _show_whether_called(show, "original", lambda: model(x, q))
    _show_whether_called(show, "copy", lambda: duplicate(x, q))


# Legacy backward hooks. They warn since 1.8, for one of several reasons, unless the Module is one operation on
# computed inputs: where a warning is not the point and can be helped, the inputs are multiplied by one.


@case("hook/legacy-backward-swapped-operands", example="hook/code-3")
def legacy_backward_hook_sees_operands_in_the_order_of_the_operation(show, device):
    """When the operands of forward's last operation are swapped, so is the grad_input of a legacy backward hook."""
    for model in (ScaledPowModel(device), _PowScaledModel(device)):
        model.register_backward_hook(lambda module, grad_input, grad_output: show("grad_input", grad_input))
        model(*_x_and_q(device, requires_grad=True)).backward()


@case("hook/legacy-backward-replaces-grad-input", example="hook/code-3")
def legacy_backward_hook_replaces_the_gradients_of_the_operands(show, device):
    """What a legacy backward hook returns flows on from forward's last operation, to a parameter also."""
    x, q = _x_and_q(device, requires_grad=True)
    model = ScaledPowModel(device)
    model.register_backward_hook(lambda module, grad_input, grad_output: (10 * grad_input[0], 100 * grad_input[1]))
    model(x, q).backward()
    show("powParam.grad", model.powParam.grad)
    show("x.grad", x.grad)


@case("hook/legacy-backward-returns-nothing", example="hook/code-3")
def legacy_backward_hook_that_returns_nothing_changes_nothing(show, device):
    """A legacy backward hook that returns nothing leaves the gradients as they are."""
    x, q = _x_and_q(device, requires_grad=True)
    model = PowModel()
    model.register_backward_hook(_announce(show, "legacy backward hook"))
    model(1 * x, 1 * q).backward()
    show("x.grad", x.grad)


@case("hook/legacy-backward-wrong-number", example="hook/code-3")
def legacy_backward_hook_must_return_as_many_gradients(show, device):
    """A legacy backward hook that returns fewer gradients than grad_input holds raises in backward."""
    x, q = _x_and_q(device, requires_grad=True)
    model = PowModel()

    def return_the_first(module, grad_input, grad_output):
        return grad_input[:1]

    model.register_backward_hook(return_the_first)
    z = model(1 * x, 1 * q)
    try:
        z.backward()
    except RuntimeError as error:
        show("raises", f"{type(error).__name__}: {error}")
    show("x.grad", x.grad)


@case("hook/legacy-backward-removed-before-backward", example="hook/code-3")
def legacy_backward_hook_removed_after_forward_still_runs(show, device):
    """A legacy backward hook that is removed after forward still runs in the backward of that call."""
    x, q = _x_and_q(device, requires_grad=True)
    model = PowModel()
    handle = model.register_backward_hook(_announce(show, "legacy backward hook"))
    z = model(1 * x, 1 * q)
    handle.remove()
    _show_whether_called(show, "call before", z.backward)
    z = model(1 * x, 1 * q)
    _show_whether_called(show, "call after", z.backward)


@case("hook/legacy-backward-without-input-grad", example="hook/code-3")
def legacy_backward_hook_sees_none_for_inputs_without_gradient(show, device):
    """Where the inputs need no gradient, the grad_input of a legacy backward hook holds None for their power."""
    model = ScaledPowModel(device)
    model.register_backward_hook(_watch_gradients(show))
    model(*_x_and_q(device)).backward()


@case("hook/legacy-backward-number-inputs", example="hook/code-3")
def legacy_backward_hook_on_a_module_called_with_numbers(show, device):
    """A legacy backward hook works on a Module that is called with plain numbers."""
    model = ScaledPowModel(device)
    model.register_backward_hook(_watch_gradients(show))
    model(5.0, 3.0).backward()


@case("hook/legacy-backward-one-operation", example="hook/code-3")
def legacy_backward_hook_on_one_operation_sees_the_inputs_of_the_module(show, device):
    """When forward is one operation on computed inputs, a legacy backward hook sees their gradients, unwarned."""
    x, q = _x_and_q(device, requires_grad=True)
    model = PowModel()
    model.register_backward_hook(_watch_gradients(show))
    model(1 * x, 1 * q).backward()


@case("hook/legacy-backward-one-operation-on-leaves", example="hook/code-3")
def legacy_backward_hook_on_one_operation_on_leaves(show, device):
    """When forward is one operation on leaves, a legacy backward hook sees their gradients, warned or not."""
    model = PowModel()
    model.register_backward_hook(_watch_gradients(show))
    model(*_x_and_q(device, requires_grad=True)).backward()


@case("hook/legacy-backward-tuple-output", example="hook/code-3")
def legacy_backward_hook_sees_the_first_of_several_outputs(show, device):
    """Of a tuple of outputs made by several operations, a legacy backward hook sees the first alone."""
    x = torch.tensor(5.0, device=device, requires_grad=True)
    model = _TwoAndThreeTimes(lambda two, three: (two, three))
    model.register_backward_hook(_watch_gradients(show))
    two, three = model(1 * x)
    (10 * two + 100 * three).backward()


@case("hook/legacy-backward-tuple-output-of-one-operation", example="hook/code-3")
def legacy_backward_hook_sees_all_outputs_of_one_operation(show, device):
    """Of a tuple of outputs made by one operation, a legacy backward hook sees all."""
    x = torch.tensor([5.0, 3.0], device=device, requires_grad=True)
    model = _Halves()
    model.register_backward_hook(_watch_gradients(show))
    first, second = model(1 * x)
    (10 * first + 100 * second).backward()


@case("hook/legacy-backward-dict-output", example="hook/code-3")
def legacy_backward_hook_sees_the_first_tensor_of_a_dict(show, device):
    """Of a dictionary of outputs, a legacy backward hook sees the first tensor alone."""
    x = torch.tensor(5.0, device=device, requires_grad=True)
    model = _TwoAndThreeTimes(lambda two, three: {"name": "products", "two": two, "three": three})
    model.register_backward_hook(_watch_gradients(show))
    products = model(1 * x)
    (10 * products["two"] + 100 * products["three"]).backward()


@case("hook/legacy-backward-on-linear", example="hook/code-3")
def legacy_backward_hook_sees_what_linear_computes(show, device):
    """On a Linear and a batch of vectors, a legacy backward hook sees bias, input and transposed weight."""
    _show_sizes_of_grad_input(show, torch.ones(5, 3, device=device, requires_grad=True))


@case("hook/legacy-backward-on-linear-of-batches", example="hook/code-3")
def legacy_backward_hook_sees_how_linear_computes_a_batch_of_batches(show, device):
    """On a Linear and a batch of batches, a legacy backward hook sees how torch computes it, which drifted."""
    _show_sizes_of_grad_input(show, torch.ones(4, 5, 3, device=device, requires_grad=True))
