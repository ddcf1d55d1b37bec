"""Section "Layer": which methods that a subclass overrides are called, by whom, and with what."""

import copy
import inspect

import torch
from torch import nn

from module_drift.case import case, cases

from ..shared.refusals import refusal, type_of_refusal

# What is overridden, and what is then done with the outermost of three.
OVERRIDES = {
    "add-module-as-a-child-is-set": ("add_module", "set child"),
    "apply-as-it-is-applied": ("apply", "apply"),
    "buffers-as-they-are-listed": ("named_buffers", "buffers"),
    "call-as-it-is-called": ("__call__", "call"),
    "call-impl-as-it-is-called": ("_call_impl", "call"),
    "children-as-it-is-applied": ("children", "apply"),
    "children-as-it-is-trained": ("children", "train"),
    "children-as-it-is-converted": ("children", "double"),
    "delattr-as-a-parameter-is-deleted": ("__delattr__", "delete"),
    "dir-as-names-are-listed": ("__dir__", "dir"),
    "extra-repr-as-it-is-printed": ("extra_repr", "print"),
    "forward-as-it-is-called": ("forward", "call"),
    "get-name-as-it-is-printed": ("_get_name", "print"),
    "getattr-as-it-is-called": ("__getattr__", "call"),
    "getstate-as-it-is-copied": ("__getstate__", "copy"),
    "load-from-state-dict-as-it-is-loaded": ("_load_from_state_dict", "load"),
    "load-state-dict-as-it-is-loaded": ("load_state_dict", "load"),
    "modules-as-it-is-cleared": ("modules", "zero grad"),
    "named-buffers-as-they-are-listed": ("named_buffers", "named buffers"),
    "named-children-as-children-are-listed": ("named_children", "children"),
    "named-members-as-buffers-are-listed": ("_named_members", "buffers"),
    "named-members-as-parameters-are-listed": ("_named_members", "parameters"),
    "named-modules-as-modules-are-listed": ("named_modules", "modules"),
    "named-modules-as-parameters-are-listed": ("named_modules", "parameters"),
    "named-parameters-as-it-is-cleared": ("named_parameters", "zero grad"),
    "named-parameters-as-parameters-are-listed": ("named_parameters", "parameters"),
    "parameters-as-gradients-are-declined": ("parameters", "requires grad"),
    "parameters-as-it-is-cleared": ("parameters", "zero grad"),
    "private-apply-as-it-is-converted": ("_apply", "double"),
    "private-apply-as-it-is-moved": ("_apply", "to"),
    "private-apply-as-it-is-shared": ("_apply", "share memory"),
    "reduce-ex-as-it-is-copied": ("__reduce_ex__", "copy"),
    "register-buffer-as-a-tensor-is-set": ("register_buffer", "set buffer"),
    "register-module-as-a-child-is-added": ("register_module", "add child"),
    "register-parameter-as-one-is-set": ("register_parameter", "set parameter"),
    "repr-as-it-is-printed": ("__repr__", "print"),
    "requires-grad-as-it-is-set": ("requires_grad_", "requires grad"),
    "save-to-state-dict-as-it-is-saved": ("_save_to_state_dict", "save"),
    "setattr-as-a-child-is-set": ("__setattr__", "set child"),
    "setattr-as-it-is-trained": ("__setattr__", "train"),
    "setattr-as-it-is-converted": ("__setattr__", "double"),
    "setstate-as-it-is-copied": ("__setstate__", "copy"),
    "share-memory-as-it-is-shared": ("share_memory", "share memory"),
    "slow-forward-as-it-is-called": ("_slow_forward", "call"),
    "slow-forward-as-it-is-traced": ("_slow_forward", "trace"),
    "state-dict-as-it-is-saved": ("state_dict", "save"),
    "to-as-it-is-moved": ("to", "to"),
    "train-as-it-is-evaluated": ("train", "eval"),
    "train-as-it-is-trained": ("train", "train"),
    "type-as-it-is-converted": ("type", "double"),
    "wrapped-call-impl-as-it-is-called": ("_wrapped_call_impl", "call"),
    "zero-grad-as-it-is-cleared": ("zero_grad", "zero grad"),
}

