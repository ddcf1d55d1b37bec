"""States of torch that another part of a program may have left, before the suite runs in the same process."""

import random

_ENTERED = []  # What is never left, and would be if nothing referred to it.


def set_states(words):
    """Set what `words` say, such as `dtype=float64`."""
    for word in words:
        name, _, value = word.partition("=")
        _STATES[name](value)


def changed(before, after):
    """Return the names of what differs between two `state()`."""
    return [name for name in before if before[name] != after[name]]


def state():
    """Return what a case must leave as it was."""
    import torch

    hooks = {
        name: list(value.values()) if isinstance(value, dict) else value
        for name, value in vars(torch.nn.modules.module).items()
        if name.startswith("_global_")
    }
    return {
        "dtype": torch.get_default_dtype(),
        "print": dict(vars(torch._tensor_str.PRINT_OPTS)),
        "grad": (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_anomaly_enabled()),
        "hooks": hooks,
        "random": torch.get_rng_state().tolist(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.get_deterministic_debug_mode(),
        "device": torch.get_default_device(),
    }


def _dtype(value):
    import torch

    torch.set_default_dtype(getattr(torch, value))


def _print(value):
    import torch

    if value == "full":
        torch.set_printoptions(profile="full", precision=9)
    else:
        torch.set_printoptions(precision=1, threshold=1, edgeitems=1, linewidth=20, sci_mode=True)


def _grad(value):
    import torch

    if value == "off":
        torch.set_grad_enabled(False)
    elif value == "inference":
        _ENTERED.append(torch.inference_mode())
        _ENTERED[-1].__enter__()
    else:
        torch.autograd.set_detect_anomaly(True)


def _hooks(value):
    from torch.nn.modules import module

    def intrude(*_):
        raise AssertionError("a global hook ran that was registered beforehand")

    # Those of the two kinds of backward hooks exclude each other.
    other = {"full": "register_module_backward_hook", "legacy": "register_module_full_backward_hook"}[value]
    for name, register in list(vars(module).items()):
        if name.startswith("register_module_") and name != other:
            register(intrude)


def _random(value):
    import torch

    torch.manual_seed(int(value))
    torch.rand(int(value) % 1000)
    random.seed(int(value))


def _threads(value):
    import torch

    torch.set_num_threads(int(value))


def _deterministic(value):
    import torch

    torch.set_deterministic_debug_mode(value)


def _device(value):
    import torch

    torch.set_default_device(value)


_STATES = {
    "dtype": _dtype,
    "print": _print,
    "grad": _grad,
    "hooks": _hooks,
    "random": _random,
    "threads": _threads,
    "deterministic": _deterministic,
    "device": _device,
}
