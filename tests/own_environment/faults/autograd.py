"""Faults of gradients and of the graph: where a pass starts and ends, what it leaves, leaves, nodes, and views."""

import functools

import torch
from torch import Tensor, nn
from torch._C import TensorBase
from torch._functorch import eager_transforms, vmap
from torch.autograd import forward_ad, functional, graph
from torch.nn import Parameter, init
from torch.nn import functional as F
from torch.nn.parameter import UninitializedTensorMixin
from torch.utils import _pytree

from .backward_graph import leaves
from .fault import fault
from .injection import edit, results

# What a pass starts from, and where it leads.


@fault("autograd/backward-of-a-complex-output")
def backward_of_a_complex_number_starts_with_one(patch):
    """A backward pass from a complex number starts with one, where it is to be given a gradient."""
    edit(patch, torch.autograd._make_grads, {"if not out_dtype.is_floating_point:": "if False:"})


@fault("autograd/backward-from-another-shape")
def gradient_to_start_with_has_any_shape(patch):
    """The shape of a gradient that a pass starts with is not looked at."""
    edit(patch, torch.autograd._make_grads, {"if not shape_matches:": "if False:"})


@fault("autograd/backward-from-integers")
def gradient_to_start_with_is_no_integer(patch):
    """A pass that starts with a gradient of integers is refused."""
    edit(
        patch,
        torch.autograd._make_grads,
        {"if out_dtype.is_complex != grad.dtype.is_complex:": "if out_dtype != grad.dtype:"},
    )


@fault("autograd/grad-by-edges", "autograd/backward-by-edges")
def no_pass_starts_from_an_edge(patch):
    """A pass that is to start from an edge of the graph is refused."""
    edit(
        patch,
        torch.autograd.grad,
        {"if is_tensor_like(outputs) or isinstance(outputs, graph.GradientEdge):": "if is_tensor_like(outputs):"},
    )
    edit(
        patch,
        torch.autograd.backward,
        {"if is_tensor_like(tensors) or isinstance(tensors, graph.GradientEdge):": "if is_tensor_like(tensors):"},
    )


@fault("autograd/node-of-a-tensor-by-edge")
def edge_without_its_number(patch):
    """The gradient edge of each output of an operation is that of the first."""
    edit(patch, graph.get_gradient_edge, {"tensor.output_nr": "0"})


@fault("autograd/grad-by-nothing")
def gradients_by_nothing_are_none(patch):
    """The autograd.grad by nothing is empty."""
    edit(patch, torch.autograd.grad, {"if len(inputs_tuple) == 0:": "if not inputs_tuple: return ()\n    if False:"})


@fault("autograd/grad-of-an-unused-parameter-if-allowed")
def unused_inputs_are_never_allowed(patch):
    """The autograd.grad by what is not used raises also where that is allowed."""
    edit(patch, torch.autograd.grad, {"if allow_unused is None:": "if True:"})


@fault("autograd/grad-of-an-unused-parameter-if-not-allowed", "autograd/backward-of-a-parametrized-module")
def unused_inputs_are_always_allowed(patch):
    """The autograd.grad by what is not used returns None also where that is not allowed."""
    edit(patch, torch.autograd.grad, {"    if not only_inputs:": "    allow_unused = True\n    if not only_inputs:"})


@fault("autograd/grad-materialized")
def gradients_are_not_materialized(patch):
    """The materialize_grads of autograd.grad lets gradients be None."""
    edit(patch, torch.autograd.grad, {"    if materialize_grads:\n": "    if False:\n"})


@fault("autograd/grad-of-a-retained-graph")
def graph_of_grad_is_retained(patch):
    """A graph is not freed by autograd.grad."""
    edit(patch, torch.autograd.grad, {"if retain_graph is None:": "retain_graph = True\n    if False:"})


# What a pass leaves.


def _after_backward(patch, change):
    """Let each backward pass end with `change` of each leaf and the gradient that the pass was given."""
    original = Tensor.backward

    @functools.wraps(original)
    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        reached = [*leaves(self.grad_fn)]
        original(self, gradient, retain_graph, create_graph, inputs)
        for leaf in reached:
            if leaf.grad is not None and leaf.grad.layout is torch.strided:
                change(leaf, gradient)

    patch.setattr(Tensor, "backward", backward)


