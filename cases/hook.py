"""Section "Hook" of the article: watching and changing what passes through a Module."""

from module_drift.case import case

from .models import differentiate, scaled_pow_log_model, show_parameters


def _show_with(show, model, handle, device):
    """Run forwards and backwards with the hook of `handle`, remove it, and show the results."""
    show_results = differentiate(show, model, device)
    handle.remove()
    show_results()
    show_parameters(show, model)


@case("hook/code-1")
def forward_pre_hook_replaces_the_input(show, device):
    """A forward pre-hook sees a child's positional inputs as a tuple, and may return others."""
    model = scaled_pow_log_model(device)

    def double_first_input(module, inputs):
        show("input", inputs)
        first, *rest = inputs
        return (2 * first, *rest)

    _show_with(show, model, model.logModel.register_forward_pre_hook(double_first_input), device)


@case("hook/code-2")
def forward_hook_replaces_the_output(show, device):
    """A forward hook sees a child's inputs and output, and may return another output."""
    model = scaled_pow_log_model(device)

    def double_output(module, inputs, output):
        show("input", inputs)
        show("output", output)
        return 2 * output

    _show_with(show, model, model.logModel.register_forward_hook(double_output), device)


@case("hook/code-3")
def legacy_backward_hook_sees_the_last_operation(show, device):
    """register_backward_hook hands over the inputs' gradients of forward's last operation, not of the Module."""
    model = scaled_pow_log_model(device)

    def watch_gradients(module, grad_input, grad_output):
        show("grad_input", grad_input)
        show("grad_output", grad_output)
        return grad_input

    _show_with(show, model, model.powModel.register_backward_hook(watch_gradients), device)
