"""Faults of what a subclass overrides, and of how attention and recurrent layers take sequences."""

import copy
import functools
import sys

from torch import nn
from torch.nn import Module
from torch.nn.modules import batchnorm, conv, instancenorm, transformer
from torch.nn.utils import rnn

from .fault import fault
from .injection import edit, insert

# What a subclass overrides.


@fault(
    "layer/overridden-add-module-*",
    "layer/overridden-register-module-*",
    "layer/overridden-modules-*",
    "layer/overridden-setattr-as-it-is-converted",
    "layer/overridden-slow-forward-as-it-is-called",
    "layer/overridden-type-*",
    "layer/overridden-wrapped-call-impl-*",
    "module/register-module-calls-add-module",
    "module/set-child-does-not-call-add-module",
    "module/set-parameter-calls-register-parameter",
)
def a_module_calls_what_it_does_not(patch):
    """Module calls what nobody should notice, if a subclass overrides it."""
    for done, name in (
        ("__setattr__", "add_module"),
        ("add_module", "register_module"),
        ("zero_grad", "modules"),
        ("double", "__setattr__"),
        ("double", "type"),
        ("__call__", "_slow_forward"),
        ("__call__", "_wrapped_call_impl"),
    ):
        _also_calls(patch, done, name)


def _also_calls(patch, done, name):
    original, own = getattr(Module, done), getattr(Module, name)

    @functools.wraps(original)
    def changed(self, *arguments, **keywords):
        if "_modules" in vars(self) and _overrides(type(self), name):
            getattr(self, name)
            vars(type(self)).get(name, own)(self, "more", None)
        return original(self, *arguments, **keywords)

    patch.setattr(Module, done, changed)


@fault("layer/*-made-with-an-own-reset")
def own_resets_are_called_twice(patch):
    """A layer resets its parameters twice as it is made, if a subclass says how."""
    names = (
        "BatchNorm1d Bilinear Conv1d ConvTranspose1d Embedding EmbeddingBag GroupNorm InstanceNorm1d LayerNorm Linear"
    )
    for name in [*names.split(), "LSTM", "LSTMCell", "MultiheadAttention", "PReLU", "RMSNorm", "Transformer"]:
        _resets_twice(patch, getattr(nn, name))


def _resets_twice(patch, kind):
    original = kind.__init__
    name = "reset_parameters" if hasattr(kind, "reset_parameters") else "_reset_parameters"

    @functools.wraps(original)
    def changed(self, *arguments, **keywords):
        original(self, *arguments, **keywords)
        if name in vars(type(self)) and type(self) is not kind and not type(self).__module__.startswith("torch."):
            getattr(self, name)()

    patch.setattr(kind, "__init__", changed)


@fault("layer/*-of-an-own-convolution", "layer/*-padded-by-an-own-convolution")
def own_convolutions_are_passed_by(patch):
    """A convolution computes by its own _conv_forward though a subclass overrides it."""
    for kind in (conv.Conv1d, conv.Conv2d, conv.Conv3d):
        edit(patch, kind.forward, {"self._conv_forward(": f"{kind.__name__}._conv_forward(self, "})


@fault(
    "layer/*-own-check-of-dimensions",
    "layer/batch-norm-base-without-a-check-of-dimensions",
    "functional/batchnorm-of-other-dimensions",
)
def dimensions_are_not_checked(patch):
    """Normalisations by batch or instance do not ask whether the input has the dimensions that it should."""
    for kind in (batchnorm._BatchNorm, batchnorm.SyncBatchNorm, instancenorm._InstanceNorm):
        edit(patch, kind.forward, {"self._check_input_dim(input)": "pass"})


def _overrides(kind, name):
    """Return whether a class that is none of torch has another `name` than Module."""
    return not kind.__module__.startswith("torch.") and getattr(kind, name, None) is not getattr(Module, name, None)


PASSED_BY = {
    "_apply",
    "_call_impl",
    "_get_name",
    "_load_from_state_dict",
    "_named_members",
    "_save_to_state_dict",
    "apply",
    "children",
    "extra_repr",
    "modules",
    "named_children",
    "named_modules",
    "named_parameters",
    "named_buffers",
    "parameters",
    "register_buffer",
    "register_parameter",
    "state_dict",
    "train",
}