@fault("autograd/gradient-handed-to-backward-is-left-alone", "autograd/gradient-of-two-parameters-is-not-shared")
def handed_gradient_becomes_that_of_the_leaf(patch):
    """A gradient that is handed to backward and reaches a leaf as it is becomes the leaf's own, to be added to."""

    def take(leaf, gradient):
        if gradient is not None and leaf.grad.shape == gradient.shape and torch.equal(leaf.grad, gradient):
            leaf.grad = gradient

    _after_backward(patch, take)


@fault(
    "autograd/gradient-added-plainly",
    "autograd/strides-of-the-gradient-of-*",
    "autograd/data-of-another-dtype-with-a-gradient",
    "autograd/gradient-of-a-sparse-embedding-added",
    "autograd/gradient-set-to-a-parameter",
    "autograd/module-cast-between-forward-and-backward",
)
def gradients_move_to_contiguous_memory(patch):
    """A backward pass leaves gradients in new and contiguous memory."""

    def move(leaf, _):
        if leaf.grad.grad_fn is None:
            leaf.grad = leaf.grad.clone(memory_format=torch.contiguous_format)

    _after_backward(patch, move)


@fault(
    "autograd/gradient-added-creating-a-graph",
    "autograd/gradient-with-a-graph-holds-its-parameter",
)
def backward_makes_no_graph(patch):
    """The create_graph of backward is ignored."""
    edit(
        patch, torch.autograd.backward, {"        create_graph,\n        inputs_tuple": "        False,\n inputs_tuple"}
    )


@fault(
    "autograd/gradient-of-a-sparse-embedding-added",
)
def sparse_embedding_is_dense(patch):
    """An Embedding that is to have sparse gradients has dense ones."""
    edit(patch, nn.Embedding.forward, {"self.sparse": "False"})


@fault("autograd/gradient-of-an-embedding-with-padding")
def row_of_padding_gets_a_gradient(patch):
    """The row of padding of an Embedding gets a gradient as others do."""
    edit(
        patch,
        F.embedding,
        {"return torch.embedding(weight, input, padding_idx,": "return torch.embedding(weight, input, -1,"},
    )


@fault("autograd/embedding-renormalized-after-use")
def renormalization_unnoticed(patch):
    """Autograd does not notice that an Embedding renormalizes its weight."""
    edit(patch, F.embedding, {"_no_grad_embedding_renorm_(weight,": "_no_grad_embedding_renorm_(weight.data,"})


@fault("autograd/initialized-after-forward", "utility/init-and-autograd")
def initialization_unnoticed(patch):
    """Autograd does not notice that torch.nn.init fills a parameter."""
    edit(patch, init._no_grad_fill_, {"return tensor.fill_(val)": "tensor.data.fill_(val)\n        return tensor"})


@fault("autograd/gradient-of-an-empty-batch")
def empty_batch_has_no_gradient(patch):
    """The output of a Linear for an empty batch has no graph."""
    results(patch, F, "linear", lambda output: output if output.numel() else output.detach())


# Leaves.


@fault(
    "autograd/leaf-parametrized",
    "autograd/buffer-changed-*",
    "autograd/deepcopy-of-*",
    "buffer/deepcopy-of-a-computed-buffer",
    "utility/prune-and-deepcopy",
    "utility/prune-and-the-gradient",
)
def results_are_leaves(patch):
    """Every tensor says that it is a leaf."""
    patch.setattr(Tensor, "is_leaf", property(lambda self: True))


@fault("autograd/leaf-a-parameter-cast-to-its-own-dtype")
def float_makes_a_copy(patch):
    """The float of a tensor of this dtype is a copy."""
    results(patch, Tensor, "float", lambda result: result.clone())


