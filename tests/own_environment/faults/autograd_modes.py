"""Faults of grad modes, of anomaly detection, of saved tensors, and of autograd Functions of one's own."""

from torch import Tensor, nn
from torch.autograd import Function, anomaly_mode, function, grad_mode, graph
from torch.autograd.function import BackwardCFunction, FunctionCtx
from torch.nn import functional as F
from torch.utils import _contextlib

from .fault import fault
from .injection import edit, insert

# Modes as decorators.


@fault("autograd/*-around-a-function", "autograd/no-grad-around-a-class", "autograd/no-grad-without-parentheses")
def decorated_function_runs_outside_of_its_mode(patch):
    """A function that is decorated with a mode runs outside of it."""
    edit(patch, _contextlib.context_decorator, {"with ctx_factory():": "if ctx_factory():"})


@fault("autograd/*-around-a-function")
def decorated_function_has_another_name(patch):
    """A function that is decorated with a mode loses its name."""
    edit(patch, _contextlib.context_decorator, {"@functools.wraps(func)\n": "\n"})


@fault("autograd/*-around-a-generator", "autograd/generator-closed-under-no-grad")
def decorated_generator_runs_outside_of_its_mode(patch):
    """A generator that is decorated with a mode runs outside of it."""
    edit(patch, _contextlib.context_decorator, {"if inspect.isgeneratorfunction(func):": "if False:"})


@fault("autograd/no-grad-around-a-coroutine")
def decorated_coroutine_runs_in_its_mode(patch):
    """A coroutine that is decorated with a mode runs in it."""

    insert(
        patch,
        _contextlib.context_decorator,
        "@functools.wraps(func)",
        "if inspect.iscoroutinefunction(func):",
        "    async def decorate_coroutine(*args, **kwargs):",
        "        with ctx_factory():",
        "            return await func(*args, **kwargs)",
        "    return decorate_coroutine",
    )


@fault("autograd/no-grad-around-a-class")
def decorated_class_warns_in_another_class(patch):
    """The warning about a class that is decorated with a mode is of another class."""
    edit(patch, _contextlib._DecoratorContextManager.__call__, {"FutureWarning,": "UserWarning,"})


@fault("autograd/no-grad-without-parentheses")
def mode_without_parentheses_is_refused(patch):
    """A mode is no decorator without parentheses."""
    edit(
        patch,
        _contextlib._NoParamDecoratorContextManager.__new__,
        {"return cls()(orig_func)": "raise TypeError('takes no arguments')"},
    )


@fault("autograd/no-grad-entered-twice")
def mode_entered_twice_remembers_the_first(patch):
    """A no_grad that is entered twice puts back what was before the first time."""
    edit(
        patch,
        grad_mode.no_grad.__enter__,
        {"torch.is_grad_enabled()": "self.__dict__.setdefault('first', torch.is_grad_enabled())"},
    )


@fault("autograd/set-grad-enabled-around-a-function")
def mode_outlives_the_decoration(patch):
    """A set_grad_enabled that decorates a function stays in force."""
    edit(patch, grad_mode.set_grad_enabled.__call__, {"torch._C._set_grad_enabled(self.prev)": "pass"})


# Inference mode.


@fault(
    "autograd/*inference*",
    "between-calls/inference-mode-first",
    "between-calls/inference-mode-second",
)
def inference_mode_is_no_grad(patch):
    """The inference mode does no more than no_grad does."""
    edit(
        patch,
        grad_mode.inference_mode.__enter__,
        {"torch._C._InferenceMode(self.mode)": "torch.set_grad_enabled(not self.mode)"},
    )


@fault("autograd/grad-mode-in-inference-mode")
def inference_mode_cannot_be_left(patch):
    """An inference_mode(False) within inference mode does nothing."""
    edit(
        patch,
        grad_mode.inference_mode.__enter__,
        {"_InferenceMode(self.mode)": "_InferenceMode(self.mode or torch.is_inference_mode_enabled())"},
    )


# Anomaly detection.


@fault("autograd/anomaly-of-nan")
def anomaly_detection_looks_for_no_nan(patch):
    """Anomaly detection lets NaN pass."""
    edit(patch, anomaly_mode.detect_anomaly.__enter__, {"(True, self.check_nan)": "(True, False)"})


