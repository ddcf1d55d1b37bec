"""Section "Autograd": modes in which no gradients are recorded, as blocks and decorators around Modules."""

import torch
from torch.nn import BatchNorm1d, Parameter

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal
from ..shared.weighted import Scale, leaf

MODES = {
    "no-grad": "torch.no_grad",
    "set-grad-enabled": "torch.set_grad_enabled",
    "inference-mode": "torch.inference_mode",
}
OUTERMOST = {"no-grad": "torch.no_grad", "inference-mode": "torch.inference_mode"}


def _mode(name):
    mode = getattr(torch, name.rpartition(".")[2])
    return mode(False) if name == "torch.set_grad_enabled" else mode()


def _records():
    inference = getattr(torch, "is_inference_mode_enabled", lambda: False)()
    return f"gradients {torch.is_grad_enabled()}, inference {inference}"


@cases("autograd/{mode}-around-a-function", only="cpu", mode=MODES, needs="{mode}")
def mode_around_a_function(show, device, mode):
    """A function decorated with {mode} runs in it, keeps its name, and puts back what was before, also by an error."""

    def plain(fail):
        """Say what is recorded."""
        show("within", _records())
        if fail:
            raise ValueError("on purpose")

    decorated = plain
    decoration = _mode(mode)
    show("decoration", type_of_refusal(decoration, plain))
    if callable(decoration):
        decorated = decoration(plain)
    with torch.no_grad():
        decorated(False)
        show("after, under no_grad", _records())
    show("raises", type_of_refusal(decorated, True))
    show("after", _records())
    show("name, words", decorated.__name__, decorated.__doc__)


@cases("autograd/{mode}-around-a-generator", only="cpu", mode=OUTERMOST, needs="{mode}")
def mode_around_a_generator(show, device, mode):
    """A generator decorated with {mode} runs in it, and those who go through it do not."""

    @_mode(mode)
    def decorated():
        for number in range(2):
            show("within", _records())
            yield number

    for _ in decorated():
        show("outside", _records())
    show("after", _records())


@case("autograd/no-grad-around-a-coroutine", only="cpu")
def mode_around_a_coroutine(show, device):
    """A coroutine decorated with no_grad runs outside of it, since the mode is left when the coroutine is made."""

    @torch.no_grad()
    async def decorated():
        show("within", _records())

    show("ends", type_of_refusal(decorated().send, None))
    show("after", _records())


@case("autograd/no-grad-around-a-class", only="cpu")
def mode_around_a_class(show, device):
    """A class decorated with no_grad is made in it, and its methods do not run in it, of which some releases warn."""

    def decorate():
        @torch.no_grad()
        class Model:
            def __init__(self):
                show("init", _records())

            def forward(self):
                show("forward", _records())

        show("a class", isinstance(Model, type))
        Model().forward()

    show("raises", type_of_refusal(decorate))


@case("autograd/no-grad-without-parentheses", only="cpu")
def no_grad_without_parentheses(show, device):
    """A function decorated with no_grad and no parentheses runs without gradients, or is refused."""

    def decorate():
        @torch.no_grad
        def decorated(x):
            return 2.0 * x

        show("requires grad", decorated(leaf(3.0, device)).requires_grad)

    show("raises", type_of_refusal(decorate))


@case("autograd/no-grad-entered-twice", only="cpu")
def no_grad_entered_twice(show, device):
    """One instance of no_grad that is entered twice puts back, or does not, what was before the first time."""
    mode = torch.no_grad()
    with mode:
        with mode:
            pass
        show("between", torch.is_grad_enabled())
    show("after", torch.is_grad_enabled())


@case("autograd/generator-closed-under-no-grad", only="cpu")
def generator_is_closed(show, device):
    """A decorated generator that is sent a value, thrown an error, and closed, is in its mode each time."""

    @torch.no_grad()
    def decorated():
        try:
            show("sent", (yield), torch.is_grad_enabled())
            yield
        except ValueError:
            show("thrown", torch.is_grad_enabled())
            yield
        finally:
            show("closed", torch.is_grad_enabled())

    generator = decorated()
    next(generator)
    generator.send(5)
    generator.throw(ValueError())
    generator.close()
    show("after", torch.is_grad_enabled())


# What is made under no_grad.


@case("autograd/view-of-a-result-made-under-no-grad", only="cpu")
def view_of_a_result_is_made_under_no_grad(show, device):
    """A view of an output made under no_grad, changed in place outside of it, is refused or warned of."""
    output = Scale([1.0, 2.0], device)(3.0)
    with torch.no_grad():
        view = output[0]
    show("changed", refusal(view.mul_, leaf(5.0, device)))
    show("repr", refusal(lambda: show("view", view)))


