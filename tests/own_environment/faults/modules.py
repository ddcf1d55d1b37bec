"""Faults of calling a Module, of setting it up, of its mode and its zero_grad, of its repr and its pickle."""

from torch import nn
from torch.nn import Module
from torch.nn.modules import module as module_file

from .fault import fault
from .injection import edit

# Calling.


@fault(
    "module/forward-takes-keyword-arguments",
    "between-calls/bool-argument-changed",
    "between-calls/keywords-and-positions",
)
def keyword_arguments_by_position(patch):
    """A call of a Module hands keyword arguments to forward by position."""
    edit(
        patch,
        Module._call_impl,
        {"return forward_call(*args, **kwargs)": "return forward_call(*args, *kwargs.values())"},
    )


@fault("module/call-without-forward", "module/module-list-has-no-forward", "layer/forward-that-is-missing")
def call_without_forward_raises_a_type_error(patch):
    """A Module without a forward raises a TypeError when it is called."""
    edit(patch, module_file._forward_unimplemented, {"NotImplementedError(": "TypeError("})


@fault(
    "buffer/code-3",
    "buffer/new-module-trains",
    "buffer/batchnorm-*",
    "functional/code-[56]",
    "functional/dropout*",
    "functional/*batchnorm-*",
    "between-calls/*",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "utility/spectral-norm-iterates-in-training-alone",
    "autograd/batch-norm-in-inference-mode",
    "autograd/vmap-of-batch-norm",
    "autograd/vmap-of-dropout",
    "module/batch-norm-counts-twelve",
    "module/mode-set-by-a-thread",
    "layer/padded-encoder-in-training",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
)
def call_in_evaluation(patch):
    """A call of a Module puts it into evaluation mode."""
    edit(
        patch, Module._wrapped_call_impl, {"return self._call_impl(": "self.training = False; return self._call_impl("}
    )


# Setting up.


@fault(
    "buffer/batchnorm-*",
    "buffer/mode-that-is-no-bool",
    "buffer/new-module-trains",
    "functional/dropout*",
    "functional/state-that-is-not-saved",
    "module/plain-containers-miss-eval",
    "functional/*batchnorm-*",
    "between-calls/batch-norm-momentum-changed",
    "between-calls/batch-norm-of-a-child-with-a-backward-pass",
    "between-calls/batch-norm-statistics-reset",
    "between-calls/dropout-probability-changed",
    "between-calls/train-and-eval-on-a-child",
    "between-calls/train-and-eval-on-the-root",
    "between-calls/training-flag-set-by-hand",
    "utility/spectral-norm-by-a-hook-in-evaluation",
    "autograd/batch-norm-in-inference-mode",
    "autograd/vmap-of-batch-norm",
    "autograd/vmap-of-dropout",
    "module/batch-norm-in-inference-mode",
    "module/overridden-mode",
    "module/batch-norm-counts-twelve",
    "module/batch-norm-in-no-grad",
    "module/equal-modules-miss-what-is-done",
    "module/overridden-children",
    "module/overridden-listings",
    "module/shallow-copy",
)
def new_module_evaluates(patch):
    """A new Module is in evaluation mode."""
    edit(patch, Module.__init__, {'("training", True)': '("training", False)'})


@fault(
    "module/init-given-arguments",
    "module/init-error-counts-arguments",
)
def init_takes_arguments(patch):
    """The __init__ of Module takes any positional arguments."""
    edit(patch, Module.__init__, {"if self.call_super_init is False and bool(args):": "if False:"})


@fault("module/init-error-counts-arguments")
def init_error_leaves_out_the_module(patch):
    """The error of __init__ for positional arguments does not count the Module itself."""
    edit(patch, Module.__init__, {"{len(args) + 1} were": "{len(args)} were"})


@fault("module/call-super-init-reaches-a-mixin", "module/init-given-arguments")
def init_takes_keyword_arguments(patch):
    """The __init__ of Module takes any keyword arguments."""
    edit(patch, Module.__init__, {"if self.call_super_init is False and bool(kwargs):": "if False:"})


@fault("module/call-super-init-reaches-a-mixin")
def call_super_init_ignored(patch):
    """The call_super_init of a class is ignored."""
    edit(patch, Module.__init__, {"if self.call_super_init:\n": "if False:\n"})


@fault("module/own-setattr-during-init", "layer/own-setattr-before-init")
def init_sets_training_as_an_attribute(patch):
    """The __init__ of Module sets `training` as any attribute is set."""
    edit(patch, Module.__init__, {'super().__setattr__("training", True)': "self.training = True"})


@fault("module/init-not-called")
def children_before_init_refused_in_other_words(patch):
    """The error of a child that is set before __init__ is another."""
    edit(patch, Module.__setattr__, {"cannot assign module before": "no Module before"})


# The mode, and what goes through all children.


def _hidden(module):
    """Return the Modules that `module` keeps in plain lists and dictionaries."""
    containers = [vars(module)[name] for name in vars(module) if not name.startswith("_")]
    items = [
        item
        for kept in containers
        if isinstance(kept, (dict, list))
        for item in (kept.values() if isinstance(kept, dict) else kept)
    ]
    return [item for item in items if isinstance(item, Module)]


