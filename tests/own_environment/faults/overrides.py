"""Faults that pass over what a subclass overrides, where a Module deals with its children and with itself."""

from torch import nn
from torch.nn import Module

from .fault import fault
from .injection import edit, insert


@fault(
    "module/empty-child-is-reached",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
    "module/overridden-mode",
)
def train_passes_over_overrides(patch):
    """A child that overrides train is trained as any other."""
    edit(patch, Module.train, {"module.train(mode)": "Module.train(module, mode)"})


@fault(
    "module/how-often-methods-are-called",
    "module/overridden-mode",
)
def eval_passes_over_train(patch):
    """The eval() of a Module passes over its own train."""
    edit(patch, Module.eval, {"return self.train(False)": "return Module.train(self, False)"})


@fault(
    "module/empty-child-is-reached",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
    "module/overridden-mode",
    "layer/own-eval-of-a-child",
)
def eval_reaches_the_eval_of_children(patch):
    """The eval() of a Module calls that of its children."""
    edit(
        patch,
        Module.eval,
        {"return self.train(False)": "[child.eval() for child in self.children()]; return self.train(False)"},
    )


@fault(
    "module/empty-child-is-reached",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
    "module/overridden-conversion",
)
def conversion_passes_over_overrides(patch):
    """A child that overrides _apply is converted as any other."""
    edit(patch, Module._apply, {"module._apply(fn)": "Module._apply(module, fn)"})


@fault(
    "module/empty-child-is-reached",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
    "module/overridden-conversion",
)
def conversion_reaches_to_of_children(patch):
    """The double() of a Module calls that of its children."""
    edit(
        patch,
        Module.double,
        {"return self._apply(": "[child.double() for child in self.children()]; return self._apply("},
    )


@fault(
    "module/how-often-methods-are-called",
    "module/overridden-conversion",
)
def conversion_by_its_own_apply(patch):
    """A conversion of a Module passes over its own _apply."""
    edit(patch, Module.double, {"return self._apply(": "return Module._apply(self, "})


@fault(
    "module/empty-child-is-reached",
    "module/how-often-methods-are-called",
    "module/how-often-a-shared-child-is-asked",
    "module/overridden-apply",
)
def apply_passes_over_overrides(patch):
    """A child that overrides apply is visited as any other."""
    edit(patch, Module.apply, {"module.apply(fn)": "Module.apply(module, fn)"})


@fault(
    "module/overridden-gradients",
)
def zero_grad_reaches_that_of_children(patch):
    """The zero_grad of a Module calls that of its children."""
    insert(
        patch,
        Module.zero_grad,
        "for p in self.parameters():",
        "[child.zero_grad(set_to_none) for child in self.children()]",
    )


@fault(
    "module/overridden-children",
)
def zero_grad_passes_over_parameters(patch):
    """The zero_grad of a Module passes over its own parameters()."""
    edit(patch, Module.zero_grad, {"in self.parameters():": "in Module.parameters(self):"})


@fault(
    "module/overridden-gradients",
)
def requires_grad_reaches_that_of_children(patch):
    """The requires_grad_ of a Module calls that of its children."""
    insert(
        patch,
        Module.requires_grad_,
        "for p in self.parameters():",
        "[child.requires_grad_(requires_grad) for child in self.children()]",
    )


@fault(
    "module/overridden-children",
)
def requires_grad_passes_over_parameters(patch):
    """The requires_grad_ of a Module passes over its own parameters()."""
    edit(patch, Module.requires_grad_, {"in self.parameters():": "in Module.parameters(self):"})


@fault(
    "module/overridden-listings",
)
def parameters_pass_over_named_parameters(patch):
    """The parameters of a Module are not those of its own named_parameters."""
    edit(patch, Module.parameters, {"self.named_parameters(recurse": "Module.named_parameters(self, recurse"})


@fault(
    "module/overridden-listings",
)
def children_pass_over_named_children(patch):
    """The children of a Module are not those of its own named_children."""
    edit(patch, Module.children, {"self.named_children()": "Module.named_children(self)"})


@fault(
    "module/overridden-children",
)
def train_passes_over_children(patch):
    """The mode is set for all children, not for those of a Module's own children()."""
    edit(patch, Module.train, {"self.children()": "Module.children(self)"})


@fault(
    "module/overridden-load",
)
def load_reaches_load_of_children(patch):
    """The load_state_dict of a Module calls that of its children."""
    insert(
        patch,
        Module.load_state_dict,
        "load(child, child_state_dict, child_prefix)",
        "if type(child).load_state_dict is not Module.load_state_dict:",
        "    child.load_state_dict({key[len(child_prefix) :]: value for key, value in child_state_dict.items()})",
        "    continue",
    )


@fault(
    "module/overridden-repr",
)
def repr_passes_over_overrides(patch):
    """A child that overrides __repr__ is printed as any other."""
    edit(
        patch,
        Module.__repr__,
        {"mod_str = repr(module)": "mod_str = Module.__repr__(module) if isinstance(module, Module) else repr(module)"},
    )


@fault(
    "module/overridden-repr",
)
def repr_passes_over_the_name(patch):
    """The repr of a Module passes over its own _get_name."""
    edit(patch, Module.__repr__, {"main_str = self._get_name()": "main_str = type(self).__name__"})


@fault(
    "module/overridden-call-in-a-sequential",
)
def sequential_passes_over_calls(patch):
    """A Sequential calls the forward of what overrides __call__."""
    edit(patch, nn.Sequential.forward, {"input = module(input)": "input = Module.__call__(module, input)"})


@fault(
    "module/overridden-children",
)
def share_memory_passes_over_overrides(patch):
    """A conversion asks the children that Module lists, not those of a Module's own children()."""
    edit(patch, Module._apply, {"self.children()": "Module.children(self)"})