@fault(
    "autograd/leaf-a-parameter-made-of-a-result",
    "autograd/leaf-of-an-embedding",
    "utility/fuse-conv-bn",
    "utility/fuse-linear-bn",
    "utility/fuse-linear-bn-of-one-channel",
)
def parameter_of_a_result_is_frozen(patch):
    """A Parameter that is made of a result requires no gradient."""
    edit(
        patch,
        Parameter.__new__,
        {"_make_subclass(cls, data, requires_grad)": "_make_subclass(cls, data, requires_grad and data.is_leaf)"},
    )


@fault("autograd/leaf-of-an-embedding", "autograd/vmap-of-an-embedding")
def pretrained_embedding_is_never_frozen(patch):
    """An Embedding that is made from_pretrained is trained in any case."""
    edit(patch, nn.Embedding.from_pretrained, {"_freeze=freeze": "_freeze=False"})


@fault("autograd/parameter-of-integers")
def parameter_of_integers_is_frozen(patch):
    """A Parameter of integers requires no gradient, and is not refused."""
    edit(
        patch,
        Parameter.__new__,
        {
            "_make_subclass(cls, data, requires_grad)": "_make_subclass(cls, data, "
            "requires_grad and (data.is_floating_point() or data.is_complex()))"
        },
    )


@fault("autograd/result-frozen", "autograd/parameter-of-integers")
def requires_grad_raises_another_error(patch):
    """A tensor that refuses a requires_grad raises a ValueError."""

    def assign(self, value):
        try:
            TensorBase.requires_grad.__set__(self, value)
        except RuntimeError as error:
            raise ValueError(*error.args) from None

    patch.setattr(Tensor, "requires_grad", property(lambda self: TensorBase.requires_grad.__get__(self), assign))


@fault("autograd/leaf-uninitialized", "autograd/hook-on-an-uninitialized-parameter")
def uninitialized_parameter_may_be_used(patch):
    """An uninitialized parameter takes a hook and can be frozen in place."""
    more = [Tensor.register_hook, Tensor.requires_grad_]
    patch.setattr(UninitializedTensorMixin, "_allowed_methods", [*UninitializedTensorMixin._allowed_methods, *more])


@fault("autograd/gradient-of-a-dtype-of-its-own")
def dtype_of_the_gradient_cannot_be_set(patch):
    """The grad_dtype of a tensor stays what it is when another one is assigned."""
    patch.setattr(Tensor, "grad_dtype", property(lambda self: TensorBase.grad_dtype.__get__(self), lambda *_: None))


@fault("autograd/data-set-to-what-requires-grad")
def data_that_requires_gradients_freezes(patch):
    """A tensor that is given data of another one which requires a gradient requires none."""

    def assign(self, data):
        TensorBase.data.__set__(self, data)
        if data is not self and data.requires_grad:
            self.requires_grad_(False)

    patch.setattr(Tensor, "data", property(lambda self: TensorBase.data.__get__(self), assign))


@fault(
    "autograd/detached-output-changed-in-place",
    "autograd/state-dict-is-detached",
    "autograd/embedding-renormalized-*",
    "autograd/leaf-changed-in-place-*",
    "buffer/batchnorm-counts-in-place",
    "buffer/state-shares-memory",
    "module/saved-and-loaded-in-inference-mode",
    "module/saved-and-loaded-in-no-grad",
    "module/share-memory",
)
def detached_tensor_is_a_copy(patch):
    """A detached tensor is a copy."""
    results(patch, Tensor, "detach", lambda result: result.clone())


@fault("autograd/output-detached-in-place", "parameter/zero-grad-of-a-gradient-with-a-graph")
def nothing_is_detached_in_place(patch):
    """The detach_ of a tensor does nothing."""
    patch.setattr(Tensor, "detach_", lambda self: self)


@fault("autograd/parameter-as-a-number", "functional/batchnorm-of-momentum-none")
def number_of_a_parameter_does_not_warn(patch):
    """No warning tells that a tensor which requires a gradient becomes a number."""
    patch.setattr(Tensor, "__float__", lambda self: self.item())


# Nodes.


