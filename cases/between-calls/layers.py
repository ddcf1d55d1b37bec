"""Layers of torch in training and evaluation, lazy ones, and weights that are computed from others."""

import warnings

import torch
from torch.nn import BatchNorm1d, Dropout, Linear, Module, Sequential

from module_drift.case import case

from .models import Scaled, numbers


class _ReadsTheMode(Module):
    """Its input in training, and minus it in evaluation."""

    def forward(self, x):
        return x if self.training else -x


class _Both(Module):
    """Reads its mode, then calls a child that does so, too, and adds ten in training."""

    def __init__(self):
        super().__init__()
        self.inner = _ReadsTheMode()

    def forward(self, x):
        x = self.inner(x)
        return x + 10 if self.training else x


@case("between-calls/train-and-eval-on-the-root")
def root_changes_between_training_and_evaluation(show, device):
    """Whether it trains is read anew in every call, by the root and by its child."""
    model, x = _Both(), numbers(device)
    show("at first", model(x))
    show("eval", model.eval()(x))
    show("train", model.train()(x))


@case("between-calls/train-and-eval-on-a-child")
def child_changes_between_training_and_evaluation(show, device):
    """A child that is put into evaluation after a call of the root evaluates in the next, while the root trains."""
    model, x = _Both(), numbers(device)
    show("at first", model(x))
    model.inner.eval()
    show("child's eval", model(x))
    model.inner.train()
    show("child's train", model(x))


@case("between-calls/training-flag-set-by-hand")
def training_flag_is_set_by_hand(show, device):
    """The flag that says whether a Module trains may be set as any attribute, and then its child's stays."""
    model, x = _Both(), numbers(device)
    show("at first", model(x))
    model.training = False
    show("root's is False", model(x))
    model.inner.training = False
    show("child's is, too", model(x))


@case("between-calls/dropout-of-everything")
def dropout_of_everything_changes_its_mode(show, device):
    """A Dropout of everything leaves nothing in training, and all in evaluation."""
    model, x = Sequential(Dropout(1.0)), numbers(device)
    for training in (True, False, True):
        model.train(training)
        show("train" if training else "eval", model(x))


@case("between-calls/dropout-probability-changed")
def probability_of_dropout_is_changed(show, device):
    """A Dropout drops with the probability that it has at each call."""
    model, x = Dropout(0.0), numbers(device)
    for probability in (0.0, 1.0, 0.0):
        model.p = probability
        show(str(probability), model(x))


@case("between-calls/batch-norm-running-statistics")
def batch_norm_keeps_statistics(show, device):
    """A BatchNorm counts its batches and keeps running statistics, once in every call in training."""
    model = BatchNorm1d(1, momentum=0.5).to(device)
    x = torch.tensor([[1.0], [3.0]], device=device)
    for training in (True, True, False, True):
        model.train(training)
        model(x)
        show("mean, variance, batches", model.running_mean, model.running_var, model.num_batches_tracked)


@case("between-calls/batch-norm-of-a-child-with-a-backward-pass")
def batch_norm_of_a_child_keeps_statistics(show, device):
    """A child's BatchNorm counts each batch once, also when the backward pass has gone through it."""
    model = Sequential(BatchNorm1d(1, momentum=0.5)).to(device)
    x = torch.tensor([[1.0], [3.0]], device=device, requires_grad=True)
    for _ in range(2):
        model(x).sum().backward()
        show("mean, variance, batches", model[0].running_mean, model[0].running_var, model[0].num_batches_tracked)


@case("between-calls/batch-norm-statistics-reset")
def statistics_of_a_batch_norm_are_reset(show, device):
    """A BatchNorm whose running statistics are reset after a call begins anew in the next one."""
    model = BatchNorm1d(1, momentum=0.5).to(device)
    x = torch.tensor([[1.0], [3.0]], device=device)
    model(x)
    model.reset_running_stats()
    show("reset", model.running_mean, model.num_batches_tracked)
    model(x)
    show("after", model.running_mean, model.num_batches_tracked)


@case("between-calls/batch-norm-momentum-changed")
def momentum_of_a_batch_norm_is_changed(show, device):
    """A BatchNorm moves its statistics by the momentum that it has at each call."""
    model = BatchNorm1d(1, momentum=0.5).to(device)
    for momentum, value in [(0.5, 4.0), (0.25, 6.0), (0.5, 5.0)]:
        model.momentum = momentum
        model(torch.tensor([[value - 1], [value + 1]], device=device))
        show("mean", model.running_mean)


