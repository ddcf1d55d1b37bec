"""Section "Hook": hooks that return what they should not, are removed with their options, or warn."""

import pickle

import torch
from torch.nn import Module
from torch.nn.modules import module as module_hooks

from module_drift.case import case, cases

from ..shared.models import LogModel, ScaledPowModel
from ..shared.refusals import refusal, type_of_refusal


class _Doubling(Module):
    """Doubles each of two inputs, and returns both."""

    def forward(self, x, y):
        return 2 * x, 3 * y


def _ones(device):
    return [torch.tensor(1.0, device=device, requires_grad=True) for _ in range(2)]


def _do_nothing(*arguments):
    """Be a hook that can be pickled."""


RESULTS = {
    "too-few": ["one"],
    "too-many": ["one", "one", "one"],
    "none-for-one": [None, "one"],
    "a-number": [5, "one"],
}


@cases(
    "hook/full-that-returns-{result}", needs="torch.nn.Module.register_full_backward_hook", result=RESULTS, only="cpu"
)
def full_backward_hook_returns(show, device, result):
    """A full backward hook of two inputs returns {result}, where "one" is a gradient."""
    model = _Doubling()
    gradients = tuple(torch.tensor(1.0, device=device) if item == "one" else item for item in result)
    model.register_full_backward_hook(lambda *_: gradients)
    x, y = _ones(device)
    show("raises", refusal(lambda: sum(model(x, y)).backward()))
    show("gradients", x.grad, y.grad)


@cases(
    "hook/full-pre-that-returns-{result}",
    needs="torch.nn.Module.register_full_backward_pre_hook",
    result=RESULTS,
    only="cpu",
)
def full_backward_pre_hook_returns(show, device, result):
    """A full backward pre-hook of two outputs returns {result}, where "one" is a gradient."""
    model = _Doubling()
    gradients = tuple(torch.tensor(1.0, device=device) if item == "one" else item for item in result)
    model.register_full_backward_pre_hook(lambda *_: gradients)
    x, y = _ones(device)
    show("raises", refusal(lambda: sum(model(x, y)).backward()))
    show("gradients", x.grad, y.grad)


@case("hook/full-that-returns-no-tuple", only="cpu", needs="torch.nn.Module.register_full_backward_hook")
def full_backward_hook_returns_no_tuple(show, device):
    """What a full backward hook of one input returns has to be in a tuple if it is a scalar."""
    model = LogModel()
    model.register_full_backward_hook(lambda *_: torch.tensor(7.0, device=device))
    x = torch.tensor(5.0, device=device, requires_grad=True)
    show("raises", refusal(lambda: model(x).backward()))
    show("gradient", x.grad)


@case("hook/removed-with-keywords", only="cpu", needs="torch.nn.Module.register_forward_hook(with_kwargs)")
def removed_hooks_leave_no_flag(show, device):
    """Hooks with options that are removed leave nothing behind in their Module."""
    model = LogModel()
    handles = [
        model.register_forward_hook(_do_nothing, with_kwargs=True),
        model.register_forward_pre_hook(_do_nothing, with_kwargs=True),
    ]
    show("before", len(model._forward_hooks_with_kwargs), len(model._forward_pre_hooks_with_kwargs))
    for handle in handles:
        handle.remove()
    show("after", len(model._forward_hooks_with_kwargs), len(model._forward_pre_hooks_with_kwargs))


@case("hook/removed-that-is-always-called", only="cpu", needs="torch.nn.Module.register_forward_hook(always_call)")
def removed_always_called_hook_leaves_no_flag(show, device):
    """A hook that is always called leaves nothing behind when it is removed."""
    model = LogModel()
    handle = model.register_forward_hook(_do_nothing, always_call=True)
    show("before", len(model._forward_hooks_always_called))
    handle.remove()
    show("after", len(model._forward_hooks_always_called))


@cases(
    "hook/handle-of-{kind}-is-pickled-without-its-module",
    only="cpu",
    needs="torch.nn.Module.{kind[0]}",
    kind={
        "a-forward-hook": ["register_forward_hook"],
        "a-forward-pre-hook": ["register_forward_pre_hook"],
        "a-legacy-backward-hook": ["register_backward_hook"],
        "a-full-backward-hook": ["register_full_backward_hook"],
        "a-full-backward-pre-hook": ["register_full_backward_pre_hook"],
        "a-load-post-hook": ["register_load_state_dict_post_hook"],
        "a-load-pre-hook": ["register_load_state_dict_pre_hook"],
        "a-state-pre-hook": ["register_state_dict_pre_hook"],
    },
)
def handle_is_pickled_without_its_module(show, device, kind):
    """A handle of {kind[0]} is pickled when its Module is gone, loaded and removed."""
    handle = getattr(LogModel(), kind[0])(_do_nothing)
    show("raises", type_of_refusal(lambda: pickle.loads(pickle.dumps(handle)).remove()))


