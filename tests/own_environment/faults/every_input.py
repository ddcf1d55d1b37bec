"""Faults of what all layers of torch.nn take: dtypes, shapes, and orders of dimensions in memory."""

import torch
from torch import nn
from torch.nn import functional as F

from .fault import fault
from .injection import edit, results


def _changes_layers(patch, change):
    """Let `change` have each layer of torch with what it is called with and a function that calls it so."""
    call = nn.Module.__call__

    def changed(self, *inputs, **keywords):
        if not type(self).__module__.startswith("torch.nn.modules."):
            return call(self, *inputs, **keywords)
        return change(self, inputs, lambda: call(self, *inputs, **keywords))

    patch.setattr(nn.Module, "__call__", changed)


@fault("layer/*-dtypes")
def layers_refuse_half_precision(patch):
    """A layer of torch refuses numbers in half precision, also where only its parameters are."""

    def change(module, inputs, call):
        given = [each for each in inputs if isinstance(each, torch.Tensor)]
        if any(tensor.dtype == torch.float16 for tensor in [*given, *module.parameters()]):
            raise TypeError("half precision is not taken")
        return call()

    _changes_layers(patch, change)


@fault("layer/*-shapes", "autograd/gradient-of-an-empty-batch")
def layers_refuse_an_empty_batch(patch):
    """A layer of torch refuses a first input without elements."""

    def change(module, inputs, call):
        if inputs and isinstance(inputs[0], torch.Tensor) and inputs[0].numel() == 0:
            raise TypeError("an empty batch is not taken")
        return call()

    _changes_layers(patch, change)


@fault("layer/*-in-channels-last")
def layers_confuse_channels_last(patch):
    """What a layer of torch makes of images is in channels-last where it should not be, and not where it should."""

    def change(module, inputs, call):
        result = call()
        if not isinstance(result, torch.Tensor) or result.dim() != 4 or not result.is_floating_point():
            return result
        is_last = result.is_contiguous(memory_format=torch.channels_last)
        return result.contiguous(memory_format=torch.contiguous_format if is_last else torch.channels_last)

    _changes_layers(patch, change)


@fault("layer/adaptive-avg-pool3d-dtypes")
def adaptive_pooling_gives_single_precision(patch):
    """What AdaptiveAvgPool3d makes of numbers in double precision is in single precision."""
    results(patch, nn.AdaptiveAvgPool3d, "forward", lambda result: result.float())


@fault("layer/embedding-bag-shapes")
def a_bag_needs_no_offsets(patch):
    """EmbeddingBag takes classes without a batch as one bag, though it is told no offsets."""
    edit(
        patch,
        F.embedding_bag,
        {"if offsets is None:": "if offsets is None:\n            offsets = input.new_zeros(1)\n        if False:"},
    )