def _linear(device, module):
    """Return the Linear `module` on `device` with the weights 3 and 4, and without a bias."""
    module.to(device)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[3.0, 4.0]], device=device))
    return module


@case("between-calls/lazy-linear", needs="torch.nn.LazyLinear(device)")
def lazy_linear_is_called_again(show, device):
    """A lazy Linear becomes a Linear in the first call, and computes with what its weights are in the next."""
    model, x = torch.nn.LazyLinear(1, bias=False, device=device), numbers(device)
    output = model(x)
    show("first", type(model).__name__, model.weight.shape, output.shape)
    _linear(device, model)
    show("second", model(x).detach())
    model.weight.data.mul_(10)
    show("third", model(x).detach())


@case("between-calls/lazy-child", needs="torch.nn.LazyLinear(device)")
def lazy_child_is_called_again(show, device):
    """A lazy child becomes what it is in the first call of the root."""
    model, x = Sequential(torch.nn.LazyLinear(1, bias=False, device=device), Scaled(device)), numbers(device)
    show("first", model(x).shape, type(model[0]).__name__)
    _linear(device, model[0])
    show("second", model(x).detach())


class _Times(Module):
    """A parametrization: a tensor times a factor."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


@case("between-calls/parametrization-registered", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_is_registered(show, device):
    """A parametrization that is registered after a call makes the weight of the next one, on the root and a child."""
    x = numbers(device)
    inner = Scaled(device)
    model = Sequential(inner)
    show("before", model(x).detach(), inner(x).detach())
    torch.nn.utils.parametrize.register_parametrization(inner, "weight", _Times(10))
    show("registered", model(x).detach(), inner(x).detach())
    torch.nn.utils.parametrize.register_parametrization(inner, "weight", _Times(100))
    show("and another", model(x).detach(), inner(x).detach())


@case("between-calls/parametrization-removed", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_is_removed(show, device):
    """A weight whose parametrization is removed after a call is as it was before, or as it was made."""
    x = numbers(device)
    for kept in (False, True):
        model = Scaled(device)
        torch.nn.utils.parametrize.register_parametrization(model, "weight", _Times(10))
        show("before", model(x).detach())
        torch.nn.utils.parametrize.remove_parametrizations(model, "weight", leave_parametrized=kept)
        show("as it was made" if kept else "as it was", model(x).detach())


@case("between-calls/parametrization-changed", needs="torch.nn.utils.parametrize.register_parametrization")
def parametrization_is_changed(show, device):
    """A parametrized weight is made of what its original and the parametrization's attribute are at each call."""
    model, x = Scaled(device), numbers(device)
    torch.nn.utils.parametrize.register_parametrization(model, "weight", _Times(10))
    show("before", model(x).detach())
    model.parametrizations.weight[0].factor = 100
    show("other factor", model(x).detach())
    model.parametrizations.weight.original.data.fill_(3)
    show("other original", model(x).detach())


def _add_weight_norm(module):
    """Add a weight norm by a hook, without the warning that this is deprecated, which other cases show."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.nn.utils.weight_norm(module)


@case("between-calls/weight-norm-added")
def weight_norm_is_added(show, device):
    """A weight norm that is added after a call computes the weight of the next one from length and direction."""
    model, x = _linear(device, Linear(2, 1, bias=False)), numbers(device)
    show("before", model(x).detach())
    _add_weight_norm(model)
    show("added", model(x).detach())
    model.weight_g.data.mul_(2)
    show("twice the length", model(x).detach())


@case("between-calls/weight-norm-removed")
def weight_norm_is_removed(show, device):
    """A weight whose norm is removed after a call is a parameter again, and what the next one computes with."""
    model, x = _linear(device, Linear(2, 1, bias=False)), numbers(device)
    _add_weight_norm(model)
    show("before", model(x).detach())
    torch.nn.utils.remove_weight_norm(model)
    show("removed", model(x).detach())
    model.weight.data.mul_(2)
    show("doubled", model(x).detach(), [name for name, _ in model.named_parameters()])