_DONE = {
    "add child": lambda model, device: model.add_module("more", nn.Identity()),
    "apply": lambda model, device: model.apply(lambda module: None),
    "buffers": lambda model, device: list(model.buffers()),
    "call": lambda model, device: model(torch.ones(1, device=device)),
    "children": lambda model, device: list(model.children()),
    "copy": lambda model, device: copy.deepcopy(model),
    "delete": lambda model, device: delattr(model, "weight"),
    "dir": lambda model, device: dir(model),
    "double": lambda model, device: model.double(),
    "eval": lambda model, device: model.eval(),
    "load": lambda model, device: model.load_state_dict(nn.Module.state_dict(model)),
    "modules": lambda model, device: list(model.modules()),
    "named buffers": lambda model, device: list(model.named_buffers()),
    "parameters": lambda model, device: list(model.parameters()),
    "print": lambda model, device: repr(model),
    "requires grad": lambda model, device: model.requires_grad_(False),
    "save": lambda model, device: model.state_dict(),
    "set buffer": lambda model, device: setattr(model, "count", torch.zeros(1, device=device)),
    "set child": lambda model, device: setattr(model, "child", nn.Identity()),
    "set parameter": lambda model, device: setattr(model, "bias", nn.Parameter(torch.ones(1, device=device))),
    "share memory": lambda model, device: model.share_memory(),
    "to": lambda model, device: model.to(device),
    "trace": lambda model, device: torch.jit.trace(model, torch.ones(1, device=device), check_trace=False),
    "train": lambda model, device: model.train(False),
    "zero grad": lambda model, device: model.zero_grad(),
}


class _Nested(nn.Module):
    """Multiplies by a weight, and then as its child does, if it has one."""

    def __init__(self, title, device, child=None):
        super().__init__()
        self.title = title
        self.weight = nn.Parameter(torch.ones(1, device=device))
        self.register_buffer("count", torch.zeros(1, device=device))
        if child is not None:
            self.child = child

    def forward(self, x):
        x = x * self.weight
        return self.child(x) if "child" in self._modules else x


def _noting(method, calls):
    """Return a subclass of _Nested that notes by whom, and given what, its `method` is called, and else does the same.

    Where Module has none, there is none of Python's either, and what only bears the name returns nothing.
    """

    def noting(self, *arguments, **keywords):
        title = vars(self).get("title", "a new one")
        names = [argument for argument in arguments if isinstance(argument, str)]
        calls.append([title, len(arguments), names, sorted(keywords)])
        inherited = getattr(super(kind, self), method, None)
        return vars(self) if inherited is None else inherited(*arguments, **keywords)

    kind = type("Noting", (_Nested,), {method: noting})
    return kind


@cases("layer/overridden-{override}", override=OVERRIDES, only="cpu")
def overridden(show, device, override):
    """What overrides {override[0]} in a Module, its child and its grandchild is called so for "{override[1]}"."""
    method, done = override
    calls = []
    kind = _noting(method, calls)
    model = kind("root", device, kind("child", device, kind("grandchild", device)))
    calls.clear()
    _DONE[done](model, device)
    if not calls:
        show("called", "never")
    for title, count, names, keywords in calls:
        show(title, "arguments", count, "of them texts", names, "by name", keywords)


