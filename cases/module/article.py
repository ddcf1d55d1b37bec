"""Section "Module" of the article: what a Module knows of the Modules inside it."""

from collections import OrderedDict

import torch
from torch.nn import Identity, Module, ModuleDict, ModuleList, Parameter

from module_drift.case import case

from ..shared.models import LogModel, PowLogModel, PowModel, ScaledPowModel, differentiate
from ..shared.refusals import refusal, type_of_refusal


class _WholeModel(Module):
    """The chain in one forward, without children."""

    def forward(self, x, q):
        return torch.log(x**q)


class _InList(PowLogModel):
    """Keeps its children in a list, of the type given."""

    def __init__(self, kind):
        Module.__init__(self)
        self.modelList = kind([PowModel(), LogModel()])

    def parts(self):
        return self.modelList


class _InListAndAdded(_InList):
    """Keeps its children in a plain list and registers them by hand."""

    def __init__(self):
        super().__init__(list)
        for name, child in zip(["powModel", "logModel"], self.modelList):
            self.add_module(name, child)


class _InDict(PowLogModel):
    """Keeps its children in a dictionary, of the type given."""

    def __init__(self, kind):
        Module.__init__(self)
        self.modelDict = kind({"powModel": PowModel(), "logModel": LogModel()})

    def parts(self):
        return self.modelDict["powModel"], self.modelDict["logModel"]


def _show_results_and_children(show, model, device):
    differentiate(show, model, device)()
    show("powLogModel.named_children", list(model.named_children()))


@case("module/code-1")
def calling_a_module_runs_its_forward(show, device):
    """Calling a Module runs the forward that its class defines, and gradients flow through it."""
    differentiate(show, _WholeModel(), device)()


@case("module/code-2")
def modules_set_as_attributes_become_children(show, device):
    """Modules that are set as attributes are known to the Module as its children."""
    _show_results_and_children(show, PowLogModel(PowModel(), LogModel()), device)


@case("module/code-3")
def modules_in_a_plain_list_are_no_children(show, device):
    """Modules kept in a plain list compute the same, but are not known as children."""
    _show_results_and_children(show, _InList(list), device)


@case("module/code-4")
def add_module_registers_children(show, device):
    """Modules kept in a plain list become children when add_module registers each by hand."""
    _show_results_and_children(show, _InListAndAdded(), device)


@case("module/code-5")
def module_list_is_a_child_that_holds_modules(show, device):
    """A ModuleList is a child itself, and shows the Modules that it holds."""
    _show_results_and_children(show, _InList(ModuleList), device)


@case("module/code-6")
def modules_in_a_plain_dict_are_no_children(show, device):
    """Modules kept in a plain dictionary compute the same, but are not known as children."""
    _show_results_and_children(show, _InDict(dict), device)


@case("module/code-7")
def module_dict_is_a_child_that_holds_modules(show, device):
    """A ModuleDict is a child itself, and shows the Modules that it holds, in an order that drifted."""
    _show_results_and_children(show, _InDict(ModuleDict), device)


def _names(named):
    return [name for name, _ in named]


# Calling a Module.


@case("module/forward-takes-keyword-arguments", example="module/code-1")
def calling_passes_keyword_arguments_to_forward(show, device):
    """Calling a Module passes keyword arguments to forward by their names."""
    x = torch.tensor(5.0, device=device)
    q = torch.tensor(3.0, device=device)
    show("one by keyword", _WholeModel()(x, q=q))
    show("both by keyword", _WholeModel()(q=q, x=x))


@case("module/same-numbers-as-a-plain-function", example="module/code-1")
def a_module_computes_as_a_plain_function_does(show, device):
    """A Module gives the same output and the same gradients as a plain function of the same computation."""
    for label, compute in [("function", lambda x, q: torch.log(x**q)), ("Module", _WholeModel())]:
        x = torch.tensor(5.0, device=device, requires_grad=True)
        q = torch.tensor(3.0, device=device, requires_grad=True)
        z = compute(x, q)
        z.backward()
        show(label, z.detach(), x.grad, q.grad)


@case("module/call-without-forward", example="module/code-1")
def calling_a_module_without_forward_raises(show, device):
    """Calling a Module whose class defines no forward raises NotImplementedError."""

    class Unfinished(Module):
        pass

    show("raises", refusal(Unfinished(), torch.tensor(5.0, device=device)))


