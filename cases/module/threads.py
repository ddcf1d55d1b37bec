"""Section "Module": one Module called by several threads at the same time."""

import threading

import torch
from torch.nn import Identity, Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case

from ..shared.models import new_parameter

SECONDS = 20


def _wait(barrier):
    """Return nothing when all threads are here."""
    barrier.wait(SECONDS)


def _in_threads(*functions):
    """Run each function in a thread of its own, and return what they returned or the type of what they raised."""
    results = [None] * len(functions)

    def run(number, function):
        try:
            results[number] = function()
        except Exception as error:
            results[number] = type(error).__name__

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return results


@case("module/hooks-called-by-threads", only="cpu")
def hooks_of_one_module_run_in_threads(show, device):
    """Hooks run in each thread that calls their Module, with the inputs and outputs of its call."""
    model, both = Identity(), threading.Barrier(2)
    model.register_forward_pre_hook(lambda *_: _wait(both))
    model.register_forward_hook(lambda module, inputs, output: inputs[0] + 10 * output)
    calls = [lambda value=value: model(torch.tensor(value, device=device)) for value in (1.0, 5.0)]
    show("outputs", *_in_threads(*calls))


@case("module/global-hooks-called-by-threads", only="cpu", needs="torch.nn.modules.module.register_module_forward_hook")
def global_hooks_run_in_threads(show, device):
    """Global hooks run in each thread."""
    module_hooks.register_module_forward_pre_hook(lambda module, inputs: (inputs[0] + 1,))
    module_hooks.register_module_forward_hook(lambda module, inputs, output: 10 * output)
    calls = [lambda value=value: Identity()(torch.tensor(value, device=device)) for value in (1.0, 5.0)]
    show("outputs", *_in_threads(*calls))


@case("module/grad-mode-of-threads", only="cpu")
def each_thread_has_a_grad_mode(show, device):
    """Each thread has a grad mode of its own, which is on at first, also while another thread is under no_grad."""
    both = threading.Barrier(2)
    weight = new_parameter(2.0, device)

    class Weighted(Module):
        def forward(self, x):
            _wait(both)
            return weight * x

    model = Weighted()

    def with_gradients():
        return model(torch.tensor(1.0, device=device)).requires_grad

    def without():
        with torch.no_grad():
            return model(torch.tensor(1.0, device=device)).requires_grad

    show("require gradients", *_in_threads(with_gradients, without))
    with torch.no_grad():
        show("in a thread made under no_grad", *_in_threads(torch.is_grad_enabled))


@case("module/mode-set-by-a-thread", only="cpu")
def the_mode_is_one_for_all_threads(show, device):
    """The mode of a Module is one for all threads: what one sets, another sees."""

    class Telling(Module):
        def forward(self):
            return self.training

    model = Telling().eval()
    show("in a thread", *_in_threads(model))
    _in_threads(model.train)
    show("here", model())