# Of each: what it is made with, and a method that it may call as it is made.
MADE = {
    "batch-norm1d": ("BatchNorm1d", (2,), "reset_parameters"),
    "bilinear": ("Bilinear", (2, 2, 2), "reset_parameters"),
    "conv1d": ("Conv1d", (1, 1, 2), "reset_parameters"),
    "conv-transpose1d": ("ConvTranspose1d", (1, 1, 2), "reset_parameters"),
    "embedding": ("Embedding", (2, 2), "reset_parameters"),
    "embedding-bag": ("EmbeddingBag", (2, 2), "reset_parameters"),
    "group-norm": ("GroupNorm", (1, 2), "reset_parameters"),
    "instance-norm1d": ("InstanceNorm1d", (2,), "reset_parameters"),
    "layer-norm": ("LayerNorm", (2,), "reset_parameters"),
    "linear": ("Linear", (2, 2), "reset_parameters"),
    "lstm": ("LSTM", (1, 1), "reset_parameters"),
    "lstm-cell": ("LSTMCell", (1, 1), "reset_parameters"),
    "multihead-attention": ("MultiheadAttention", (2, 1), "_reset_parameters"),
    "prelu": ("PReLU", (), "reset_parameters"),
    "rms-norm": ("RMSNorm", (2,), "reset_parameters"),
    "transformer": ("Transformer", (2, 1, 1, 1, 2), "_reset_parameters"),
}


@cases("layer/{layer}-made-with-an-own-reset", layer=MADE, needs="torch.nn.{layer[0]}", only="cpu")
def made_with_an_own_reset(show, device, layer):
    """A subclass of {layer[0]} that overrides {layer[2]} has it called so often, and sees these attributes then."""
    name, given, method = layer
    base, seen = getattr(nn, name), []

    def reset(self):
        seen.append([*self._parameters, *self._buffers])

    type("Own", (base,), {method: reset})(*given).to(device)
    show("called", len(seen))
    for each in seen:
        show("with", *each)


@cases(
    "layer/{layer}-of-an-own-convolution",
    layer={"conv1d": ("Conv1d", 3), "conv2d": ("Conv2d", 4), "conv3d": ("Conv3d", 5)},
    only="cpu",
)
def own_convolution(show, device, layer):
    """A subclass of {layer[0]} that overrides _conv_forward, which is given this many values beside the input."""
    name, dimensions = layer
    given = []

    def convolve(self, x, *others):
        given.append([tuple(other.shape) for other in others])
        return x * 2

    module = type("Own", (getattr(nn, name),), {"_conv_forward": convolve})(1, 1, 1).to(device)
    with torch.no_grad():
        module.weight.fill_(3.0)
        module.bias.fill_(0.0)
    show("output", module(torch.ones([1] * dimensions, device=device)).detach().flatten())
    show("given", given)


@cases("layer/{mode}-padded-by-an-own-convolution", mode=["zeros", "circular", "reflect", "replicate"], only="cpu")
def padded_by_an_own_convolution(show, device, mode):
    """A subclass of Conv1d with padding_mode="{mode}" whose _conv_forward is given the input before it is padded."""
    sizes = []

    class Own(nn.Conv1d):
        def _conv_forward(self, x, *others):
            sizes.append(list(x.shape))
            return super()._conv_forward(x, *others)

    module = Own(1, 1, 3, padding=1, padding_mode=mode).to(device)
    show("output", list(module(torch.ones(1, 1, 4, device=device)).shape))
    show("given", sizes)


@cases(
    "layer/{layer}-with-an-own-check-of-dimensions",
    layer={
        "batch-norm1d": "BatchNorm1d",
        "batch-norm2d": "BatchNorm2d",
        "instance-norm1d": "InstanceNorm1d",
        "sync-batch-norm": "SyncBatchNorm",
    },
    only="cpu",
)
def own_check_of_dimensions(show, device, layer):
    """A subclass of {layer} whose own _check_input_dim accepts anything."""
    seen = []
    kind = type("Own", (getattr(nn, layer),), {"_check_input_dim": lambda self, x: seen.append(x.dim())})
    module = kind(2).to(device).eval()
    for shape in ([1, 2], [1, 2, 1], [1, 2, 1, 1, 1]):
        show("of shape", shape, type_of_refusal(module, torch.ones(shape, device=device)))
    show("seen", seen)


@case("layer/batch-norm-base-without-a-check-of-dimensions", only="cpu")
def batch_norm_base_without_a_check_of_dimensions(show, device):
    """A subclass of _BatchNorm that has no _check_input_dim of its own cannot be called."""
    kind = type("Own", (nn.modules.batchnorm._BatchNorm,), {})
    show("call", type_of_refusal(kind(2).to(device), torch.ones(2, 2, device=device)))