# Setting and getting attributes.


class _Watched(Module):
    """Remembers which of its methods were called to register something."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def add_module(self, name, module):
        self.calls.append(f"add_module {name}")
        super().add_module(name, module)

    def register_parameter(self, name, param):
        self.calls.append(f"register_parameter {name}")
        super().register_parameter(name, param)


@case("module/set-child-does-not-call-add-module", example="module/code-2")
def setting_a_child_does_not_call_add_module(show, device):
    """Setting a Module as an attribute makes it a child without a call of add_module."""
    model = _Watched()
    model.powModel = PowModel()
    show("calls", model.calls)
    show("children", _names(model.named_children()))


@case("module/set-parameter-calls-register-parameter", example="module/code-2")
def setting_a_parameter_calls_register_parameter(show, device):
    """Setting a Parameter as an attribute registers it by a call of register_parameter."""
    model = _Watched()
    model.powParam = Parameter(torch.tensor(1.0, device=device))
    show("calls", model.calls)
    show("parameters", _names(model.named_parameters()))


@case("module/set-tensor-registers-nothing", example="module/code-2")
def setting_a_plain_tensor_registers_nothing(show, device):
    """A plain tensor that is set as an attribute is neither a parameter nor a buffer."""
    model = PowModel()
    model.powTensor = torch.tensor(1.0, device=device)
    show("attribute", model.powTensor)
    show("parameters", _names(model.named_parameters()))
    show("buffers", _names(model.named_buffers()))


@case("module/set-child-to-none", example="module/code-2")
def a_child_set_to_none_keeps_its_place(show, device):
    """A child that is set to None is listed no longer, and its name keeps its place for a later child."""
    model = PowLogModel(PowModel(), LogModel())
    model.powModel = None
    show("set to None", list(model.named_children()))
    model.powModel = PowModel()
    show("set again", list(model.named_children()))


@case("module/set-child-over-plain-attribute", example="module/code-2")
def a_child_takes_over_the_name_of_a_plain_attribute(show, device):
    """A Module that is set over a plain attribute becomes a child, and the plain attribute is gone."""
    model = Module()
    model.powModel = None
    show("plain", "in vars" if "powModel" in vars(model) else "not in vars", _names(model.named_children()))
    model.powModel = PowModel()
    show("child", "in vars" if "powModel" in vars(model) else "not in vars", _names(model.named_children()))


@case("module/set-parameter-over-child", example="module/code-2")
def a_parameter_takes_over_the_name_of_a_child(show, device):
    """A Parameter that is set over a child takes its name, and the child is unregistered."""
    model = PowLogModel(PowModel(), LogModel())
    model.powModel = Parameter(torch.tensor(1.0, device=device))
    show("parameters", _names(model.named_parameters()))
    show("children", _names(model.named_children()))


@case("module/set-other-over-parameter-raises", example="module/code-2")
def the_name_of_a_parameter_refuses_other_values(show, device):
    """The name of a Parameter refuses a number as well as a Module."""
    model = ScaledPowModel(device)
    show("number", refusal(setattr, model, "powParam", 2.0))
    show("Module", refusal(setattr, model, "powParam", Identity()))


@case("module/set-list-over-child-raises", example="module/code-2")
def the_name_of_a_child_refuses_a_list(show, device):
    """The name of a child refuses a plain list, even a list of Modules."""
    model = PowLogModel(PowModel(), LogModel())
    show("list", refusal(setattr, model, "powModel", [PowModel()]))


@case("module/get-missing-attribute", example="module/code-2")
def a_missing_attribute_raises(show, device):
    """An attribute that is neither set nor registered raises an AttributeError that names it and the class."""
    show("raises", refusal(getattr, PowModel(), "powParam"))


@case("module/repr-of-nested-children", example="module/code-2")
def the_repr_of_a_module_nests_that_of_its_children(show, device):
    """The repr of a Module has a line for each child, with that child's own children indented below it."""
    show("model", PowLogModel(PowLogModel(PowModel(), LogModel()), LogModel()))


# Modules that a plain list or dictionary hides.


