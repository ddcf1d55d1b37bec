"""Section "Utility": weights that are normalised by a hook, or by a parametrization."""

import torch
from torch.nn import Linear
from torch.nn.utils import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm

from module_drift.case import case

from ..shared.listing import names
from ..shared.refusals import refusal


def _linear(device):
    model = Linear(2, 2, bias=False).to(device)
    model.weight.data.copy_(torch.tensor([[3.0, 0.0], [0.0, 0.5]], device=device))
    return model


@case("utility/weight-norm-of-all-dimensions", only="cpu")
def weight_norm_of_all_dimensions(show, device):
    """With dim=None there is one norm of the whole weight."""
    model = weight_norm(_linear(device), dim=None)
    show("shape of weight_g", model.weight_g.shape)


@case("utility/weight-norm-of-rows", only="cpu")
def weight_norm_of_rows(show, device):
    """By default there is a norm of each row, and the weight is as it was."""
    model = weight_norm(_linear(device))
    show("weight_g", model.weight_g.detach())
    show("weight", model.weight.detach())


@case("utility/weight-norm-twice", only="cpu")
def weight_norm_twice(show, device):
    """A second weight_norm of one parameter is refused."""
    model = weight_norm(_linear(device))
    show("refused", refusal(lambda: weight_norm(model)))


@case("utility/weight-norm-removed-where-there-is-none", only="cpu")
def weight_norm_is_removed_where_there_is_none(show, device):
    """The weight_norm of a Module that has none cannot be removed."""
    model = torch.nn.Identity()
    show("refused", refusal(remove_weight_norm, model))


@case("utility/spectral-norm-by-a-hook", only="cpu")
def spectral_norm_by_a_hook(show, device):
    """The spectral_norm of torch.nn.utils keeps the weight as a parameter and two vectors, one of them a buffer."""
    model = spectral_norm(_linear(device))
    show("parameters", names(model.named_parameters()))
    show("buffers", names(model.named_buffers()))


@case("utility/spectral-norm-by-a-hook-in-evaluation", only="cpu")
def spectral_norm_by_a_hook_in_evaluation(show, device):
    """After some calls in training, the weight has a largest singular value of one, also in evaluation."""
    model = spectral_norm(_linear(device), n_power_iterations=20)
    model(torch.ones(1, 2, device=device))
    model.eval()
    model(torch.ones(1, 2, device=device))
    show("largest is one", ((model.weight[0, 0] - 1).abs() < 1e-3).detach())


@case("utility/spectral-norm-iterates-in-training-alone", only="cpu")
def spectral_norm_iterates_in_training(show, device):
    """A call in evaluation leaves the vectors alone, and one in training changes them."""
    model = spectral_norm(Linear(4, 4).to(device))
    for training in [False, True]:
        model.train(training)
        before = model.weight_u.clone()
        model(torch.ones(1, 4, device=device))
        show(f"changed, training={training}", (model.weight_u != before).any())


@case("utility/spectral-norm-by-no-iterations", only="cpu")
def spectral_norm_by_no_iterations(show, device):
    """A spectral_norm has to iterate at least once."""
    show("refused", refusal(lambda: spectral_norm(_linear(device), n_power_iterations=0)))


@case("utility/spectral-norm-twice", only="cpu")
def spectral_norm_twice(show, device):
    """A second spectral_norm of one parameter is refused."""
    model = spectral_norm(_linear(device))
    show("refused", refusal(lambda: spectral_norm(model)))


@case("utility/spectral-norm-removed", only="cpu")
def spectral_norm_is_removed(show, device):
    """Removing a spectral_norm leaves one parameter and no buffer."""
    model = remove_spectral_norm(spectral_norm(_linear(device)))
    show("names", names(model.named_parameters()), names(model.named_buffers()))


@case("utility/spectral-norm-removed-where-there-is-none", only="cpu")
def spectral_norm_is_removed_where_there_is_none(show, device):
    """The spectral_norm of a Module that has none cannot be removed."""
    show("refused", refusal(remove_spectral_norm, torch.nn.Identity()))


@case("utility/spectral-norm-parametrized", only="cpu", needs="torch.nn.utils.parametrizations.spectral_norm")
def spectral_norm_by_a_parametrization(show, device):
    """The spectral_norm of a parametrization has a largest singular value of one, in training and evaluation."""
    model = torch.nn.utils.parametrizations.spectral_norm(_linear(device), n_power_iterations=20)
    for training in [True, False]:
        model.train(training)
        show(f"largest is one, training={training}", ((model.weight[0, 0] - 1).abs() < 1e-3).detach())
    show("names", names(model.named_parameters()), names(model.named_buffers()))


@case(
    "utility/spectral-norm-parametrized-of-a-vector", only="cpu", needs="torch.nn.utils.parametrizations.spectral_norm"
)
def spectral_norm_of_a_vector_by_a_parametrization(show, device):
    """The spectral_norm of a bias is the bias by its length."""
    model = Linear(2, 2).to(device)
    model.bias.data.copy_(torch.tensor([3.0, 4.0], device=device))
    torch.nn.utils.parametrizations.spectral_norm(model, "bias")
    show("bias", model.bias.detach())


@case("utility/orthogonal-parametrized", only="cpu", needs="torch.nn.utils.parametrizations.orthogonal")
def orthogonal_by_a_parametrization(show, device):
    """Each of the three maps makes the weight orthogonal."""
    for name in ["matrix_exp", "cayley", "householder"]:
        model = torch.nn.utils.parametrizations.orthogonal(_linear(device), orthogonal_map=name)
        product = model.weight @ model.weight.t()
        show(name, ((product - torch.eye(2, device=device)).abs() < 1e-4).all())


@case("utility/orthogonal-parametrized-by-another-map", only="cpu", needs="torch.nn.utils.parametrizations.orthogonal")
def orthogonal_by_another_map(show, device):
    """A map of another name is refused."""
    attempt = torch.nn.utils.parametrizations.orthogonal
    show("refused", refusal(lambda: attempt(_linear(device), orthogonal_map="givens")))


@case("utility/orthogonal-parametrized-of-a-vector", only="cpu", needs="torch.nn.utils.parametrizations.orthogonal")
def orthogonal_of_a_vector(show, device):
    """A vector cannot be made orthogonal."""
    attempt = torch.nn.utils.parametrizations.orthogonal
    show("refused", refusal(lambda: attempt(Linear(2, 2).to(device), "bias")))
