"""Runs a piece of torch code from a clean, fixed state and leaves the process as it was."""

import contextlib
import copy
import faulthandler
import gc
import locale
import os
import runpy
import signal
import sys
import threading
import warnings
from typing import Any, Dict, Iterator, List

if sys.platform != "win32":
    import resource

import torch
from torch.nn.modules import module as module_internals

from ..record.devices import CPU
from . import devices

SEED = 0
_handler = getattr(signal, "_signal", signal).getsignal
"""Python's own, without the enum that is made of each, which takes ten times as long."""
_SWITCHES = {
    name: value for name, value in runpy.run_path(torch.__future__.__file__).items() if isinstance(value, bool)
}
"""Those of torch.__future__, as they are before anybody sets them; how many there are varies."""
_LIMITS = (
    [] if sys.platform == "win32" else [value for name, value in vars(resource).items() if name.startswith("RLIMIT_")]
)
_SIGNALS = sorted(signal.valid_signals())
_TIMERS = [getattr(signal, name) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF") if hasattr(signal, name)]


@contextlib.contextmanager
def clean_state(device: str = CPU) -> Iterator[List[warnings.WarningMessage]]:
    """Set what a program may have changed: from the seed, default dtype and device, and grad mode to global hooks.

    Args:
        device: the type of the device whose own generator of random numbers is seeded, too.

    Yields:
        The warnings given so far, each of them also when it was given before.
    """
    with contextlib.ExitStack() as stack:
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        if hasattr(torch, "set_warn_always"):  # Since 1.9: also those that C++ gives once a process.
            stack.callback(torch.set_warn_always, torch.is_warn_always_enabled())
            torch.set_warn_always(True)
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        torch.set_default_dtype(torch.float32)
        stack.enter_context(_default_device())
        if hasattr(torch, "inference_mode"):  # Since 1.9.
            stack.enter_context(torch.inference_mode(False))
        stack.callback(torch.set_grad_enabled, torch.is_grad_enabled())
        torch.set_grad_enabled(True)
        stack.enter_context(torch.autograd.set_detect_anomaly(False))
        if hasattr(torch, "set_deterministic_debug_mode"):  # Since 1.11.
            stack.callback(torch.set_deterministic_debug_mode, torch.get_deterministic_debug_mode())
            torch.set_deterministic_debug_mode("default")
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)
        stack.enter_context(_print_options())
        stack.enter_context(_global_hooks())
        stack.enter_context(_switches())
        stack.enter_context(_random_state(device))
        _forget_what_was_said_once()
        stack.enter_context(_variables())
        stack.enter_context(_current_folder())
        stack.enter_context(_denormal_numbers())
        stack.enter_context(_signals())
        stack.enter_context(_hooks_of_python())
        stack.enter_context(_modes())
        stack.enter_context(_of_the_system())
        yield caught


def _forget_what_was_said_once() -> None:
    # From 2.0.1 on, torch keeps by itself whether it has warned that typed storages go.
    warn = getattr(torch.storage, "_warn_typed_storage_removal", None)
    if warn is not None and hasattr(warn, "has_warned"):
        warn.has_warned = False


@contextlib.contextmanager
def _default_device() -> Iterator[None]:
    if not hasattr(torch, "set_default_device"):  # Since 2.0.
        yield
        return
    before = torch.empty(0).device  # What get_default_device says, which came with 2.3 only.
    torch.set_default_device(None)
    try:
        yield
    finally:
        # For the CPU it is what it is without: a default device that is set costs every call a detour.
        torch.set_default_device(None if before.type == "cpu" else before)


@contextlib.contextmanager
def _print_options() -> Iterator[None]:
    options = torch._tensor_str.PRINT_OPTS
    before = copy.copy(vars(options))
    torch.set_printoptions(profile="default", sci_mode=None)
    try:
        yield
    finally:
        vars(options).update(before)


@contextlib.contextmanager
def _global_hooks() -> Iterator[None]:
    # Every release keeps them in module-level variables of this prefix; how many there are varies.
    before: Dict[str, Any] = {
        name: copy.copy(value) for name, value in vars(module_internals).items() if name.startswith("_global_")
    }

    def put_back(contents: Dict[str, Any]) -> None:
        for name, content in contents.items():
            current = getattr(module_internals, name)
            if isinstance(current, dict):  # Others hold a reference to it: same object, other content.
                current.clear()
                current.update(content)
            else:
                setattr(module_internals, name, content)

    put_back({name: type(value)() if isinstance(value, dict) else None for name, value in before.items()})
    try:
        yield
    finally:
        put_back(before)