class _Hiding(Module):
    """Keeps three Modules of a parameter each: one as an attribute, one in a plain list, one in a plain dictionary."""

    def __init__(self, device):
        super().__init__()
        self.powModel = ScaledPowModel(device)
        self.modelList = [ScaledPowModel(device)]
        self.modelDict = {"powModel": ScaledPowModel(device)}

    def hidden(self):
        """Return the two that are hidden, with the place where each is kept."""
        return [("in list", self.modelList[0]), ("in dict", self.modelDict["powModel"])]

    def kept(self):
        """Return all three, with the place where each is kept."""
        return [("as attribute", self.powModel), *self.hidden()]


@case("module/plain-containers-hide-parameters", example="module/code-3")
def modules_in_plain_containers_hide_their_parameters(show, device):
    """The parameters of Modules in a plain list or dictionary are missing from named_parameters."""
    show("parameters", _names(_Hiding(device).named_parameters()))


@case("module/plain-containers-hide-state", example="module/code-3")
def modules_in_plain_containers_are_not_saved(show, device):
    """The state of Modules in a plain list or dictionary is missing from state_dict."""
    show("state", _Hiding(device).state_dict())


@case("module/plain-containers-miss-conversion", example="module/code-3")
def modules_in_plain_containers_are_not_converted(show, device):
    """A conversion such as double leaves out Modules in a plain list or dictionary."""
    for place, module in _Hiding(device).double().kept():
        show(place, module.powParam.dtype)


@case("module/plain-containers-miss-eval", example="module/code-3")
def modules_in_plain_containers_stay_in_training_mode(show, device):
    """Calling eval leaves Modules in a plain list or dictionary in training mode."""
    for place, module in _Hiding(device).eval().kept():
        show(place, "training" if module.training else "evaluating")


@case("module/plain-containers-miss-zero-grad", example="module/code-3")
def modules_in_plain_containers_keep_their_gradients(show, device):
    """Calling zero_grad leaves the gradients of Modules in a plain list or dictionary as they are."""
    model = _Hiding(device)
    # Not the one that zero_grad reaches: whether that has a gradient of zero or none is another matter.
    for _, module in model.hidden():
        module(5.0, 3.0).backward()
    model.zero_grad()
    for place, module in model.hidden():
        show(place, module.powParam.grad)


@case("module/plain-containers-miss-apply", example="module/code-3")
def modules_in_plain_containers_are_not_visited_by_apply(show, device):
    """Calling apply does not visit Modules in a plain list or dictionary."""
    visited = []
    model = _Hiding(device).apply(visited.append)
    for place, module in model.kept():
        show(place, "visited" if module in visited else "not visited")


# Registering by hand.


@case("module/add-module-keeps-the-instance", example="module/code-4")
def add_module_registers_the_very_instance(show, device):
    """The attribute that add_module sets is the very Module that was given, and no copy."""
    model = _InListAndAdded()
    for name, module in zip(["powModel", "logModel"], model.modelList):
        show(name, "same" if getattr(model, name) is module else "other")


@case("module/add-module-refuses-names", example="module/code-4")
def add_module_refuses_names(show, device):
    """A name that is empty, has a dot in it or is that of a method is refused by add_module."""
    for label, name in [("empty", ""), ("dotted", "pow.model"), ("method", "forward")]:
        show(label, refusal(PowLogModel(PowModel(), LogModel()).add_module, name, PowModel()))


# ModuleList as a list.


@case("module/module-list-reads-as-a-list", example="module/code-5")
def a_module_list_reads_as_a_list(show, device):
    """A ModuleList has a length and is iterated, indexed, sliced and searched as a list is."""
    models = ModuleList([PowModel(), LogModel()])
    show("len", len(models))
    show("list", list(models))
    show("first", models[0])
    show("last", models[-1])
    show("slice", models[::-1])
    show("in", models[1] in models, PowModel() in models)
    show("out of range", refusal(lambda: models[2]))


@case("module/module-list-grows-as-a-list", example="module/code-5")
def a_module_list_grows_as_a_list(show, device):
    """A ModuleList takes more Modules by append, extend, insert and the in-place addition, and numbers them anew."""
    models = ModuleList([PowModel()])
    models.append(LogModel())
    show("append", list(models.named_children()))
    models.extend([LogModel(), PowModel()])
    show("extend", list(models.named_children()))
    models.insert(1, Identity())
    show("insert", list(models.named_children()))
    models += [Identity()]
    show("addition", list(models.named_children()))