@fault("autograd/anomaly-of-nan-unchecked")
def anomaly_detection_always_looks_for_nan(patch):
    """The check_nan of anomaly detection is ignored."""
    edit(patch, anomaly_mode.detect_anomaly.__enter__, {"(True, self.check_nan)": "(True, True)"})


@fault("autograd/anomaly-of-a-function-that-raises", "autograd/anomaly-detection-is-put-back")
def anomaly_detection_cannot_be_set(patch):
    """The mode of set_detect_anomaly is ignored."""
    edit(
        patch,
        anomaly_mode.set_detect_anomaly.__init__,
        {"torch.set_anomaly_enabled(mode, check_nan)": "torch.set_anomaly_enabled(False, check_nan)"},
    )


@fault("autograd/anomaly-detection-is-put-back")
def anomaly_detection_ends_with_the_inner_block(patch):
    """Anomaly detection is off after any block of it."""
    edit(patch, anomaly_mode.set_detect_anomaly.__exit__, {"(self.prev, ": "(False, "})


@fault("autograd/anomaly-of-nan*", "autograd/anomaly-detection-warns")
def anomaly_detection_warns_in_another_class(patch):
    """The warning about anomaly detection is of another class."""
    edit(patch, anomaly_mode.detect_anomaly.__init__, {"stacklevel=2": "RuntimeWarning, stacklevel=2"})


# Saved tensors.


@fault("autograd/saved-*", "autograd/saving-refused*", "hook/saved-tensors-hook-that-works-in-place")
def saved_tensors_have_no_hooks(patch):
    """The saved_tensors_hooks do nothing."""
    patch.setattr(graph.saved_tensors_hooks, "__enter__", lambda self: None)
    patch.setattr(graph.saved_tensors_hooks, "__exit__", lambda *_: None)


@fault("autograd/saving-refused*")
def saved_tensors_hooks_cannot_be_disabled(patch):
    """The disable_saved_tensors_hooks does nothing."""
    edit(
        patch,
        graph.disable_saved_tensors_hooks,
        {"torch._C._autograd._saved_tensors_hooks_disable(error_message)": "pass"},
    )


@fault("autograd/saved-and-mutated-where-that-is-allowed")
def mutated_tensor_is_not_cloned(patch):
    """Where saved tensors may be mutated, the backward pass goes by the new value."""
    edit(
        patch,
        graph._CloneArgBeforeMutateMode.__torch_dispatch__,
        {"ctx.original[handle].clone()": "ctx.original[handle]"},
    )


@fault("autograd/saved-under-no-grad")
def linear_records_under_no_grad(patch):
    """A Linear records a graph also under no_grad."""
    edit(
        patch,
        nn.Linear.forward,
        {"return F.linear(": "with torch.enable_grad():\n        return F.linear("},
    )


@fault(
    "autograd/saved-by-a-linear",
    "functional/linear-autograd-node-in-1d",
    "functional/linear-autograd-node-in-2d",
    "functional/linear-autograd-node-in-3d",
    "functional/linear-refuses-a-scalar",
    "functional/linear-refuses-another-dtype",
    "hook/legacy-backward-on-linear",
    "hook/legacy-backward-on-linear-of-batches",
)
def linear_computes_by_a_product(patch):
    """A Linear is a product and a sum, which save other tensors."""

    def linear(input, weight, bias=None):
        output = input @ weight.clone().t()
        return output if bias is None else output + bias

    patch.setattr(F, "linear", linear)


# Functions.


@fault("autograd/function-in-no-grad-of-its-own")
def backward_of_a_function_records(patch):
    """In the backward of a Function, gradients are recorded."""
    edit(
        patch,
        BackwardCFunction.apply,
        {"return user_fn(self, *args)": "with torch.enable_grad():\n        return user_fn(self, *args)"},
    )


@fault("autograd/function-whose-backward-returns-none-too-many")
def gradients_of_a_function_are_counted(patch):
    """A Function that returns None for more inputs than it has is refused."""
    edit(
        patch,
        BackwardCFunction.apply,
        {
            "return user_fn(self, *args)": "result = user_fn(self, *args)\n"
            "    if isinstance(result, tuple) and len(result) > len(self.needs_input_grad):\n"
            "        raise RuntimeError('too many gradients')\n"
            "    return result"
        },
    )


