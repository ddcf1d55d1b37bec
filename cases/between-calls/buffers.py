"""Buffers that forward changes, or that are replaced, registered or gone between two calls."""

import torch
from torch.nn import Module

from module_drift.case import case

from .models import numbers


class _Counts(Module):
    """Adds how often it was called, counted in a buffer in place."""

    def __init__(self, device):
        super().__init__()
        self.register_buffer("calls", torch.tensor(0.0, device=device))

    def forward(self, x):
        self.calls += 1
        return x + self.calls


class _Assigns(_Counts):
    """Adds how often it was called, counted by a new tensor for the buffer each time."""

    def forward(self, x):
        self.calls = self.calls + 1
        return x + self.calls


class _Reads(_Counts):
    """Adds a buffer, and leaves it as it is."""

    def forward(self, x):
        return x + self.calls


class _Holder(Module):
    """Calls its only child, and adds nothing."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


def _call_three_times(show, model, owner, x):
    for _ in range(3):
        show("output and buffer", model(x), owner.calls)


@case("between-calls/buffer-changed-in-place-in-forward")
def buffer_is_changed_in_place(show, device):
    """A buffer of the root that forward changes in place is another in each call."""
    model = _Counts(device)
    _call_three_times(show, model, model, numbers(device))


@case("between-calls/buffer-of-a-child-changed-in-place-in-forward")
def buffer_of_a_child_is_changed_in_place(show, device):
    """A buffer of a child that the child's forward changes in place is another in each call of the root."""
    model = _Holder(_Counts(device))
    _call_three_times(show, model, model.inner, numbers(device))


@case("between-calls/buffer-assigned-in-forward")
def buffer_is_assigned(show, device):
    """A buffer of the root that forward assigns is another in each call."""
    model = _Assigns(device)
    _call_three_times(show, model, model, numbers(device))


@case("between-calls/buffer-of-a-child-assigned-in-forward")
def buffer_of_a_child_is_assigned(show, device):
    """A buffer of a child that the child's forward assigns is another in each call of the root."""
    model = _Holder(_Assigns(device))
    _call_three_times(show, model, model.inner, numbers(device))


@case("between-calls/buffer-assigned-in-forward-and-held")
def buffer_that_is_held_stays_when_another_is_assigned(show, device):
    """The tensor that was the buffer before a call keeps its value if forward assigns, and not if it adds in place."""
    for model in (_Assigns(device), _Counts(device)):
        before = model.calls
        model(numbers(device))
        model(numbers(device))
        show("held and buffer", before, model.calls)


@case("between-calls/buffer-replaced")
def buffer_is_replaced(show, device):
    """A buffer of the root or a child that is replaced after a call is what the next one reads."""
    x = numbers(device)
    for inner in (_Reads(device), _Counts(device), _Assigns(device)):
        model = _Holder(inner)
        show("before", model(x))
        inner.calls = torch.tensor(10.0, device=device)
        show("after", model(x))


@case("between-calls/buffer-filled")
def buffer_is_filled(show, device):
    """A buffer that is filled after a call is what the next one reads."""
    model, x = _Reads(device), numbers(device)
    show("before", model(x))
    model.calls.fill_(10)
    show("after", model(x))


@case("between-calls/buffer-of-another-shape")
def buffer_gets_another_shape(show, device):
    """A buffer that is replaced by one of another shape is what the next call reads."""
    model, x = _Reads(device), numbers(device)
    show("before", model(x))
    model.calls = torch.tensor([[10.0], [20.0]], device=device)
    show("after", model(x))


@case("between-calls/buffer-registered-late")
def buffer_is_registered_late(show, device):
    """A buffer that is registered after a call is one of those that the next one goes through."""
    model, x = _EachBuffer(), numbers(device)
    show("before", model(x))
    model.register_buffer("late", torch.tensor(10.0, device=device))
    show("after", model(x), sorted(model.state_dict()))


class _EachBuffer(Module):
    """Its input plus all buffers that it has."""

    def forward(self, x):
        for buffer in self.buffers():
            x = x + buffer
        return x


@case("between-calls/buffer-registered-in-forward")
def buffer_is_registered_in_forward(show, device):
    """A buffer that forward registers when there is none is kept for the second call, and in the state."""
    model, x = _RegistersABuffer(), numbers(device)
    show("first", model(x))
    show("state", sorted(model.state_dict()))
    show("second", model(10 * x))


class _RegistersABuffer(Module):
    """Its input minus what it was given first."""

    def forward(self, x):
        if not hasattr(self, "origin"):
            self.register_buffer("origin", x.clone())
        return x - self.origin


@case("between-calls/buffer-not-persistent", needs="torch.nn.Module.register_buffer(persistent)")
def buffer_that_is_not_persistent_is_changed(show, device):
    """A buffer that is not persistent is kept from call to call, and is not in the state after it."""
    model, x = _NotPersistent(device), numbers(device)
    _call_three_times(show, model, model, x)
    show("state", sorted(model.state_dict()))


class _NotPersistent(Module):
    """Adds how often it was called, counted in a buffer that is not persistent."""

    def __init__(self, device):
        super().__init__()
        self.register_buffer("calls", torch.tensor(0.0, device=device), persistent=False)

    def forward(self, x):
        self.calls = self.calls + 1
        return x + self.calls


@case("between-calls/buffer-deleted")
def buffer_is_deleted(show, device):
    """A buffer that is deleted after a call is not among those that the next one goes through."""
    model, x = _EachBuffer(), numbers(device)
    model.register_buffer("one", torch.tensor(10.0, device=device))
    model.register_buffer("two", torch.tensor(100.0, device=device))
    show("before", model(x))
    del model.one
    show("after", model(x))


@case("between-calls/buffer-that-was-none")
def buffer_that_was_none_is_set(show, device):
    """A buffer that is None until forward sets it has what the first call gave it in the second one."""
    model, x = _Remembers(), numbers(device)
    show("first", model(x))
    show("second", model(10 * x))
    model.last = None
    show("forgotten", model(x))


class _Remembers(Module):
    """Its input minus the one before."""

    def __init__(self):
        super().__init__()
        self.register_buffer("last", None)

    def forward(self, x):
        difference = x if self.last is None else x - self.last
        self.last = x.clone()
        return difference


@case("between-calls/moving-average-in-a-buffer")
def moving_average_is_kept_in_a_buffer(show, device):
    """A moving average that training updates in a buffer, and evaluation only reads, is right after each call."""
    model = _MovingAverage(device)
    for value, training in [(8.0, True), (4.0, True), (100.0, False), (2.0, True)]:
        model.train(training)
        show("output and average", model(torch.tensor([value], device=device)), model.average)


class _MovingAverage(Module):
    """Its input minus the moving average of its inputs."""

    def __init__(self, device):
        super().__init__()
        self.register_buffer("average", torch.tensor([0.0], device=device))

    def forward(self, x):
        if self.training:
            self.average = 0.5 * self.average + 0.5 * x.detach()
        return x - self.average
