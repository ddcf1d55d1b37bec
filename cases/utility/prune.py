"""Section "Utility": what torch.nn.utils.prune does to a parameter, its Module and its state."""

import copy

import torch
from torch.nn import Linear
from torch.nn.utils import prune

from module_drift.case import case, cases

from ..shared.listing import names
from ..shared.refusals import refusal, type_of_refusal


def _linear(device):
    model = Linear(3, 2).to(device)
    model.weight.data.copy_(torch.tensor([[1.0, -5.0, 2.0], [4.0, 3.0, -6.0]], device=device))
    model.bias.data.zero_()
    return model


@cases(
    "utility/prune-by-{method}",
    only="cpu",
    method={
        "identity": ["identity", {}],
        "l1": ["l1_unstructured", {"amount": 2}],
        "l1-in-part": ["l1_unstructured", {"amount": 0.5}],
        "norm-of-rows": ["ln_structured", {"amount": 1, "n": 2, "dim": 0}],
        "norm-of-columns": ["ln_structured", {"amount": 1, "n": 1, "dim": -1}],
    },
)
def pruned_by_a_method(show, device, method):
    """Pruning by {method[0]} keeps the parameter under another name, and a mask as a buffer."""
    model = _linear(device)
    show("returned", type(getattr(prune, method[0])(model, "weight", **method[1])).__name__)
    show("weight", model.weight.detach())
    show("parameters", names(model.named_parameters()))
    show("buffers", dict(model.named_buffers()))


@cases(
    "utility/prune-at-random-by-{method}",
    only="cpu",
    method={
        "elements": ["random_unstructured", {"amount": 2}],
        "rows": ["random_structured", {"amount": 1, "dim": 0}],
        "columns": ["random_structured", {"amount": 2, "dim": 1}],
    },
)
def pruned_at_random(show, device, method):
    """Pruning by {method[0]} takes as many elements as it is told, and keeps the others as they are."""
    model = _linear(device)
    getattr(prune, method[0])(model, "weight", **method[1])
    show("pruned", (model.weight_mask == 0).sum())
    show("kept as they are", (model.weight == model.weight_orig * model.weight_mask).all())


@case("utility/prune-by-a-given-mask", only="cpu")
def pruned_by_a_given_mask(show, device):
    """A mask that is given keeps where it is one, and drops where it is zero."""
    model = _linear(device)
    prune.custom_from_mask(model, "weight", torch.tensor([[1, 0, 1], [0, 1, 1]], device=device))
    show("weight", model.weight.detach())
    show("dtype of the mask", model.weight_mask.dtype)


@cases(
    "utility/prune-refuses-an-amount-{amount}",
    only="cpu",
    amount={"below-zero": -1, "above-one": 1.5, "of-too-many": 7, "in-text": "half"},
)
def prune_refuses_an_amount(show, device, amount):
    """Pruning refuses the amount {amount}."""
    show("refused", refusal(prune.l1_unstructured, _linear(device), "weight", amount))


@case("utility/prune-of-no-parameter", only="cpu")
def prune_of_no_parameter(show, device):
    """Pruning what the Module does not have raises an AttributeError."""
    show("refused", type_of_refusal(prune.l1_unstructured, _linear(device), "scale", 1))


@case("utility/prune-of-none", only="cpu")
def prune_of_none(show, device):
    """Pruning a bias that is None raises a TypeError."""
    show("refused", type_of_refusal(prune.l1_unstructured, Linear(3, 2, bias=False).to(device), "bias", 1))


@case("utility/prune-twice", only="cpu")
def pruned_twice(show, device):
    """Pruning a second time goes by what the first left, and the two become one container with one mask."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    prune.ln_structured(model, "weight", amount=1, n=1, dim=0)
    show("mask", model.weight_mask)
    show("hooks", [type(hook).__name__ for hook in model._forward_pre_hooks.values()])
    show("methods", [type(method).__name__ for method in next(iter(model._forward_pre_hooks.values()))])


@case("utility/prune-made-permanent", only="cpu")
def prune_made_permanent(show, device):
    """Made permanent, the pruned values are in the parameter, which is the last one now, and the mask is gone."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    show("returned", type(prune.remove(model, "weight")).__name__)
    show("weight", model.weight.detach())
    show("names", names(model.named_parameters()), names(model.named_buffers()))
    show("hooks", len(model._forward_pre_hooks))


@case("utility/prune-of-what-was-not-pruned-is-removed", only="cpu")
def prune_removed_where_there_is_none(show, device):
    """Pruning cannot be made permanent where nothing was pruned."""
    show("refused", refusal(prune.remove, _linear(device), "weight"))