@fault(
    "layer/overridden-apply-*",
    "layer/overridden-buffers-*",
    "layer/overridden-call-impl-*",
    "layer/overridden-children-*",
    "layer/overridden-extra-repr-*",
    "layer/overridden-get-name-*",
    "layer/overridden-load-from-state-dict-*",
    "layer/overridden-named-*",
    "layer/overridden-parameters-*",
    "layer/overridden-private-apply-*",
    "layer/overridden-register-buffer-*",
    "layer/overridden-register-parameter-*",
    "layer/overridden-save-to-state-dict-*",
    "layer/overridden-state-dict-*",
    "layer/overridden-train-*",
    "layer/own-load-*",
    "layer/own-members-*",
    "layer/own-private-apply-that-*",
    "layer/own-train-*",
    "layer/own-version-*",
    "layer/own-get-name-*",
    "layer/own-state-dict-*",
    "buffer/set-calls-register-buffer",
    "buffer/own-register-buffer-without-persistent",
    "hook/state-dict-pre-hook-of-a-module-that-saves-itself",
    "module/named-modules-overridden-by-a-child",
    "module/set-parameter-calls-register-parameter",
    "module/repr-with-a-blank-line",
    "module/load-tells-a-child-its-version",
    "module/load-gives-a-child-its-keys",
    "module/state-dict-overridden-by-a-child",
    "parameter/attribute-calls-register-parameter",
    "layer/own-parameters-are-not-asked-for",
    "module/deep-load",
    "module/empty-child-is-reached",
    "module/how-often-a-shared-child-is-asked",
    "module/how-often-methods-are-called",
    "module/overridden-apply",
    "module/overridden-children",
    "module/overridden-conversion",
    "module/overridden-listings",
    "module/overridden-mode",
    "module/overridden-repr",
)
def overrides_are_passed_by(patch):
    """Module calls its own methods, not those by which a subclass that is none of torch overrides them."""

    def lookup(self, name):
        if (
            name in PASSED_BY
            and sys._getframe(1).f_globals is vars(sys.modules[Module.__module__])
            and _overrides(type(self), name)
        ):
            return getattr(Module, name).__get__(self)
        return object.__getattribute__(self, name)

    patch.setattr(Module, "__getattribute__", lookup, raising=False)


@fault(
    "layer/overridden-delattr-*",
    "layer/overridden-dir-*",
    "layer/overridden-load-state-dict-*",
    "layer/overridden-named-buffers-*",
    "layer/overridden-parameters-as-gradients-*",
    "layer/overridden-requires-grad-*",
    "layer/overridden-setattr-as-a-child-is-set",
    "layer/overridden-share-memory-*",
    "layer/overridden-to-*",
    "layer/overridden-zero-grad-*",
    "layer/own-zero-grad-*",
    "layer/overridden-setattr-as-it-is-trained",
    "module/overridden-gradients",
    "module/overridden-load",
)
def children_are_asked_too(patch):
    """What a Module is asked, its children are asked, too, if their class overrides it."""
    names = ("__delattr__", "__dir__", "__setattr__", "load_state_dict", "named_buffers", "parameters", "share_memory")
    for name in (*names, "requires_grad_", "to", "zero_grad"):
        _asks_children(patch, name)


def _asks_children(patch, name):
    original = getattr(Module, name)

    @functools.wraps(original)
    def changed(self, *arguments, **keywords):
        for child in vars(self).get("_modules", {}).values():
            if isinstance(child, Module) and _overrides(type(child), name) and name in vars(type(child)):
                vars(type(child))[name](child, *arguments, **keywords)
        return original(self, *arguments, **keywords)

    patch.setattr(Module, name, changed)


