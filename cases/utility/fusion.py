"""Section "Utility": layers that are fused with the batch normalisation after them."""

import torch
from torch.nn import BatchNorm1d, Conv1d, Linear
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


@case("utility/fuse-conv-bn-without-bias", only="cpu")
def convolution_without_bias_is_fused(show, device):
    """A convolution without bias gets one when it is fused."""
    fused = fusion.fuse_conv_bn_eval(_set(Conv1d(1, 1, 2, bias=False).to(device)).eval(), _norm(device))
    show("bias", fused.bias)


@case("utility/fuse-conv-bn-in-training", only="cpu")
def convolution_is_fused_in_training(show, device):
    """Only in evaluation can a convolution be fused."""
    conv = _set(Conv1d(1, 1, 2).to(device)).train()
    show("refused", refusal(lambda: fusion.fuse_conv_bn_eval(conv, _norm(device))))


@case("utility/fuse-conv-bn-keeps-frozen", only="cpu")
def frozen_convolution_is_fused(show, device):
    """Whether a frozen convolution is still frozen after it was fused."""
    conv = _set(Conv1d(1, 1, 2).to(device)).eval()
    conv.weight.requires_grad = False
    show("requires grad", fusion.fuse_conv_bn_eval(conv, _norm(device)).weight.requires_grad)


@case("utility/fuse-conv-bn-of-another-dtype", only="cpu")
def convolution_of_another_dtype_is_fused(show, device):
    """The dtypes of a convolution of doubles that is fused with a normalisation of floats."""
    fused = fusion.fuse_conv_bn_eval(_set(Conv1d(1, 1, 2).to(device)).double().eval(), _norm(device))
    show("dtypes", fused.weight.dtype, fused.bias.dtype)


@case("utility/fuse-linear-bn", only="cpu", needs="torch.nn.utils.fusion.fuse_linear_bn_eval")
def linear_is_fused(show, device):
    """A Linear fused with its normalisation has a scaled weight and a shifted bias."""
    fused = fusion.fuse_linear_bn_eval(_set(Linear(2, 1).to(device)).eval(), _norm(device))
    show("weight", fused.weight)
    show("bias", fused.bias)


@case("utility/fuse-linear-bn-of-other-channels", only="cpu", needs="torch.nn.utils.fusion.fuse_linear_bn_eval")
def linear_of_other_channels_is_fused(show, device):
    """A Linear of three outputs is not fused with a normalisation of two channels."""
    linear = _set(Linear(2, 3).to(device)).eval()
    show("refused", refusal(lambda: fusion.fuse_linear_bn_eval(linear, _norm(device, 2))))


@case("utility/fuse-linear-bn-of-one-channel", only="cpu", needs="torch.nn.utils.fusion.fuse_linear_bn_eval")
def linear_is_fused_with_one_channel(show, device):
    """A Linear of three outputs is fused with a normalisation of one channel."""
    linear = _set(Linear(2, 3).to(device)).eval()
    show("refused", refusal(lambda: show("bias", fusion.fuse_linear_bn_eval(linear, _norm(device)).bias)))