@case("utility/prune-is-found", only="cpu")
def prune_is_found(show, device):
    """Whether a Module is pruned is told by its own hooks, and by those of its children."""
    model = torch.nn.Sequential(_linear(device))
    show("before", prune.is_pruned(model))
    prune.identity(model[0], "weight")
    show("parent", prune.is_pruned(model))
    show("child", prune.is_pruned(model[0]))


@case("utility/prune-all-of-a-model", only="cpu")
def pruned_globally(show, device):
    """Global pruning takes the least of all parameters together."""
    model = _linear(device)
    model.bias.data.copy_(torch.tensor([0.5, 10.0], device=device))
    prune.global_unstructured([(model, "weight"), (model, "bias")], pruning_method=prune.L1Unstructured, amount=3)
    show("weight", model.weight.detach())
    show("bias", model.bias.detach())


@case("utility/prune-all-by-rows", only="cpu")
def pruned_globally_by_a_structured_method(show, device):
    """Global pruning refuses a method that is not of elements."""
    parameters = [(_linear(device), "weight")]
    show("refused", refusal(lambda: prune.global_unstructured(parameters, prune.LnStructured, amount=1, n=1)))


@case("utility/prune-all-of-no-list", only="cpu")
def pruned_globally_without_pairs(show, device):
    """Global pruning refuses parameters that are not given in pairs."""
    attempt = prune.global_unstructured
    show("raises", type_of_refusal(lambda: attempt({"weight": 1}, pruning_method=prune.L1Unstructured, amount=1)))


@case("utility/prune-by-scores", only="cpu", needs="torch.nn.utils.prune.l1_unstructured(importance_scores)")
def pruned_by_scores(show, device):
    """Pruning goes by the scores that it is given in place of the values."""
    model = _linear(device)
    scores = torch.tensor([[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]], device=device)
    prune.l1_unstructured(model, "weight", 2, importance_scores=scores)
    show("weight", model.weight.detach())


@case(
    "utility/prune-by-scores-of-another-shape",
    only="cpu",
    needs="torch.nn.utils.prune.l1_unstructured(importance_scores)",
)
def pruned_by_scores_of_another_shape(show, device):
    """Scores have to be of the shape of the parameter."""
    scores = torch.ones(6, device=device)
    show("refused", refusal(prune.l1_unstructured, _linear(device), "weight", 2, scores))


@case("utility/prune-and-the-gradient", only="cpu")
def gradient_of_a_pruned_parameter(show, device):
    """The kept parameter of a pruned one has a gradient of zero where it is pruned."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    model(torch.tensor([[1.0, 2.0, 3.0]], device=device)).sum().backward()
    show("gradient", model.weight_orig.grad)
    show("weight is a leaf", model.weight.is_leaf)


@case("utility/prune-is-applied-by-the-call", only="cpu")
def pruned_weight_follows_its_original(show, device):
    """A change of the kept parameter reaches the pruned one at the next call, not before."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    model.weight_orig.data.fill_(7.0)
    show("before the call", model.weight.detach())
    model(torch.ones(1, 3, device=device))
    show("after the call", model.weight.detach())


@case("utility/prune-in-the-state", only="cpu")
def state_of_a_pruned_module(show, device):
    """The state of a pruned Module has the kept parameter and the mask, and not the pruned parameter."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    show("state", list(model.state_dict()))


@case("utility/prune-state-into-what-is-not-pruned", only="cpu")
def state_of_a_pruned_module_is_loaded_without_pruning(show, device):
    """The state of a pruned Module does not fit one that is not."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    show("keys", _linear(device).load_state_dict(model.state_dict(), strict=False))


@case("utility/prune-and-deepcopy", only="cpu")
def pruned_module_is_copied(show, device):
    """A pruned Module cannot be deep-copied, since the pruned parameter is no leaf."""
    model = _linear(device)
    prune.l1_unstructured(model, "weight", 2)
    show("copy", type_of_refusal(copy.deepcopy, model))


class _Positive(prune.BasePruningMethod):
    """Drops what is negative."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t, default_mask):
        return default_mask * (t > 0)


@case("utility/prune-by-a-method-of-ones-own", only="cpu")
def pruned_by_an_own_method(show, device):
    """A pruning method of one's own says by compute_mask what is kept."""
    model = _linear(device)
    _Positive.apply(model, "weight")
    show("weight", model.weight.detach())


@case("utility/prune-a-tensor", only="cpu")
def tensor_is_pruned(show, device):
    """A pruning method prunes a plain tensor, with another tensor as its default mask, too."""
    t = torch.tensor([1.0, -2.0, 3.0, -4.0], device=device)
    method = prune.L1Unstructured(amount=1)
    show("pruned", method.prune(t))
    show("with a mask", method.prune(t, default_mask=torch.tensor([0.0, 1.0, 1.0, 1.0], device=device)))