# In inference mode.


@case("autograd/parameter-made-in-inference-mode", only="cpu", needs="torch.Tensor.is_inference")
def parameter_is_made_in_inference_mode(show, device):
    """A Module made in inference mode has inference tensors as parameters, with which nothing is trained."""
    with torch.inference_mode():
        model = Scale(2.0, device)
    show("inference, requires grad", model.weight.is_inference(), model.weight.requires_grad)
    show("backward", type_of_refusal(lambda: model(leaf(3.0, device)).backward()))
    show("gradient", model.weight.grad)


@case("autograd/parameter-of-an-inference-tensor", only="cpu", needs="torch.Tensor.is_inference")
def parameter_is_made_of_an_inference_tensor(show, device):
    """A Parameter made of an inference tensor, and of its clone, outside of inference mode."""
    with torch.inference_mode():
        data = torch.tensor(2.0, device=device)
    show("raises", refusal(lambda: show("inference", Parameter(data).is_inference())))
    show("clone", refusal(lambda: show("inference", Parameter(data.clone()).is_inference())))


@case("autograd/inference-tensor-in-forward", only="cpu", needs="torch.inference_mode")
def inference_tensor_in_forward(show, device):
    """An inference tensor as the input of a Module that is trained cannot be saved, unless the weight is frozen."""
    model = Scale(2.0, device)
    with torch.inference_mode():
        x = torch.tensor(3.0, device=device)
    show("trained", refusal(model, x))
    show("frozen", refusal(model.requires_grad_(False), x))


@case("autograd/inference-tensor-changed-in-place", only="cpu", needs="torch.inference_mode")
def inference_tensor_is_changed_in_place(show, device):
    """An inference tensor can be changed in place in inference mode alone."""
    with torch.inference_mode():
        output = Scale([1.0, 2.0], device)(3.0)
        output.mul_(2.0)
    show("output", output)
    show("changed", refusal(output.mul_, 2.0))
    show("requires_grad_", refusal(output.requires_grad_))
    show("version", refusal(lambda: output._version))


@case("autograd/parameter-changed-in-inference-mode", only="cpu", needs="torch.inference_mode")
def parameter_is_changed_in_inference_mode(show, device):
    """A parameter that is changed in place in inference mode is noticed by a backward pass that needs its value."""
    model = Scale(2.0, device)
    x = leaf(3.0, device)
    output = model(x)
    with torch.inference_mode():
        model.weight.mul_(10.0)
    show("weight", model.weight.data)
    show("backward", type_of_refusal(output.backward))


@case("autograd/batch-norm-in-inference-mode", only="cpu", needs="torch.Tensor.is_inference")
def batch_norm_in_inference_mode(show, device):
    """A BatchNorm that is called in training within inference mode updates its buffers, and can be trained on."""
    model = BatchNorm1d(1).to(device)
    x = torch.tensor([[1.0], [3.0]], device=device)
    with torch.inference_mode():
        model(x)
    show("mean, count", model.running_mean, model.num_batches_tracked)
    show("inference", model.running_mean.is_inference())
    show("trained", refusal(lambda: model(x).sum().backward()))


@case("autograd/grad-mode-in-inference-mode", only="cpu", needs="torch.Tensor.is_inference")
def grad_mode_in_inference_mode(show, device):
    """Within inference mode, enable_grad records nothing, and inference_mode(False) does."""
    model = Scale(2.0, device)
    x = leaf(3.0, device)
    with torch.inference_mode():
        with torch.enable_grad():
            show("enable_grad", model(x).requires_grad, model(x).is_inference())
        with torch.inference_mode(False):
            show("inference_mode(False)", model(x).requires_grad, model(x).is_inference())


@case("autograd/state-loaded-in-inference-mode", only="cpu", needs="torch.Tensor.is_inference")
def state_is_loaded_in_inference_mode(show, device):
    """A state loaded in inference mode, or made of inference tensors, leaves parameters that can be trained."""
    model = Scale(2.0, device)
    with torch.inference_mode():
        state = {"weight": torch.tensor(5.0, device=device)}
        model.load_state_dict(state)
    show("inference", model.weight.is_inference())
    show("within", refusal(lambda: model(3.0).backward()))
    show("outside", refusal(model.load_state_dict, state))
    show("gradient", model.weight.grad)