@case("layer/forward-set-on-the-instance", only="cpu")
def forward_set_on_the_instance(show, device):
    """A forward that is set on an instance is called, with hooks, and its copy still has that of the original."""
    module = _Nested("root", device)
    plain = module.forward
    module.forward = lambda x: plain(x) + 1
    module.register_forward_hook(lambda module, inputs, output: output * 10)
    x = torch.ones(1, device=device)
    show("output", module(x).detach())
    copied = copy.deepcopy(module)
    with torch.no_grad():
        copied.weight.fill_(5.0)
    show("of its copy", copied(x).detach())


@case("layer/bound-forward-is-copied", only="cpu")
def bound_forward_is_copied(show, device):
    """A bound method that was set as forward on an instance is bound to the copy in a deep copy."""
    module = _Nested("root", device)
    module.forward = module.forward
    copied = copy.deepcopy(module)
    show("of the copy", copied.forward.__self__ is copied)
    show("of the original", copied.forward.__self__ is module)


@case("layer/call-set-on-the-instance", only="cpu")
def call_set_on_the_instance(show, device):
    """A __call__ that is set on an instance is not called, as Python has it; _call_impl on one may be."""
    module = _Nested("root", device)
    x = torch.ones(1, device=device)
    vars(module)["__call__"] = lambda x: x * 100
    show("__call__", module(x).detach())
    vars(module)["_call_impl"] = lambda x: x * 100
    show("_call_impl", module(x).detach())


@case("layer/call-impl-replaced-in-module", needs="torch.nn.Module._call_impl", only="cpu")
def call_impl_replaced_in_module(show, device):
    """A _call_impl that replaces that of Module is called by Modules, or not."""
    plain, calls = nn.Module._call_impl, []

    def noting(self, *arguments, **keywords):
        calls.append(self.title)
        return plain(self, *arguments, **keywords)

    model = _Nested("root", device, _Nested("child", device))
    nn.Module._call_impl = noting
    try:
        model(torch.ones(1, device=device))
    finally:
        nn.Module._call_impl = plain
    show("called by", calls)


@case("layer/call-replaced-in-module", only="cpu")
def call_replaced_in_module(show, device):
    """A __call__ that replaces that of Module is called by all Modules."""
    plain, calls = nn.Module.__call__, []

    def noting(self, *arguments, **keywords):
        calls.append(self.title)
        return plain(self, *arguments, **keywords)

    model = _Nested("root", device, _Nested("child", device))
    nn.Module.__call__ = noting
    try:
        model(torch.ones(1, device=device))
    finally:
        nn.Module.__call__ = plain
    show("called by", calls)


@case("layer/call-overridden-around-hooks", only="cpu")
def call_overridden_around_hooks(show, device):
    """An own __call__ is around the hooks of forward."""

    class Own(_Nested):
        def __call__(self, x):
            order.append("before")
            x = super().__call__(x)
            order.append("after")
            return x

        def forward(self, x):
            order.append("forward")
            return x

    order = []
    module = Own("root", device)
    module.register_forward_pre_hook(lambda module, inputs: order.append("pre-hook"))
    module.register_forward_hook(lambda module, inputs, output: order.append("hook"))
    module(torch.ones(1, device=device))
    show("order", *order)


@cases(
    "layer/forward-that-is-{what}",
    what={"missing": "missing", "none": None, "a-module": "module", "a-function-of-torch": "function"},
    only="cpu",
)
def forward_that_is(show, device, what):
    """A class whose forward is {what} is called."""
    values = {None: None, "module": nn.ReLU(), "function": staticmethod(torch.relu)}
    kind = type("Own", (nn.Module,), {} if what == "missing" else {"forward": values[what]})
    attempt = refusal if what == "missing" else type_of_refusal
    show("called", attempt(kind(), torch.ones(1, device=device)))
    show("with two", attempt(kind(), torch.ones(1, device=device), torch.ones(1, device=device)))