@cases(
    "hook/pickled-with-its-module-{kind}",
    needs="torch.nn.Module.{kind[0]}",
    only="cpu",
    kind={
        "a-load-post-hook": ["register_load_state_dict_post_hook", "_load_state_dict_post_hooks"],
        "a-load-pre-hook": ["register_load_state_dict_pre_hook", "_load_state_dict_pre_hooks"],
        "a-private-load-pre-hook": ["_register_load_state_dict_pre_hook", "_load_state_dict_pre_hooks"],
        "a-state-pre-hook": ["register_state_dict_pre_hook", "_state_dict_pre_hooks"],
        "a-private-state-hook": ["_register_state_dict_hook", "_state_dict_hooks"],
    },
)
def hook_of_the_state_is_pickled(show, device, kind):
    """A hook of {kind[0]} is pickled with its Module, and there in what is loaded."""
    model = ScaledPowModel(device)
    getattr(model, kind[0])(_do_nothing)
    show("hooks", len(getattr(pickle.loads(pickle.dumps(model)), kind[1])))


@case(
    "hook/private-load-pre-hook-with-its-module",
    only="cpu",
    needs="torch.nn.Module._register_load_state_dict_pre_hook(with_module)",
)
def private_load_pre_hook_is_given_its_module(show, device):
    """A private pre-hook of loading is given its Module first if it asks for that."""
    model = ScaledPowModel(device)
    model._register_load_state_dict_pre_hook(
        lambda module, state, prefix, *rest: show("hook", module is model, list(state), prefix, len(rest)),
        with_module=True,
    )
    model.load_state_dict(model.state_dict())


@case("hook/private-load-pre-hook-without-its-module", only="cpu")
def private_load_pre_hook_is_given_no_module(show, device):
    """A private pre-hook of loading is given the state, its prefix and lists that it may add to."""
    model = ScaledPowModel(device)

    def add(state, prefix, metadata, strict, missing, unexpected, errors):
        unexpected.append("added by the hook")

    model._register_load_state_dict_pre_hook(add)
    show("keys", model.load_state_dict(model.state_dict(), strict=False))


@case("hook/load-post-hook-that-returns", only="cpu", needs="torch.nn.Module.register_load_state_dict_post_hook")
def load_post_hook_returns(show, device):
    """A post-hook of loading must not return anything."""
    model = ScaledPowModel(device)
    model.register_load_state_dict_post_hook(lambda module, keys: keys)
    show("raises", refusal(model.load_state_dict, model.state_dict()))


@case("hook/load-post-hook-that-clears-keys", only="cpu", needs="torch.nn.Module.register_load_state_dict_post_hook")
def load_post_hook_clears_keys(show, device):
    """A post-hook of loading that clears the missing keys lets a strict load pass."""
    model = ScaledPowModel(device)
    model.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
    show("keys", model.load_state_dict({}))


@case("hook/global-legacy-backward-warns", only="cpu", needs="torch.nn.modules.module.register_module_backward_hook")
def global_legacy_backward_hook_warns(show, device):
    """A global legacy backward hook runs and warns as one of a Module does."""
    handle = module_hooks.register_module_backward_hook(lambda module, *_: show("hook", type(module).__name__))
    try:
        models = _Doubling(), LogModel()  # Held, since the hook of a Module that is gone raises.
        models[0](*_ones(device))[0].backward()
        models[1](torch.tensor(5.0, device=device, requires_grad=True)).backward()
    finally:
        handle.remove()


@case(
    "hook/global-legacy-backward-of-a-list-warns",
    only="cpu",
    needs="torch.nn.modules.module.register_module_backward_hook",
)
def global_legacy_backward_hook_of_a_list_warns(show, device):
    """A global legacy backward hook warns of an output that is a list."""

    class Listing(Module):
        def forward(self, x):
            return [2 * x]

    handle = module_hooks.register_module_backward_hook(lambda *_: show("hook"))
    try:
        model = Listing()
        (z,) = model(torch.tensor(5.0, device=device, requires_grad=True))
        show("z", z.detach())
        z.backward()
    finally:
        handle.remove()