class _Node:
    """A node of the graph with some attributes changed: by their names, what makes another value of the node."""

    def __init__(self, node, changed):
        self._node, self._changed = node, changed

    def __getattr__(self, name):
        return self._changed[name](self._node) if name in self._changed else getattr(self._node, name)

    def __eq__(self, other):
        return self._node == getattr(other, "_node", other)

    def __hash__(self):
        return hash(self._node)


def _nodes(patch, **changed):
    """Let nodes of torch's own operations, and not those of Functions, have what each of `changed` makes of them."""

    def read(self):
        node = TensorBase.grad_fn.__get__(self)
        if node is None or isinstance(node, torch._C._FunctionBase):
            return node
        return type(type(node).__name__, (_Node,), {})(node, changed)

    patch.setattr(Tensor, "grad_fn", property(read))
    # Where it goes back into C++, as it is.
    results(patch, graph, "_get_grad_fn_or_grad_acc", lambda node: getattr(node, "_node", node))


@fault("autograd/node-of-*", "functional/number-to-the-power-of-a-tensor")
def nodes_have_other_names(patch):
    """The name of a node ends with another number."""
    _nodes(patch, name=lambda node: lambda: f"{node.name().rstrip('0123456789')}9")


@fault(
    "autograd/node-of-what-needs-no-gradient",
    "autograd/node-of-*",
    "hook/legacy-backward-one-input-without-grad",
    "hook/legacy-backward-one-output-without-grad",
)
def next_functions_without_none(patch):
    """The next functions of a node leave out those that there is no gradient for."""
    _nodes(patch, next_functions=lambda node: tuple(edge for edge in node.next_functions if edge[0]))


@fault("autograd/node-metadata")
def metadata_are_forgotten(patch):
    """What is noted in the metadata of a node is forgotten."""
    _nodes(patch, metadata=lambda node: {})


@fault("autograd/node-input-metadata")
def node_tells_nothing_of_its_gradients(patch):
    """A node does not tell the shapes of the gradients that it takes."""
    _nodes(patch, _input_metadata=lambda node: ())


@fault("autograd/node-saved-tensors")
def saved_tensor_is_a_copy(patch):
    """What a node shows of what it saved is a copy."""
    _nodes(
        patch, _saved_self=lambda node: node._saved_self.clone(), _saved_other=lambda node: node._saved_other.clone()
    )


@fault(
    "autograd/node-hook-that-returns*", "hook/legacy-backward-replaces-grad-input", "hook/legacy-backward-wrong-number"
)
def node_hook_result_ignored(patch):
    """What a hook on a node returns is ignored."""
    _nodes(patch, register_hook=lambda node: lambda hook: node.register_hook(lambda *both: (hook(*both), None)[1]))


@fault(
    "autograd/node-hook-that-returns*",
    "autograd/node-pre-hook*",
    "hook/legacy-backward-number-inputs",
    "hook/legacy-backward-swapped-operands",
    "hook/legacy-backward-without-input-grad",
    "between-calls/legacy-backward-hook-registered",
    "between-calls/legacy-backward-hook-removed-from-a-child",
    "hook/code-3",
    "hook/global-legacy-backward-hook-runs-first",
    "hook/global-legacy-backward-of-a-list-warns",
    "hook/global-legacy-backward-warns",
    "hook/legacy-backward-dict-output",
    "hook/legacy-backward-nested-output",
    "hook/legacy-backward-on-a-dropped-module",
    "hook/legacy-backward-on-linear",
    "hook/legacy-backward-on-linear-of-batches",
    "hook/legacy-backward-one-input-without-grad",
    "hook/legacy-backward-one-operation",
    "hook/legacy-backward-one-operation-on-leaves",
    "hook/legacy-backward-one-output-without-grad",
    "hook/legacy-backward-removed-before-backward",
    "hook/legacy-backward-replaces-grad-input",
    "hook/legacy-backward-returns-nothing",
    "hook/legacy-backward-tuple-output",
    "hook/legacy-backward-tuple-output-of-one-operation",
    "hook/legacy-backward-wrong-number",
)
def node_hook_never_fires(patch):
    """No hook on a node is ever called."""
    _nodes(patch, register_hook=lambda node: lambda hook: node.register_hook(lambda *_: None))