@case("layer/forward-of-module-itself", only="cpu")
def forward_of_module_itself(show, device):
    """The forward of Module itself has this name and these arguments."""
    show("name", nn.Module.forward.__name__)
    show("arguments", *inspect.signature(nn.Module.forward).parameters)


@case("layer/own-setstate-without-that-of-module", only="cpu")
def own_setstate_without_that_of_module(show, device):
    """A Module whose own __setstate__ only restores its attributes runs hooks, and one made of old attributes, too."""

    class Own(_Nested):
        def __setstate__(self, state):
            vars(self).update(state)

    copied = copy.deepcopy(Own("root", device))
    calls = []
    copied.register_forward_hook(lambda *given: calls.append(len(given)))
    copied(torch.ones(1, device=device))
    show("calls", calls)
    bare = Own.__new__(Own)
    oldest = ["training", "_parameters", "_buffers", "_modules", "_backward_hooks", "_forward_hooks"]
    bare.__setstate__({name: vars(copied)[name] for name in [*oldest, "_forward_pre_hooks", "title"]})
    show("of old attributes", type_of_refusal(bare, torch.ones(1, device=device)))
    show("its state", type_of_refusal(bare.state_dict))


@case("layer/own-getstate-leaves-hooks-out", only="cpu")
def own_getstate_leaves_hooks_out(show, device):
    """A Module whose own __getstate__ leaves its hooks out is copied to one with those that __setstate__ adds."""

    class Own(_Nested):
        def __getstate__(self):
            return {name: value for name, value in vars(self).items() if not name.endswith("_hooks")}

    copied = copy.deepcopy(Own("root", device))
    show("has hooks", "_forward_hooks" in vars(copied), "_forward_pre_hooks" in vars(copied))
    show("called", type_of_refusal(copied, torch.ones(1, device=device)))


@case("layer/own-deepcopy-of-a-child", only="cpu")
def own_deepcopy_of_a_child(show, device):
    """A child's own __deepcopy__ says what the copy of its parent has in its place."""

    class Shared(_Nested):
        def __deepcopy__(self, memo):
            return self

    model = _Nested("root", device, _Nested("child", device, Shared("grandchild", device)))
    copied = copy.deepcopy(model)
    show("copied child", copied.child is not model.child)
    show("copied grandchild", copied.child.child is not model.child.child)


@case("layer/own-dir-of-a-child", only="cpu")
def own_dir_of_a_child(show, device):
    """A Module's own __dir__ adds to what Module's lists, which names parameters, buffers and children."""

    class Own(_Nested):
        def __dir__(self):
            return [*super().__dir__(), "more"]

    model = Own("root", device, _Nested("child", device))
    listed = dir(model)
    show("listed", *[name for name in ("weight", "count", "child", "title", "more", "forward") if name in listed])


@cases("layer/own-state-dict-{shape}", shape=["old", "by-names", "plain"], only="cpu")
def own_state_dict(show, device, shape):
    """A child whose own state_dict has an {shape} list of arguments is saved by its parent."""

    class Old(_Nested):
        def state_dict(self, destination=None, prefix="", keep_vars=False):
            return super().state_dict(destination, prefix, keep_vars)

    class ByNames(_Nested):
        def state_dict(self, *, destination=None, prefix="", keep_vars=False):
            return super().state_dict(destination=destination, prefix=prefix, keep_vars=keep_vars)

    class Plain(_Nested):
        def state_dict(self):
            return {"own": torch.ones(1, device=device)}

    child = {"old": Old, "by-names": ByNames, "plain": Plain}[shape]("child", device)
    model = _Nested("root", device, child)
    show("saved", type_of_refusal(model.state_dict))
    if type_of_refusal(model.state_dict) == "accepted":
        show("keys", *model.state_dict())


@case("layer/own-state-dict-that-returns-another", only="cpu")
def own_state_dict_that_returns_another(show, device):
    """What a child's own state_dict returns is not asked for by its parent, which counts on what it was given."""

    class Own(_Nested):
        def state_dict(self, *arguments, **keywords):
            return {"own": super().state_dict(*arguments, **keywords)}

    model = _Nested("root", device, Own("child", device))
    show("keys", *model.state_dict())
    show("of the child", *model.child.state_dict())