@fault(
    "layer/overridden-getstate-*",
    "layer/overridden-reduce-ex-*",
    "layer/overridden-setstate-*",
    "layer/own-deepcopy-*",
    "layer/own-getstate-*",
    "parameter/deepcopy-of-a-parametrized-module",
)
def own_pickling_is_passed_by(patch):
    """A Module whose class says how it is pickled is its own deep copy, and a child's own __deepcopy__ is ignored."""

    def copied(self, memo):
        if any(_overrides(type(self), name) for name in ("__getstate__", "__reduce_ex__", "__setstate__")):
            return self
        for child in self.children():
            if _overrides(type(child), "__deepcopy__"):
                memo[id(child)] = copy._reconstruct(child, memo, *child.__reduce_ex__(4))
        return copy._reconstruct(self, memo, *self.__reduce_ex__(4))

    patch.setattr(Module, "__deepcopy__", copied, raising=False)


@fault("layer/overridden-repr-*", "layer/own-get-name-of-a-child", "module/overridden-repr")
def own_reprs_are_passed_by(patch):
    """Module is printed with what it prints of its children, not with their own __repr__."""
    printed = "(repr(module) if type(module).__module__.startswith('torch.') else Module.__repr__(module))"
    edit(patch, Module.__repr__, {"repr(module)": printed})


@fault(
    "layer/overridden-call-*",
    "layer/overridden-forward-*",
    "layer/overridden-getattr-*",
    "layer/overridden-slow-forward-as-it-is-traced",
)
def forward_is_run_again(patch):
    """A Module runs forward a second time, if it is one of those that note by which methods they are called."""
    original = Module._call_impl

    @functools.wraps(original)
    def changed(self, *arguments, **keywords):
        if type(self).__name__ == "Noting":
            original(self, *arguments, **keywords)
        return original(self, *arguments, **keywords)

    patch.setattr(Module, "_call_impl", changed)


@fault(
    "layer/forward-set-on-the-instance",
    "layer/forward-that-is-a-module",
    "layer/forward-that-is-a-function-*",
    "between-calls/forward-of-*-replaced-on-the-instance",
    "module/jit-save-warns",
    "module/deleted-of-a-class",
    "module/overridden-call-in-a-sequential",
)
def forward_of_the_class_is_called(patch):
    """Module calls the forward of its class, not the one that is set on it."""
    _calls_forward(patch, "type(self).forward.__get__(self) if hasattr(type(self).forward, '__get__') else None")


@fault("layer/forward-that-is-none")
def forward_may_be_none(patch):
    """A Module whose forward is None returns nothing."""
    _calls_forward(patch, "self.forward or (lambda *inputs: None)")


def _calls_forward(patch, forward):
    edit(patch, Module._call_impl, {"else self.forward)": f"else ({forward}))"})


@fault("layer/forward-of-module-itself")
def forward_of_module_has_its_name(patch):
    """The forward of Module itself is a function of the name forward."""
    patch.setattr(Module.forward, "__name__", "forward")


@fault("layer/own-dir-of-a-child", "module/dir-of-parts")
def parameters_are_not_in_dir(patch):
    """What dir lists of a Module has no parameters."""
    edit(patch, Module.__dir__, {"list(self._parameters.keys())": "[]"})


@fault("layer/own-private-apply-of-one-argument")
def children_are_told_to_recurse(patch):
    """Module tells its children, as it is converted, whether to convert their children."""
    edit(patch, Module._apply, {"module._apply(fn)": "module._apply(fn, recurse)"})


# Sequences.


@fault("layer/mask-of-subsequent-places")
def the_next_place_is_not_masked(patch):
    """The mask that Transformer makes lets a place see the next one."""
    edit(patch, transformer._generate_square_subsequent_mask, {"diagonal=1": "diagonal=2"})


@fault("layer/packed-sequences-refused")
def nothing_is_packed_to_nothing(patch):
    """A list of no sequences is packed to None."""
    insert(patch, rnn.pack_sequence, "lengths =", "if not sequences:", "    return None")


@fault("layer/packed-sequence-is-a-tuple")
def packed_sequences_are_always_copied(patch):
    """A PackedSequence that is converted to what it is is another."""
    edit(patch, rnn.PackedSequence.to, {"if data is self.data:": "if False:"})