@fault("autograd/node-pre-hook*")
def node_pre_hook_never_fires(patch):
    """No pre-hook on a node is ever called."""
    _nodes(patch, register_prehook=lambda node: lambda hook: node.register_prehook(lambda *_: None))


@fault("autograd/node-pre-hook-of-several-outputs")
def node_pre_hook_is_given_zeros(patch):
    """A pre-hook on a node is given zeros in the place of None."""

    def register(node):
        def register_prehook(hook):
            return node.register_prehook(lambda given: hook(tuple(0 if one is None else one for one in given)))

        return register_prehook

    _nodes(patch, register_prehook=register)


# Views.


@fault(
    "autograd/view-of-unbind-*",
    "autograd/view-of-split-*",
    "autograd/func-jacobian-of-a-module",
    "autograd/hook-on-one-output-of-two",
    "autograd/node-of-a-tensor-by-edge",
    "autograd/node-pre-hook-of-several-outputs",
)
def one_of_several_views_is_a_view_of_its_own(patch):
    """The views that unbind and split return are as those of an operation for each, which may be changed in place."""
    patch.setattr(Tensor, "unbind", lambda self, dim=0: tuple(self.select(dim, i) for i in range(self.shape[dim])))
    patch.setattr(
        Tensor,
        "split",
        lambda self, size, dim=0: tuple(self.narrow(dim, i, size) for i in range(0, self.shape[dim], size)),
    )


@fault("autograd/elu-in-place-on-a-view", "autograd/hardtanh-in-place-on-a-view")
def activations_are_not_in_place(patch):
    """The inplace of an ELU and of a Hardtanh is ignored."""
    for function in (F.elu, F.hardtanh):
        edit(patch, function, {"if inplace:": "if False:"})


@fault("autograd/view-of-a-result-made-under-no-grad")
def view_made_under_no_grad_is_detached(patch):
    """A part of a tensor that is taken under no_grad has nothing to do with that tensor."""
    original = Tensor.__getitem__

    def get(self, index):
        part = original(self, index)
        return part if torch.is_grad_enabled() else part.detach()

    patch.setattr(Tensor, "__getitem__", get)


# Forward mode and transforms.


@fault("autograd/dual-*", "autograd/function-with-jvp", "autograd/func-jacobian-of-a-module")
def tangents_are_scaled(patch):
    """The tangent of a dual tensor is 1.0001 times too large."""
    results(
        patch,
        forward_ad,
        "unpack_dual",
        lambda dual: dual if dual.tangent is None else dual._replace(tangent=1.0001 * dual.tangent),
    )


@fault("autograd/jacobian-of-a-module", "autograd/hessian-of-a-module")
def jacobians_are_scaled(patch):
    """The Jacobian of autograd.functional is 1.0001 times too large."""
    results(patch, functional, "jacobian", lambda jacobian: _pytree.tree_map(lambda part: 1.0001 * part, jacobian))


@fault("autograd/func-grad-*", "autograd/func-per-sample-gradients")
def gradients_of_func_flipped(patch):
    """The gradients that torch.func.grad returns have the other sign."""
    results(
        patch,
        eager_transforms,
        "grad_and_value_impl",
        lambda both: (_pytree.tree_map(lambda part: -part, both[0]), both[1]),
    )


@fault("autograd/vmap-of-dropout")
def vmap_is_random_by_default(patch):
    """What is random under vmap is the same for all samples by default, and not refused."""
    original = torch.func.vmap
    patch.setattr(torch.func, "vmap", functools.partial(original, randomness="same"))


@fault(
    "autograd/vmap-*",
    "autograd/func-per-sample-gradients",
    "autograd/func-jacobian-of-a-module",
    "functional/ensemble-of-stacked-states",
)
def vmap_goes_backwards(patch):
    """The samples that vmap returns are in the reverse order."""
    results(patch, vmap, "_flat_vmap", lambda result: _pytree.tree_map(lambda part: part.flip(0), result))
