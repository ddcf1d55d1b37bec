"""Section "Utility": layers that are fused with the batch normalisation after them."""

import torch
from torch.nn import BatchNorm1d, Conv1d
from torch.nn.utils import fusion

from module_drift.case import case

from ..shared.refusals import refusal


def _set(layer):
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(3.0)
    return layer


def _norm(device, channels=1):
    norm = BatchNorm1d(channels, eps=0.0).to(device).eval()
    norm.running_mean.fill_(1.0)
    norm.running_var.fill_(4.0)
    norm.weight.data.fill_(2.0)
    norm.bias.data.fill_(5.0)
    return norm


@case("utility/fuse-conv-bn", only="cpu")
def convolution_is_fused(show, device):
    """A convolution fused with its normalisation is a new one with scaled weight and shifted bias."""
    conv = _set(Conv1d(1, 1, 2).to(device)).eval()
    fused = fusion.fuse_conv_bn_eval(conv, _norm(device))
    show("weight", fused.weight)
    show("bias", fused.bias)
    show("weight of the old one", conv.weight)
    show("training", fused.training)


@case("utility/fuse-conv-bn-in-training", only="cpu")
def convolution_is_fused_in_training(show, device):
    """Only in evaluation can a convolution be fused."""
    conv = _set(Conv1d(1, 1, 2).to(device)).train()
    show("refused", refusal(lambda: fusion.fuse_conv_bn_eval(conv, _norm(device))))


@case("utility/fuse-conv-bn-of-another-dtype", only="cpu")
def convolution_of_another_dtype_is_fused(show, device):
    """The dtypes of a convolution of doubles that is fused with a normalisation of floats."""
    fused = fusion.fuse_conv_bn_eval(_set(Conv1d(1, 1, 2).to(device)).double().eval(), _norm(device))
    show("dtypes", fused.weight.dtype, fused.bias.dtype)
