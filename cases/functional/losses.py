"""Section "Functional": losses, how they are reduced, weighted, and told of targets that do not fit."""

import torch
from torch.nn import functional as F

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal

LOSSES = {
    "l1": ["l1_loss", [1.0, 4.0], [0.0, 2.0], {}, None],
    "mse": ["mse_loss", [1.0, 4.0], [0.0, 2.0], {}, None],
    "smooth-l1": ["smooth_l1_loss", [0.5, 4.0], [0.0, 2.0], {}, None],
    "huber": ["huber_loss", [0.5, 4.0], [0.0, 2.0], {"delta": 2.0}, "torch.nn.functional.huber_loss"],
    "soft-margin": ["soft_margin_loss", [0.0, 0.0], [1.0, -1.0], {}, None],
    "kl-div": ["kl_div", [0.0, -2.0], [1.0, 1.0], {}, None],
    "poisson": ["poisson_nll_loss", [1.0, 4.0], [2.0, 3.0], {"log_input": False}, None],
    "binary-cross-entropy": ["binary_cross_entropy", [0.5, 0.25], [1.0, 0.0], {}, None],
    "binary-cross-entropy-with-logits": ["binary_cross_entropy_with_logits", [0.0, 2.0], [1.0, 0.0], {}, None],
    "hinge-embedding": ["hinge_embedding_loss", [0.5, 4.0], [-1.0, 1.0], {}, None],
}


@cases(
    "functional/{loss}-loss-reduced-by-{reduction}",
    needs="{loss[4]}",
    only="cpu",
    loss=LOSSES,
    reduction=["none", "mean", "sum"],
)
def loss_is_reduced(show, device, loss, reduction):
    """The loss {loss[0]} and its gradient, reduced by {reduction}."""
    x = torch.tensor(loss[1], device=device, requires_grad=True)
    target = torch.tensor(loss[2], device=device)
    value = getattr(F, loss[0])(x, target, reduction=reduction, **loss[3])
    show("loss", value.detach())
    value.sum().backward()
    show("gradient", x.grad)


@cases("functional/{loss}-loss-reduced-by-another-word", needs="{loss[4]}", only="cpu", loss=LOSSES)
def loss_is_reduced_by_another_word(show, device, loss):
    """The loss {loss[0]} is told to reduce by a word that it does not know."""
    x, target = torch.tensor(loss[1], device=device), torch.tensor(loss[2], device=device)
    show("raises", refusal(lambda: getattr(F, loss[0])(x, target, reduction="average", **loss[3])))


@cases("functional/{loss}-loss-of-another-size", needs="{loss[4]}", only="cpu", loss=LOSSES)
def loss_of_another_size(show, device, loss):
    """The loss {loss[0]} of a target that is a column against an input that is a row."""
    x, target = torch.tensor(loss[1], device=device), torch.tensor(loss[2], device=device).view(2, 1)
    show("raises", refusal(lambda: show("loss", getattr(F, loss[0])(x, target, reduction="none", **loss[3]))))


@cases("functional/{loss}-loss-by-size-average", needs="{loss[4]}", only="cpu", loss=LOSSES)
def loss_by_size_average(show, device, loss):
    """The loss {loss[0]} told to be no average by the argument that reduction took the place of."""
    x, target = torch.tensor(loss[1], device=device), torch.tensor(loss[2], device=device)
    # Only the type: a loss that never had the argument is a call that Python refuses.
    arguments = {"size_average": False, **loss[3]}
    show("raises", type_of_refusal(lambda: show("loss", getattr(F, loss[0])(x, target, **arguments))))


@cases(
    "functional/weighted-{loss}-loss-by-{reduction}",
    only="cpu",
    loss={
        "cross-entropy": ["cross_entropy", [[0.0, 0.0], [0.0, 2.0]], [0, 1]],
        "nll": ["nll_loss", [[-1.0, -2.0], [-3.0, -4.0]], [0, 1]],
        "multi-margin": ["multi_margin_loss", [[1.0, 2.0], [3.0, 1.0]], [0, 1]],
        "multilabel-soft-margin": ["multilabel_soft_margin_loss", [[0.0, 0.0], [0.0, 0.0]], [[1, 0], [0, 1]]],
    },
    reduction=["none", "mean"],
)
def loss_is_weighted(show, device, loss, reduction):
    """The loss {loss[0]} with a weight of each class, reduced by {reduction}."""
    x, target = torch.tensor(loss[1], device=device), torch.tensor(loss[2], device=device)
    weight = torch.tensor([1.0, 3.0], device=device)
    show("loss", getattr(F, loss[0])(x, target, weight=weight, reduction=reduction))


@cases(
    "functional/{loss}-loss-with-a-weight-of-each-element",
    only="cpu",
    needs="torch.nn.functional.{loss[0]}(weight)",
    loss={"mse": ["mse_loss", {}], "l1": ["l1_loss", {}], "huber": ["huber_loss", {"delta": 2.0}]},
)
def loss_with_a_weight_of_each_element(show, device, loss):
    """The loss {loss[0]} takes a weight of each element, by which its mean is taken."""
    x, target = torch.tensor([1.0, 4.0], device=device), torch.tensor([0.0, 2.0], device=device)
    weight = torch.tensor([1.0, 3.0], device=device)
    show("loss", getattr(F, loss[0])(x, target, weight=weight, **loss[1]))


@case("functional/huber-loss-of-a-delta-of-zero", only="cpu", needs="torch.nn.functional.huber_loss")
def huber_loss_of_a_delta_of_zero(show, device):
    """A delta of zero is refused by the Huber loss."""
    x = torch.tensor([1.0], device=device)
    show("raises", refusal(lambda: F.huber_loss(x, x, delta=0.0)))


@case("functional/smooth-l1-loss-of-a-beta-below-zero", only="cpu", needs="torch.nn.functional.smooth_l1_loss(beta)")
def smooth_l1_loss_of_a_beta_below_zero(show, device):
    """A beta below zero is refused by the smooth L1 loss."""
    x = torch.tensor([1.0], device=device)
    show("raises", refusal(lambda: F.smooth_l1_loss(x, x, beta=-1.0)))


@case("functional/kl-div-by-the-mean-of-a-batch", only="cpu")
def kl_div_by_the_mean_of_a_batch(show, device):
    """The divergence reduced by batchmean is the sum by the size of the batch."""
    x = torch.tensor([[0.0, -2.0], [0.0, -2.0]], device=device)
    target = torch.ones(2, 2, device=device)
    show("loss", F.kl_div(x, target, reduction="batchmean"))


@case(
    "functional/cross-entropy-with-smoothed-labels",
    only="cpu",
    needs="torch.nn.functional.cross_entropy(label_smoothing)",
)
def cross_entropy_with_smoothed_labels(show, device):
    """Smoothed labels give a part of the target to all classes."""
    x = torch.tensor([[0.0, 2.0]], device=device)
    show("loss", F.cross_entropy(x, torch.tensor([0], device=device), label_smoothing=0.5))


@case("functional/cross-entropy-of-probabilities", only="cpu")
def cross_entropy_of_probabilities(show, device):
    """Whether the target of a cross entropy can be probabilities."""
    x, target = torch.tensor([[0.0, 2.0]], device=device), torch.tensor([[0.5, 0.5]], device=device)
    show("raises", type_of_refusal(lambda: show("loss", F.cross_entropy(x, target))))