@case("layer/own-load-state-dict-of-a-child", only="cpu")
def own_load_state_dict_of_a_child(show, device):
    """A child's own load_state_dict is passed by when its parent loads; its own _load_from_state_dict is not."""

    class Own(_Nested):
        def load_state_dict(self, *arguments, **keywords):
            calls.append("load_state_dict")
            return super().load_state_dict(*arguments, **keywords)

        def _load_from_state_dict(self, state_dict, prefix, *others):
            calls.append("_load_from_state_dict " + prefix)
            state_dict[prefix + "weight"] = state_dict[prefix + "weight"] * 2
            super()._load_from_state_dict(state_dict, prefix, *others)

    calls = []
    model = _Nested("root", device, Own("child", device))
    given = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(given)
    show("called", *calls)
    show("loaded", model.child.weight.detach())
    show("given", given["child.weight"])


@case("layer/own-load-from-state-dict-that-reports", only="cpu")
def own_load_from_state_dict_that_reports(show, device):
    """What a child's own _load_from_state_dict adds to the keys and errors is told by its parent's load_state_dict."""

    class Own(_Nested):
        def _load_from_state_dict(self, state_dict, prefix, metadata, strict, missing, unexpected, errors):
            missing.append(prefix + "mine")
            unexpected.append(prefix + "yours")
            errors.append(text)

    model = _Nested("root", device, Own("child", device))
    text = ""
    result = refusal(model.load_state_dict, model.state_dict())
    show("refused", *result.split())
    text = "an error of its own"
    show("refused", *refusal(model.load_state_dict, model.state_dict(), False).split())


@case("layer/own-parameters-are-not-asked-for", only="cpu")
def own_parameters_are_not_asked_for(show, device):
    """A child that hides its parameters from parameters and named_parameters still has them listed by its parent."""

    class Own(_Nested):
        def parameters(self, recurse=True):
            return iter(())

        def named_parameters(self, prefix="", recurse=True, remove_duplicate=True):
            return iter(())

    model = _Nested("root", device, Own("child", device))
    show("of the root", *[name for name, _ in model.named_parameters()])
    show("of the child", *[name for name, _ in model.child.named_parameters()])
    model.child.requires_grad_(False)
    show("child wants a gradient", model.child.weight.requires_grad)
    model.requires_grad_(False)
    show("after the root declined", model.child.weight.requires_grad)


@case("layer/own-members-hide-a-parameter", only="cpu")
def own_members_hide_a_parameter(show, device):
    """An own _named_members hides a parameter from parameters, not from the state or from conversion."""

    class Own(_Nested):
        def _named_members(self, *arguments, **keywords):
            return (pair for pair in super()._named_members(*arguments, **keywords) if pair[0] != "child.weight")

    model = Own("root", device, _Nested("child", device)).double()
    show("listed", *[name for name, _ in model.named_parameters()])
    show("saved", *model.state_dict())
    show("converted", model.child.weight.dtype)


@case("layer/own-private-apply-that-does-nothing", only="cpu")
def own_private_apply_that_does_nothing(show, device):
    """A child whose own _apply does nothing is not converted with its parent, nor is what it has."""

    class Own(_Nested):
        def _apply(self, function, *others):
            return self

    model = _Nested("root", device, Own("child", device, _Nested("grandchild", device))).double()
    for name, parameter in model.named_parameters():
        show(name, parameter.dtype)


@case("layer/own-private-apply-of-one-argument", only="cpu")
def own_private_apply_of_one_argument(show, device):
    """A child whose own _apply takes only the function is converted and shared with its parent."""

    class Own(_Nested):
        def _apply(self, function):
            return super()._apply(function)

    model = _Nested("root", device, Own("child", device))
    show("double", type_of_refusal(model.double))
    show("share_memory", type_of_refusal(model.share_memory))


