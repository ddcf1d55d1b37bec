"""Faults of modes of execution: what a mode could do wrong to a Module, and nobody would notice in eager."""

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch.func import functional_call

Call = Callable[..., Any]
Spoil = Callable[[Any, Call, Call], Call]


class ModeFault(NamedTuple):
    """A misbehaviour of a mode.

    Attributes:
        name: what it is called, from the function that spoils.
        sentence: what the mode does wrong under it.
        spoil: takes the Module, what the mode made of it, and what calls it as it stands, and returns what is called.
    """

    name: str
    sentence: str
    spoil: Spoil


MODE_FAULTS: list[ModeFault] = []
"""All of them, in the order of their definition."""


def mode_fault(spoil: Spoil) -> Spoil:
    """Make a fault of a function whose docstring says in one sentence what the mode does wrong."""
    MODE_FAULTS.append(ModeFault(spoil.__name__.replace("_", "-"), spoil.__doc__ or "", spoil))
    return spoil


def _of_tensors(change: Callable[[torch.Tensor], Any], value: Any) -> Any:
    """Return `value` with each tensor in it, or in a tuple, list or dict, changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (tuple, list):
        return type(value)(_of_tensors(change, one) for one in value)
    return {key: _of_tensors(change, one) for key, one in value.items()} if type(value) is dict else value


def _is_floating(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() and tensor.device.type != "meta"


# What is called.


@mode_fault
def calls_the_module_itself(module, made, as_it_stands):
    """The Module is called as it stands, and nothing goes through the mode."""
    return as_it_stands


@mode_fault
def calls_forward(module, made, as_it_stands):
    """The forward of the Module is called, without its hooks."""
    return lambda *arguments, **keywords: module.forward(*arguments, **keywords)


@mode_fault
def calls_twice(module, made, as_it_stands):
    """The Module is called twice, and the second result is returned."""

    def call(*arguments, **keywords):
        made(*arguments, **keywords)
        return made(*arguments, **keywords)

    return call


@mode_fault
def keeps_the_first_result(module, made, as_it_stands):
    """The first result is returned again, whatever the Module is called with."""
    kept: list[Any] = []

    def call(*arguments, **keywords):
        if not kept:
            kept.append(made(*arguments, **keywords))
        return kept[0]

    return call


@mode_fault
def keeps_results_by_their_inputs(module, made, as_it_stands):
    """A call with inputs that were seen before returns the result of then."""
    kept: dict[Any, Any] = {}

    def call(*arguments, **keywords):
        key = (*map(id, arguments), *((name, id(value)) for name, value in keywords.items()))
        if key not in kept:
            kept[key] = arguments, keywords, made(*arguments, **keywords)
        return kept[key][2]

    return call


@mode_fault
def shares_what_it_made_with_the_class(module, made, as_it_stands, known={}):  # noqa: B006 - it shall be kept
    """What was made of the first Module of a class is called for all others, too."""
    return known.setdefault(type(module), made)


@mode_fault
def calls_a_copy_of_the_first_call(module, made, as_it_stands):
    """A deep copy that is made at the first call is called ever after."""
    return copy.deepcopy(module)


@mode_fault
def calls_a_copy_of_each_call(module, made, as_it_stands):
    """A new deep copy is called each time."""

    def call(*arguments, **keywords):
        return copy.deepcopy(module)(*arguments, **keywords)

    return call


# What the Module is, while it is called.


@mode_fault
def keeps_the_first_parameters(module, made, as_it_stands):
    """The parameters and buffers are those that the Module had at its first call."""
    state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    return lambda *arguments, **keywords: functional_call(module, state, arguments, keywords)


@mode_fault
def detaches_parameters(module, made, as_it_stands):
    """The parameters are detached, so that they get no gradients."""

    def call(*arguments, **keywords):
        state = {name: parameter.detach() for name, parameter in module.named_parameters()}
        return functional_call(module, state, arguments, keywords)

    return call


@mode_fault
def puts_buffers_back(module, made, as_it_stands):
    """What is changed in a buffer is put back after the call."""

    def call(*arguments, **keywords):
        before = {name: buffer.clone() for name, buffer in module.named_buffers()}
        try:
            return made(*arguments, **keywords)
        finally:
            with torch.no_grad():
                for name, buffer in module.named_buffers():
                    if name in before and buffer.shape == before[name].shape:
                        buffer.detach().copy_(before[name])

    return call


@mode_fault
def keeps_the_first_attributes(module, made, as_it_stands):
    """Attributes of the Module that are no parts are those that it had at its first call."""
    first = {name: value for name, value in vars(module).items() if not name.startswith("_")}

    def call(*arguments, **keywords):
        now = {name: value for name, value in vars(module).items() if name in first}
        vars(module).update(first)
        try:
            return made(*arguments, **keywords)
        finally:
            vars(module).update(now)

    return call


@mode_fault
def keeps_the_first_children(module, made, as_it_stands):
    """The children are those that the Module had at its first call."""
    first = dict(module._modules)

    def call(*arguments, **keywords):
        now, module._modules = module._modules, dict(first)
        try:
            return made(*arguments, **keywords)
        finally:
            module._modules = now

    return call


@mode_fault
def keeps_the_first_hooks(module, made, as_it_stands):
    """The forward hooks are those that the Module had at its first call."""
    first = type(module._forward_hooks)(module._forward_hooks)

    def call(*arguments, **keywords):
        now, module._forward_hooks = module._forward_hooks, first
        try:
            return made(*arguments, **keywords)
        finally:
            module._forward_hooks = now

    return call


@mode_fault
def keeps_the_first_hooks_of_children(module, made, as_it_stands):
    """The forward hooks of children are those that they had at the first call."""
    first = {
        child: type(child._forward_hooks)(child._forward_hooks) for child in module.modules() if child is not module
    }

    def call(*arguments, **keywords):
        now = {child: child._forward_hooks for child in first}
        for child, hooks in first.items():
            child._forward_hooks = hooks
        try:
            return made(*arguments, **keywords)
        finally:
            for child, hooks in now.items():
                child._forward_hooks = hooks

    return call


@mode_fault
def drops_backward_hooks(module, made, as_it_stands):
    """Full backward hooks are taken off before the call."""

    def call(*arguments, **keywords):
        for one in module.modules():
            one._backward_hooks.clear()
        return made(*arguments, **keywords)

    return call


@mode_fault
def sets_training(module, made, as_it_stands):
    """The Module is called in training mode, and left in it."""

    def call(*arguments, **keywords):
        module.train()
        return made(*arguments, **keywords)

    return call


@mode_fault
def sets_evaluation(module, made, as_it_stands):
    """The Module is called in evaluation mode, and left in it."""

    def call(*arguments, **keywords):
        module.eval()
        return made(*arguments, **keywords)

    return call


@mode_fault
def thaws_parameters(module, made, as_it_stands):
    """All parameters require gradients after the call."""

    def call(*arguments, **keywords):
        try:
            return made(*arguments, **keywords)
        finally:
            for parameter in module.parameters():
                parameter.requires_grad_(True)

    return call


@mode_fault
def clears_gradients(module, made, as_it_stands):
    """A call sets the gradients of the parameters to None."""

    def call(*arguments, **keywords):
        module.zero_grad(set_to_none=True)
        return made(*arguments, **keywords)

    return call


@mode_fault
def keeps_the_first_training(module, made, as_it_stands):
    """The Module and its children are called in training or evaluation as they were at the first call."""
    first = {one: one.training for one in module.modules()}

    def call(*arguments, **keywords):
        now = {one: one.training for one in first}
        for one, training in first.items():
            one.training = training
        try:
            return made(*arguments, **keywords)
        finally:
            for one, training in now.items():
                one.training = training

    return call


@mode_fault
def runs_no_hooks_of_others(module, made, as_it_stands):
    """Global forward hooks do not run for the Module, nor for its children."""
    hooks = torch.nn.modules.module._global_forward_hooks

    def call(*arguments, **keywords):
        now = dict(hooks)
        hooks.clear()
        try:
            return made(*arguments, **keywords)
        finally:
            hooks.update(now)

    return call


# How often it is called.


@mode_fault
def calls_three_times_at_first(module, made, as_it_stands):
    """The first call is made three times, as by who checks what is made of it."""
    was_called: list[bool] = []

    def call(*arguments, **keywords):
        if not was_called:
            was_called.append(True)
            with torch.no_grad():
                made(*arguments, **keywords)
                made(*arguments, **keywords)
        return made(*arguments, **keywords)

    return call


@mode_fault
def calls_the_forward_of_the_class(module, made, as_it_stands):
    """The forward of the class is called, and none that was set on the Module."""

    def call(*arguments, **keywords):
        own = vars(module).pop("forward", None)
        try:
            return made(*arguments, **keywords)
        finally:
            if own is not None:
                vars(module)["forward"] = own

    return call


# What a machinery that traces keeps of the first call.


@mode_fault
def runs_forward_beside_the_first_call(module, made, as_it_stands):
    """The first call runs forward once more, as to trace it."""
    traced: list[Any] = []

    def call(*arguments, **keywords):
        if not traced:
            traced.append(module.forward(*arguments, **keywords))
        return made(*arguments, **keywords)

    return call


@mode_fault
def keeps_what_is_no_tensor(module, made, as_it_stands):
    """Inputs that are no tensors are those of the first call."""
    first: list[Any] = []

    def call(*arguments, **keywords):
        first.append(arguments)
        pairs = zip(arguments, (*first[0], *arguments[len(first[0]) :]))
        return made(*(now if isinstance(now, torch.Tensor) else then for now, then in pairs), **keywords)

    return call


@mode_fault
def refuses_other_shapes(module, made, as_it_stands):
    """A call with inputs of other shapes than at first raises."""
    first: list[Any] = []

    def call(*arguments, **keywords):
        first.append([one.shape for one in arguments if isinstance(one, torch.Tensor)])
        if first[-1] != first[0]:
            raise RuntimeError("expected other shapes")
        return made(*arguments, **keywords)

    return call


@mode_fault
def runs_hooks_at_the_first_call_alone(module, made, as_it_stands):
    """From the second call on, forward is called without the hooks of the root."""
    calls: list[int] = []

    def call(*arguments, **keywords):
        calls.append(1)
        return (made if len(calls) == 1 else module.forward)(*arguments, **keywords)

    return call


# What goes in.


@mode_fault
def keeps_the_first_keywords(module, made, as_it_stands):
    """Keywords have the values that they had at the first call which had them."""
    first: dict[str, Any] = {}

    def call(*arguments, **keywords):
        for name, value in keywords.items():
            first.setdefault(name, value)
        return made(*arguments, **{name: first[name] for name in keywords})

    return call


@mode_fault
def takes_numbers_for_tensors(module, made, as_it_stands):
    """A number that is passed by position arrives as a tensor."""

    def as_tensor(value):
        return torch.tensor(value) if type(value) in (int, float) else value

    return lambda *arguments, **keywords: made(*map(as_tensor, arguments), **keywords)


@mode_fault
def drops_keywords(module, made, as_it_stands):
    """Keywords are not passed on."""
    return lambda *arguments, **keywords: made(*arguments)


@mode_fault
def passes_keywords_by_position(module, made, as_it_stands):
    """Keywords are passed on by position, behind what is passed by position."""
    return lambda *arguments, **keywords: made(*arguments, *keywords.values())


@mode_fault
def detaches_inputs(module, made, as_it_stands):
    """Inputs are detached, so that they get no gradients."""
    return lambda *arguments, **keywords: made(*_of_tensors(torch.Tensor.detach, arguments), **keywords)


@mode_fault
def copies_inputs(module, made, as_it_stands):
    """Inputs are copied, so that what forward does to them in place is lost."""
    return lambda *arguments, **keywords: made(*_of_tensors(torch.Tensor.clone, arguments), **keywords)


@mode_fault
def casts_inputs(module, made, as_it_stands):
    """Inputs go through bfloat16."""

    def cast(tensor):
        return tensor.bfloat16().to(tensor.dtype) if _is_floating(tensor) else tensor

    return lambda *arguments, **keywords: made(*_of_tensors(cast, arguments), **keywords)


# What comes out.


@mode_fault
def detaches_results(module, made, as_it_stands):
    """Results are detached."""
    return lambda *arguments, **keywords: _of_tensors(torch.Tensor.detach, made(*arguments, **keywords))


@mode_fault
def copies_results(module, made, as_it_stands):
    """Results are copies, so that an input that is returned is another tensor."""
    return lambda *arguments, **keywords: _of_tensors(torch.Tensor.clone, made(*arguments, **keywords))


@mode_fault
def returns_lists_as_tuples(module, made, as_it_stands):
    """A list that forward returns becomes a tuple."""

    def call(*arguments, **keywords):
        result = made(*arguments, **keywords)
        return tuple(result) if isinstance(result, list) else result

    return call


@mode_fault
def rounds_results(module, made, as_it_stands):
    """Results are rounded to whole numbers."""

    def rounded(tensor):
        return tensor + (tensor.detach().round() - tensor.detach()) if _is_floating(tensor) else tensor

    return lambda *arguments, **keywords: _of_tensors(rounded, made(*arguments, **keywords))


@mode_fault
def returns_named_tuples_as_tuples(module, made, as_it_stands):
    """A named tuple that forward returns becomes a plain one."""

    def call(*arguments, **keywords):
        result = made(*arguments, **keywords)
        return tuple(result) if isinstance(result, tuple) else result

    return call


# What is around the call.


@contextmanager
def _as_before(get: Callable[[], Any], put: Callable[[Any], Any]) -> Iterator[None]:
    before = get()
    yield
    put(before)


@mode_fault
def turns_gradients_off(module, made, as_it_stands):
    """The call is made under no_grad."""
    return torch.no_grad()(lambda *arguments, **keywords: made(*arguments, **keywords))


@mode_fault
def turns_gradients_on(module, made, as_it_stands):
    """The call is made with gradients enabled, also under no_grad."""
    return torch.enable_grad()(lambda *arguments, **keywords: made(*arguments, **keywords))


@mode_fault
def leaves_the_generator_as_it_was(module, made, as_it_stands):
    """What the call draws at random is drawn again by the next."""

    def call(*arguments, **keywords):
        with _as_before(torch.get_rng_state, torch.set_rng_state):
            return made(*arguments, **keywords)

    return call


@mode_fault
def swallows_errors(module, made, as_it_stands):
    """A call that raises returns None."""

    def call(*arguments, **keywords):
        try:
            return made(*arguments, **keywords)
        except Exception:
            return None

    return call


@mode_fault
def raises_an_error_of_its_own(module, made, as_it_stands):
    """What a call raises becomes a RuntimeError of the same words."""

    def call(*arguments, **keywords):
        try:
            return made(*arguments, **keywords)
        except Exception as error:
            raise RuntimeError(*error.args) from None

    return call


@mode_fault
def raises_without_words(module, made, as_it_stands):
    """What a call raises says nothing."""

    def call(*arguments, **keywords):
        try:
            return made(*arguments, **keywords)
        except Exception as error:
            error.args = ()
            raise

    return call


@mode_fault
def tries_again(module, made, as_it_stands):
    """A call that raises is made again, as the Module stands."""

    def call(*arguments, **keywords):
        try:
            return made(*arguments, **keywords)
        except Exception:
            return as_it_stands(*arguments, **keywords)

    return call


@mode_fault
def warns(module, made, as_it_stands):
    """Each call warns, as torch does."""

    def call(*arguments, **keywords):
        warnings.warn("called", stacklevel=2)
        return made(*arguments, **keywords)

    return call