@case("module/module-list-renumbers-after-deletion", example="module/code-5")
def a_module_list_renumbers_after_deletion(show, device):
    """A ModuleList closes the gap in its numbering when an item or a slice is deleted."""
    models = ModuleList([PowModel(), LogModel(), PowModel(), Identity()])
    del models[0]
    show("item", list(models.named_children()))
    del models[:2]
    show("slice", list(models.named_children()))


@case("module/module-list-insert-at-negative-index", example="module/code-5")
def a_module_list_does_not_insert_from_the_end(show, device):
    """A ModuleList raises KeyError at a negative index of insert, where a list counts from its end."""
    models = ModuleList([PowModel(), LogModel()])
    show("insert", type_of_refusal(models.insert, -1, Identity()))


@case("module/module-list-insert-beyond-the-end", example="module/code-5")
def a_module_list_leaves_a_gap_when_inserting_beyond_its_end(show, device):
    """A Module that is inserted beyond the end of a ModuleList gets the given index for its name, and leaves a gap."""
    models = ModuleList([PowModel(), LogModel()])
    models.insert(5, Identity())
    show("names", _names(models.named_children()))


@case("module/module-list-has-no-forward", example="module/code-5")
def a_module_list_cannot_be_called(show, device):
    """A ModuleList is a Module without a forward of its own, so that calling it raises."""
    models = ModuleList([PowModel(), LogModel()])
    show("raises", type_of_refusal(models, torch.tensor(5.0, device=device)))


@case("module/module-list-repr-of-repeats", example="module/code-5")
def the_repr_of_a_module_list_with_repeats(show, device):
    """Modules of the same repr in a row have a line each in the repr of a ModuleList, or share one since it drifted."""
    show("models", ModuleList([PowModel(), PowModel(), LogModel(), PowModel()]))


# ModuleDict as a dictionary.


def _pairs():
    """Return names and Modules in an order that is not the alphabet's."""
    return [("powModel", PowModel()), ("logModel", LogModel())]


@case("module/module-dict-reads-as-a-dict", example="module/code-7")
def a_module_dict_reads_as_a_dictionary(show, device):
    """A ModuleDict has a length, keys, values and items, and is iterated, indexed and searched as a dictionary is."""
    models = ModuleDict(_pairs())
    show("len", len(models))
    show("iteration", list(models))
    show("keys", list(models.keys()))
    show("values", list(models.values()))
    show("items", list(models.items()))
    show("logModel", models["logModel"])
    show("in", "powModel" in models, "expModel" in models)


@case("module/module-dict-order-of-dict", example="module/code-7")
def a_module_dict_is_updated_from_a_dictionary(show, device):
    """The update of a ModuleDict from a plain dictionary adds its Modules in an order that drifted."""
    models = ModuleDict({"sqrtModel": Identity()})
    models.update(dict(_pairs()))
    show("keys", list(models.keys()))


@case("module/module-dict-order-of-ordered-dict-and-pairs", example="module/code-7")
def a_module_dict_keeps_the_order_of_an_ordered_dict_and_of_pairs(show, device):
    """The update of a ModuleDict from an OrderedDict or from pairs keeps their order."""
    for label, source in [("OrderedDict", OrderedDict(_pairs())), ("pairs", _pairs())]:
        models = ModuleDict()
        models.update(source)
        show(label, list(models.keys()))


@case("module/module-dict-from-module-dict", example="module/code-7")
def a_module_dict_is_updated_from_a_module_dict(show, device):
    """A ModuleDict can be updated from another ModuleDict, which the first releases refuse."""
    models = ModuleDict()
    show("update", refusal(models.update, ModuleDict(_pairs())))
    show("items", list(models.items()))


@case("module/module-dict-overwrites-in-place", example="module/code-7")
def a_module_dict_overwrites_in_place(show, device):
    """A Module that is stored in a ModuleDict under a key it has takes the place of the old one in the order."""
    models = ModuleDict(_pairs())
    models["powModel"] = Identity()
    show("items", list(models.items()))


@case("module/module-dict-shrinks-as-a-dict", example="module/code-7")
def a_module_dict_shrinks_as_a_dictionary(show, device):
    """A ModuleDict loses Modules by del, by pop, which returns the Module, and by clear."""
    models = ModuleDict([*_pairs(), ("sqrtModel", Identity())])
    del models["powModel"]
    show("del", list(models.keys()))
    show("popped", models.pop("logModel"))
    show("pop", list(models.keys()))
    models.clear()
    show("clear", list(models.keys()))