@case("layer/own-train-that-stays", only="cpu")
def own_train_that_stays(show, device):
    """A child whose own train does nothing stays in training, and so does what it has."""

    class Frozen(_Nested):
        def train(self, mode=True):
            return self

    model = _Nested("root", device, Frozen("child", device, _Nested("grandchild", device))).eval()
    for name, module in model.named_modules():
        show(name or "root", module.training)


@case("layer/own-eval-of-a-child", only="cpu")
def own_eval_of_a_child(show, device):
    """A child's own eval is not called by its parent's eval, which is train(False)."""

    class Own(_Nested):
        def eval(self):
            raise RuntimeError("eval of the child")

    model = _Nested("root", device, Own("child", device))
    show("eval", type_of_refusal(model.eval))
    show("training", model.child.training)


@case("layer/own-train-without-an-argument", only="cpu")
def own_train_without_an_argument(show, device):
    """A child whose own train takes no argument cannot be trained with its parent."""

    class Own(_Nested):
        def train(self):
            return super().train(True)

    model = _Nested("root", device, Own("child", device))
    show("train", type_of_refusal(model.train))
    show("eval", type_of_refusal(model.eval))
    show("training", model.training, model.child.training)


@case("layer/own-zero-grad-of-a-child", only="cpu")
def own_zero_grad_of_a_child(show, device):
    """A child's own zero_grad is not called by its parent's, which clears the child's gradients itself."""

    class Own(_Nested):
        def zero_grad(self, *arguments):
            raise RuntimeError("zero_grad of the child")

    model = _Nested("root", device, Own("child", device))
    model(torch.ones(1, device=device)).sum().backward()
    show("zero_grad", type_of_refusal(model.zero_grad))
    grad = model.child.weight.grad
    show("cleared", grad is None or grad.item() == 0.0)


@case("layer/own-setattr-before-init", only="cpu")
def own_setattr_before_init(show, device):
    """An own __setattr__ that needs an attribute of its own sees which attributes Module sets as it is made."""

    class Own(nn.Module):
        def __setattr__(self, name, value):
            seen.append(name)
            super().__setattr__(name, value)

    seen = []
    module = Own().to(device)
    show("seen", *seen)
    show("has", *vars(module))


@case("layer/own-get-name-of-a-child", only="cpu")
def own_get_name_of_a_child(show, device):
    """An own _get_name, extra_repr and __repr__ of children stand in what their parent is printed as."""

    class Named(_Nested):
        def _get_name(self):
            return "Renamed"

        def extra_repr(self):
            return "first\nsecond"

    class Printed(_Nested):
        def __repr__(self):
            return "[one\ntwo]"

    show("printed", nn.Sequential(Named("a", device), Named("b", device, Printed("c", device)), Printed("d", device)))


@case("layer/own-version-of-a-subclass", only="cpu")
def own_version_of_a_subclass(show, device):
    """A subclass's own _version is saved in the metadata of the state, and handed to its loading."""

    class Own(_Nested):
        _version = 7

        def _load_from_state_dict(self, state_dict, prefix, metadata, *others):
            seen.append([prefix, sorted(metadata.items())])
            super()._load_from_state_dict(state_dict, prefix, metadata, *others)

    seen = []
    model = Own("root", device, Own("child", device))
    state = model.state_dict()
    for prefix, metadata in state._metadata.items():
        show(repr(prefix), sorted(metadata.items()))
    model.load_state_dict(state)
    model.load_state_dict(dict(state))
    for prefix, metadata in seen:
        show("loaded", repr(prefix), metadata)


@case("layer/own-replica-for-data-parallel", only="cpu")
def own_replica_for_data_parallel(show, device):
    """A Module's replica for DataParallel shares its attributes and not its lists of parts."""
    module = _Nested("root", device, _Nested("child", device))
    replica = module._replicate_for_data_parallel()
    show("is a", type(replica).__name__)
    show("parameters", *replica._parameters)
    show("children", *replica._modules)
    show("shares buffers", replica._buffers is module._buffers)
    show("is one", getattr(replica, "_is_replica", "not told"))