@fault("buffer/code-3", "buffer/mode-reaches-children", "module/how-often-a-shared-child-is-asked")
def train_stops_at_the_first_child(patch):
    """The mode is set for the first child only."""
    edit(patch, Module.train, {"for module in self.children():": "for module in [*self.children()][:1]:"})


@fault(
    "buffer/code-3",
    "buffer/mode-reaches-children",
    "functional/dropout-in-evaluation-*",
    "functional/state-that-is-not-saved",
    "functional/*batchnorm-*",
    "module/plain-containers-miss-eval",
    "module/own-setattr-during-init",
    "parameter/parameter-dict-in-eval-mode",
    "between-calls/train-and-eval-on-a-child",
    "between-calls/train-and-eval-on-the-root",
    "module/jit-freeze-warns",
    "utility/fuse-conv-bn",
    "utility/fuse-conv-bn-keeps-frozen",
    "utility/fuse-conv-bn-of-another-dtype",
    "utility/fuse-conv-bn-without-bias",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/fuse-linear-bn-of-other-channels",
    "autograd/vmap-of-batch-norm",
    "module/how-often-a-shared-child-is-asked",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
    "module/deep-mode",
    "module/empty-child-is-reached",
    "module/equal-modules-miss-what-is-done",
    "module/how-often-methods-are-called",
    "module/mode-set-by-a-thread",
    "module/overridden-children",
    "module/overridden-listings",
    "module/overridden-mode",
    "module/tied-and-frozen-by-deep-copy",
    "module/tied-and-frozen-by-pickle",
    "module/unhashable-modules",
)
def eval_does_nothing(patch):
    """The eval() of a Module does nothing."""
    edit(patch, Module.eval, {"return self.train(False)": "return self"})


@fault(
    "buffer/code-3",
    "buffer/mode-reaches-children",
    "buffer/batchnorm-freezes-in-eval",
    "functional/code-[56]",
    "functional/dropout-in-evaluation-*",
    "functional/state-that-is-not-saved",
    "functional/*batchnorm-*",
    "module/plain-containers-miss-eval",
    "parameter/parameter-dict-in-eval-mode",
    "between-calls/batch-norm-running-statistics",
    "between-calls/dropout-of-everything",
    "between-calls/moving-average-in-a-buffer",
    "between-calls/train-and-eval-on-a-child",
    "between-calls/train-and-eval-on-the-root",
    "module/jit-freeze-warns",
    "utility/fuse-conv-bn",
    "utility/fuse-conv-bn-keeps-frozen",
    "utility/fuse-conv-bn-of-another-dtype",
    "utility/fuse-conv-bn-without-bias",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
    "utility/fuse-linear-bn-of-other-channels",
    "utility/spectral-norm-iterates-in-training-alone",
    "autograd/vmap-of-batch-norm",
    "module/tied-and-frozen-by-deep-copy",
    "module/batch-norm-in-inference-mode",
    "module/batch-norm-in-no-grad",
    "module/deep-mode",
    "module/equal-modules-miss-what-is-done",
    "module/mode-set-by-a-thread",
    "module/overridden-children",
    "module/overridden-listings",
    "module/overridden-mode",
    "module/tied-and-frozen-by-pickle",
)
def train_ignores_its_argument(patch):
    """The argument of train() is ignored."""
    edit(patch, Module.train, {"self.training = mode": "mode = True; self.training = mode"})


@fault("buffer/mode-that-is-no-bool")
def train_takes_any_mode(patch):
    """A mode that is no bool is kept as it is."""
    edit(patch, Module.train, {"if not isinstance(mode, bool):": "if False:"})


@fault("module/own-setattr-during-init")
def train_evades_setattr(patch):
    """The mode is set without a call of __setattr__."""
    edit(patch, Module.train, {"self.training = mode": 'self.__dict__["training"] = mode'})


@fault(
    "parameter/zero-grad-*",
    "parameter/code-*",
    "parameter/momentum-*",
    "between-calls/functional-call-in-forward",
    "between-calls/parameter-stepped-by-its-gradient",
    "module/cleared-in-inference-mode",
    "module/cleared-in-no-grad",
    "module/deep-gradients",
    "module/gradients-are-freed",
    "module/overridden-children",
    "module/overridden-gradients",
    "module/twelve-cleared-and-frozen",
    "module/zero-cleared",
)
def zero_grad_does_nothing(patch):
    """The zero_grad of a Module does nothing."""
    edit(patch, Module.zero_grad, {"if p.grad is not None:": "if False:"})


@fault(
    "parameter/momentum-of-an-unused-parameter",
    "parameter/zero-grad-after-backward",
    "parameter/zero-grad-and-a-gradient-kept",
    "parameter/zero-grad-to-none-or-to-zeros",
    "module/gradients-are-freed",
    "module/zero-cleared",
)
def zero_grad_leaves_zeros(patch):
    """The zero_grad of a Module leaves zeros."""
    edit(patch, Module.zero_grad, {"if set_to_none:": "if False:"})