@contextlib.contextmanager
def _switches() -> Iterator[None]:
    # Such as set_overwrite_module_params_on_conversion, by which Module.to makes other parameters.
    now = vars(torch.__future__)
    before = {name: now[name] for name in _SWITCHES}
    now.update(_SWITCHES)
    try:
        yield
    finally:
        now.update(before)


@contextlib.contextmanager
def _random_state(device: str) -> Iterator[None]:
    # Not torch.manual_seed: where CUDA is not in use, that keeps every call for the time when it will be.
    before = torch.default_generator.get_state()
    torch.default_generator.manual_seed(SEED)
    try:
        with devices.seeded(device, SEED) if device != CPU else contextlib.nullcontext():
            yield
    finally:
        torch.default_generator.set_state(before)


@contextlib.contextmanager
def _variables() -> Iterator[None]:
    # TORCH_FORCE_WEIGHTS_ONLY_LOAD and its like overrule what a call asks for.
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("TORCH_FORCE_")]:
        del os.environ[name]
    try:
        yield
    finally:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def _current_folder() -> Iterator[None]:
    before = None
    with contextlib.suppress(OSError):  # It may have been removed.
        before = os.getcwd()
    try:
        yield
    finally:
        if before is not None:
            with contextlib.suppress(OSError):
                os.chdir(before)


@contextlib.contextmanager
def _denormal_numbers() -> Iterator[None]:
    # Nobody tells whether they are flushed to zero; it is not the default, and a program that sets it does so again.
    torch.set_flush_denormal(False)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    # An alarm that rings later would end whichever case then runs.
    handlers = [(number, _handler(number)) for number in _SIGNALS]
    silent = [timer for timer in _TIMERS if signal.getitimer(timer) == (0.0, 0.0)]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ()) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        for timer in silent:
            signal.setitimer(timer, 0.0)
        faulthandler.cancel_dump_traceback_later()
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers:
                if handler is not None and _handler(number) is not handler:
                    signal.signal(number, handler)
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def _hooks_of_python() -> Iterator[None]:
    trace, profile, limit = sys.gettrace(), sys.getprofile(), sys.getrecursionlimit()
    of_threads = {name: getattr(threading, name) for name in ("_trace_hook", "_profile_hook")}
    callbacks, was_on = list(gc.callbacks), gc.isenabled()
    try:
        yield
    finally:
        if sys.gettrace() is not trace:
            sys.settrace(trace)
        if sys.getprofile() is not profile:
            sys.setprofile(profile)
        vars(threading).update(of_threads)
        gc.callbacks[:] = callbacks
        (gc.enable if was_on else gc.disable)()
        sys.setrecursionlimit(limit)


@contextlib.contextmanager
def _modes() -> Iterator[None]:
    # Those that a case entered and never left, such as a TorchFunctionMode; they are Python's since 2.0.
    places = (("function", "torch.overrides"), ("dispatch", "torch.utils._python_dispatch"))
    stacks = [
        (getattr(torch._C, f"_len_torch_{kind}_stack"), sys.modules[name]._pop_mode)
        for kind, name in places
        if hasattr(torch._C, f"_len_torch_{kind}_stack") and hasattr(sys.modules.get(name), "_pop_mode")
    ]
    before = [length() for length, _ in stacks]
    try:
        yield
    finally:
        for (length, pop), size in zip(stacks, before):
            for _ in range(length() - size):
                pop()


@contextlib.contextmanager
def _of_the_system() -> Iterator[None]:
    limits = [(kind, resource.getrlimit(kind)) for kind in _LIMITS]
    mask = os.umask(0o077)
    os.umask(mask)
    words = locale.setlocale(locale.LC_ALL)
    try:
        yield
    finally:
        for kind, limit in limits:
            if resource.getrlimit(kind) != limit:
                with contextlib.suppress(ValueError, OSError):  # Once it is lowered for good, only root can raise it.
                    resource.setrlimit(kind, limit)
        os.umask(mask)
        if locale.setlocale(locale.LC_ALL) != words:
            locale.setlocale(locale.LC_ALL, words)
