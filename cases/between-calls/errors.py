"""A Module whose call raises, and what is so at the next one."""

import torch
from torch.nn import Linear, Module

from module_drift.case import case

from ..shared.refusals import refusal, type_of_refusal
from .models import Scaled, call, noting, numbers


class _MayRaise(Module):
    """Counts how often it is called, and then raises if it is told so."""

    refuses = True

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        if self.refuses:
            raise ValueError("told to refuse")
        return x + self.calls


@case("between-calls/forward-raises-then-does-not")
def forward_raises_and_then_does_not(show, device):
    """A Module whose first call raises is called again, and has done before what came before the error."""
    model, x = _MayRaise(), numbers(device)
    show("raises", refusal(model, x), model.calls)
    model.refuses = False
    show("does not", model(x), model.calls)


@case("between-calls/forward-raises-later")
def forward_raises_later(show, device):
    """A Module whose second call raises goes on in the third one."""
    model, x = _MayRaise(), numbers(device)
    model.refuses = False
    show("first", model(x))
    model.refuses = True
    show("second", refusal(model, x), model.calls)
    model.refuses = False
    show("third", model(x))


@case("between-calls/hooks-around-a-forward-that-raises")
def hooks_run_around_a_forward_that_raises(show, device):
    """Of a call that raises, the forward pre-hook runs and the forward hook does not; of the next one both do."""
    model, x, log = _MayRaise(), numbers(device), []
    model.register_forward_pre_hook(noting(log, "pre-hook"))
    model.register_forward_hook(noting(log, "hook"))
    show("raises", type_of_refusal(model, x), log)
    log.clear()
    model.refuses = False
    call(show, "does not", model, x, log)


@case(
    "between-calls/always-called-hook-when-forward-raises", needs="torch.nn.Module.register_forward_hook(always_call)"
)
def always_called_hook_runs_when_forward_raises(show, device):
    """An always called hook that is registered after a call runs when the next one raises, and when it does not."""
    model, x, log = _MayRaise(), numbers(device), []
    model.refuses = False
    call(show, "without it", model, x, log)
    model.register_forward_hook(noting(log, "always called"), always_call=True)
    model.refuses = True
    show("raises", type_of_refusal(model, x), log)
    log.clear()
    model.refuses = False
    call(show, "does not", model, x, log)


@case("between-calls/hook-raises-once")
def hook_raises_once(show, device):
    """A forward hook that raises in the first call alone lets the second one pass."""
    model, x, log = Scaled(device), numbers(device), []

    def raise_once(module, inputs, output):
        log.append("hook")
        if len(log) == 1:
            raise ValueError("only once")

    model.register_forward_hook(raise_once)
    show("first", refusal(model, x))
    show("second", model(x).detach(), log)


@case("between-calls/pre-hook-raises-once")
def pre_hook_raises_once(show, device):
    """A child's forward pre-hook that raises in the first call alone lets the second one pass."""
    model, x, log = _FallsBack(Scaled(device)), numbers(device), []

    def raise_once(module, inputs):
        log.append("pre-hook")
        if len(log) == 1:
            raise ValueError("only once")

    model.inner.register_forward_pre_hook(raise_once)
    show("first", model(x).detach())
    show("second", model(x).detach(), log)


class _FallsBack(Module):
    """What its child makes of its input, or minus that if the child raises."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        try:
            return self.inner(x)
        except ValueError:
            return -x


@case("between-calls/child-raises-and-is-caught")
def child_raises_and_is_caught(show, device):
    """A child's error that the root's forward catches is caught in every call, until there is none."""
    model, x = _FallsBack(_MayRaise()), numbers(device)
    show("first", model(x), model.inner.calls)
    show("second", model(x), model.inner.calls)
    model.inner.refuses = False
    show("third", model(x), model.inner.calls)


@case("between-calls/input-of-a-shape-that-does-not-fit")
def input_does_not_fit(show, device):
    """A Module that refuses an input takes the next one that fits."""
    model = Linear(2, 1, bias=False).to(device)
    model.weight.data.fill_(3)
    x = numbers(device)
    show("before", model(x).detach())
    show("does not fit", type_of_refusal(model, torch.ones(3, device=device)))
    show("after", model(x).detach())


@case("between-calls/argument-missing")
def argument_is_missing(show, device):
    """A Module that misses an argument takes the next call that has it."""
    model, x = Scaled(device), numbers(device)
    show("missing", type_of_refusal(model))
    show("one too many", type_of_refusal(model, x, x))
    show("given", model(x).detach())


@case("between-calls/backward-raises")
def backward_pass_raises(show, device):
    """A backward pass that a tensor hook stops leaves the next one as it is."""
    model, x = _MayStopBackward(), numbers(device, requires_grad=True)
    for stops in (True, False):
        model.stops = stops
        show("stops" if stops else "passes", type_of_refusal(model(x).sum().backward), x.grad)


class _MayStopBackward(Module):
    """Twice its input, whose backward pass raises if it is told so."""

    stops = False

    def forward(self, x):
        middle = 2 * x

        def stop(gradient):
            if self.stops:
                raise ValueError("told to stop")

        middle.register_hook(stop)
        return 2 * middle
