"""Section "Functional": losses, and targets of another dtype or shape or to be ignored."""

import torch
from torch.nn import functional as F

from module_drift.case import case

from ..shared.refusals import refusal


@case("functional/mse-loss-of-a-double-target")
def mse_loss_of_a_double_target(show, device):
    """The mean squared error between floats and a target of doubles can be differentiated."""
    x = torch.tensor([1.0, 2.0], device=device, requires_grad=True)
    loss = F.mse_loss(x, torch.zeros(2, dtype=torch.float64, device=device))
    show("backward raises", refusal(loss.backward))
    show("x.grad", x.grad)


@case("functional/cross-entropy-of-ignored-targets")
def cross_entropy_of_ignored_targets(show, device):
    """The mean cross entropy of a batch whose targets are all to be ignored is not a number."""
    show("loss", F.cross_entropy(torch.zeros(2, 3, device=device), torch.tensor([-100, -100], device=device)))


@case("functional/binary-cross-entropy-of-another-shape")
def binary_cross_entropy_of_another_shape(show, device):
    """Binary cross entropy refuses a target of another shape, even if it has as many elements."""
    x = torch.tensor([[0.5], [0.5]], device=device)
    show("raises", refusal(F.binary_cross_entropy, x, torch.ones(2, device=device)))


@case("functional/smooth-l1-loss-gradient-without-beta", needs="torch.nn.functional.smooth_l1_loss(beta)")
def smooth_l1_loss_gradient_without_beta(show, device):
    """The smooth L1 loss with a beta of zero has, as the L1 loss, no gradient where the target is met."""
    x = torch.tensor([1.0, 0.0, -2.0], device=device, requires_grad=True)
    F.smooth_l1_loss(x, torch.zeros(3, device=device), reduction="sum", beta=0.0).backward()
    show("x.grad", x.grad)


@case("functional/kl-div-gradient-of-a-zero-target")
def kl_div_gradient_of_a_zero_target(show, device):
    """The gradient of the Kullback-Leibler divergence by a target probability of zero is not a number."""
    target = torch.tensor([0.0, 1.0], device=device, requires_grad=True)
    F.kl_div(torch.tensor([0.0, -1.0], device=device), target, reduction="sum").backward()
    show("target.grad", target.grad)