@fault("parameter/zero-grad-to-none-or-to-zeros", "parameter/zero-grad-of-a-gradient-with-a-graph")
def zero_grad_always_to_none(patch):
    """The set_to_none=False of zero_grad is ignored."""
    edit(patch, Module.zero_grad, {"if set_to_none:": "if True:"})


@fault("parameter/zero-grad-before-backward", "parameter/zero-grad-of-a-gradient-with-a-graph")
def zero_grad_makes_gradients(patch):
    """Parameters without a gradient have one of zeros after zero_grad."""
    edit(
        patch,
        Module.zero_grad,
        {"if p.grad is not None:": "if p.grad is None:\n            p.grad = torch.zeros_like(p)\n        else:"},
    )


@fault("parameter/zero-grad-and-a-gradient-kept", "parameter/zero-grad-of-a-gradient-with-a-graph")
def zero_grad_clears_the_gradient_itself(patch):
    """The gradient is set to zero by zero_grad before it is dropped."""
    edit(patch, Module.zero_grad, {"if set_to_none:": "p.grad.zero_()\n            if set_to_none:"})


@fault("module/plain-containers-miss-zero-grad")
def zero_grad_reaches_everything(patch):
    """The zero_grad of a Module also clears the gradients of Modules in plain attributes."""
    original = Module.zero_grad

    def zero_grad(self, set_to_none=True):
        for module in (self, *_hidden(self)):
            original(module, set_to_none)

    patch.setattr(Module, "zero_grad", zero_grad)


@fault(
    "module/plain-containers-miss-apply",
    "between-calls/applied",
    "module/apply-in-place",
    "module/apply-order",
    "module/apply-that-raises-halfway",
    "module/deep-apply",
    "module/equal-modules-miss-what-is-done",
    "module/overridden-apply",
    "module/overridden-children",
    "module/overridden-listings",
)
def apply_visits_nothing(patch):
    """The function given to apply is not called for the Module itself."""
    edit(patch, Module.apply, {"fn(self)": "pass"})


@fault("module/plain-containers-miss-eval")
def eval_reaches_everything(patch):
    """The eval() of a Module also sets the mode of Modules in plain attributes."""
    original = Module.eval

    def evaluate(self):
        for module in _hidden(self):
            original(module)
        return original(self)

    patch.setattr(Module, "eval", evaluate)


# Reprs, and pickles.


@fault(
    "module/code-7",
    "module/repr-of-nested-children",
    "module/repr-with-a-blank-line",
    "module/module-list-repr-of-repeats-behind-another",
    "between-calls/repr-and-class-after-a-call",
    "module/sequential-item-assignment",
    "module/set-submodule-returns",
    "parameter/lazy-layers-in-a-chain",
    "hook/registration-hook-returns-an-empty-sequential",
    "module/deep-repr",
    "module/empty-children-are-listed",
    "module/overridden-repr",
)
def repr_without_children(patch):
    """The repr of a Module leaves out its children."""
    edit(patch, Module.__repr__, {"lines = extra_lines + child_lines": "lines = extra_lines"})


@fault("module/extra-repr-of-a-plain-module")
def extra_repr_is_none(patch):
    """The extra_repr of a Module that defines none is None."""
    edit(patch, Module.extra_repr, {'return ""': "return None"})


@fault(
    "module/repr-of-nested-children",
    "module/repr-with-a-blank-line",
    "module/set-submodule-returns",
    "module/deep-repr",
    "module/overridden-repr",
)
def repr_indented_by_four(patch):
    """The repr of a Module indents its children by four."""
    edit(patch, Module.__repr__, {"_addindent(mod_str, 2)": "_addindent(mod_str, 4)"})


@fault("module/repr-with-a-blank-line")
def repr_indents_blank_lines(patch):
    """A blank line in the repr of a child is indented."""
    edit(patch, module_file._addindent, {' if line.strip() else ""': ""})


@fault("module/repr-with-a-blank-line")
def repr_leaves_out_blank_lines(patch):
    """The blank lines of an extra_repr are left out of the repr of a Module."""
    edit(patch, Module.__repr__, {'extra_repr.split("\\n")': "list(filter(None, extra_repr.splitlines()))"})


@fault("module/state-from-an-old-pickle", "module/state-from-before-pre-hooks", "hook/*-on-an-old-module")
def old_pickle_stays_incomplete(patch):
    """A Module restored from what 1.4 pickled does not get the attributes that came later."""
    edit(
        patch,
        Module.__setstate__,
        {
            'if "_forward_hooks_with_kwargs" not in self.__dict__:': "if False:",
            'if "_state_dict_pre_hooks" not in self.__dict__:': "if False:",
            'if "_backward_pre_hooks" not in self.__dict__:': "if False:",
        },
    )


@fault("module/getstate-of-a-mixin")
def getstate_left_to_a_mixin(patch):
    """A mixin that comes after Module says what is pickled."""
    patch.delattr(Module, "__getstate__")


@fault("module/module-dict-key-that-became-a-method")
def module_without_compile(patch):
    """A Module has no method compile."""
    patch.delattr(nn.Module, "compile")