@fault(
    "autograd/function-whose-backward-returns-another-shape", "autograd/function-whose-backward-returns-a-larger-shape"
)
def gradient_of_another_shape_is_none(patch):
    """A gradient of a Function that has another shape than what the Function was given is none."""
    edit(
        patch,
        BackwardCFunction.apply,
        {
            "return user_fn(self, *args)": "result = user_fn(self, *args)\n"
            "    if isinstance(result, tuple) and isinstance(args[0], torch.Tensor):\n"
            "        given = args[0].shape\n"
            "        result = tuple(None if one is not None and one.shape != given else one for one in result)\n"
            "    return result"
        },
    )


@fault(
    "autograd/function-of-several-outputs",
    "hook/full-first-input-without-grad",
    "hook/full-pre-that-returns-none-for-one",
    "hook/ten-inputs-of-a-full-backward-hook",
    "hook/full-in-order",
    "hook/full-unused-and-no-tensors",
)
def function_is_given_none_for_zeros(patch):
    """The backward of a Function is given None for a gradient of zeros."""
    edit(
        patch,
        BackwardCFunction.apply,
        {
            "user_fn(self, *args)": "user_fn(self, *(one if one is None or one.any() else None for one in args))",
        },
    )


@fault("autograd/function-without-materialized-gradients")
def gradients_are_always_materialized(patch):
    """The backward of a Function is given zeros also where it wants None."""
    edit(patch, FunctionCtx.set_materialize_grads, {"self.materialize_grads = value": "pass"})


@fault("autograd/function-that-is-differentiable-once")
def function_differentiable_once_is_so_twice(patch):
    """A Function that is marked as differentiable once can be differentiated again."""
    edit(patch, function.once_differentiable, {"with torch.no_grad():": "if True:"})


@fault("autograd/function-without-backward")
def function_without_backward_raises_another_error(patch):
    """A Function without a backward raises a RuntimeError."""
    edit(patch, function._SingleLevelFunction.backward, {"NotImplementedError(": "RuntimeError("})


@fault("autograd/function-with-vjp")
def vjp_of_a_function_ignored(patch):
    """The vjp of a Function is ignored."""
    edit(
        patch,
        BackwardCFunction._get_user_fn,
        {"return vjp_fn if vjp_fn is not Function.vjp else backward_fn": "return backward_fn"},
    )


@fault("autograd/function-with-jvp")
def jvp_of_a_function_flipped(patch):
    """The jvp of a Function has the other sign."""
    edit(patch, BackwardCFunction.apply_jvp, {"return self._forward_cls": "return -self._forward_cls"})


@fault("autograd/func-grad-of-a-hooked-module")
def function_without_setup_context_raises_another_error(patch):
    """A Function without setup_context raises a TypeError under a transform."""
    edit(patch, Function.apply, {"raise RuntimeError(": "raise TypeError("})


@fault("autograd/module-kept-by-a-function", "module/graph-is-freed", "module/nothing-grows-with-backward-hooks")
def results_of_functions_stay_alive(patch):
    """What a Function returns is never freed."""
    kept = []
    original = Function.apply.__func__

    def apply(cls, *args, **keywords):
        result = original(cls, *args, **keywords)
        kept.append(result)
        return result

    patch.setattr(Function, "apply", classmethod(apply))


@fault("autograd/post-accumulate-hook-on-a-result")
def post_accumulate_hook_on_a_result_accepted(patch):
    """A post-accumulate hook may be registered on a result."""
    edit(patch, Tensor.register_post_accumulate_grad_hook, {"if self.grad_fn is not None:": "if False:"})


@fault(
    "autograd/view-of-a-function-changed-in-place",
    "autograd/input-returned-by-a-function-changed-in-place",
    "autograd/module-kept-by-a-function",
)
def results_of_functions_are_copies(patch):
    """What a Function returns is a copy, which may be changed in place."""
    original = Function.apply.__func__

    def apply(cls, *args, **keywords):
        result = original(cls, *args, **keywords)
        return result.clone() if isinstance(result, Tensor) else result

    patch.setattr(Function, "apply", classmethod(apply))
