"""What becomes of a Module that is set up in another way than it expects, and what its errors hide."""

import torch
from torch.nn import Module, Parameter

from module_drift.case import case

from ..shared.models import PowModel
from ..shared.refusals import refusal, type_of_refusal


class _Uninitialized(Module):
    """Does not call Module.__init__."""

    def __init__(self):
        pass


@case("module/init-not-called")
def a_module_whose_init_was_not_called(show, device):
    """Without a call of Module's __init__, children, parameters and buffers are refused and plain values are not."""
    tensor = torch.tensor(1.0, device=device)
    show("child", refusal(setattr, _Uninitialized(), "powModel", PowModel()))
    show("parameter", refusal(setattr, _Uninitialized(), "powParam", Parameter(tensor)))
    show("buffer", refusal(_Uninitialized().register_buffer, "powBuff", tensor))
    show("number", refusal(setattr, _Uninitialized(), "q", 3.0))


@case("module/init-given-arguments")
def a_module_refuses_arguments(show, device):
    """Module itself and a subclass without an __init__ of its own take no arguments, by position or by keyword."""
    show("Module by position", type_of_refusal(Module, 5.0))
    show("Module by keyword", type_of_refusal(lambda: Module(q=5.0)))
    show("subclass by position", type_of_refusal(PowModel, 5.0))
    show("subclass by keyword", type_of_refusal(lambda: PowModel(q=5.0)))


@case("module/own-setattr-during-init")
def a_setattr_of_ones_own_does_not_see_what_init_sets(show, device):
    """A __setattr__ of one's own is not called for what Module's __init__ sets, such as training."""
    seen = []

    class Watched(Module):
        def __setattr__(self, name, value):
            seen.append(name)
            super().__setattr__(name, value)

    model = Watched()
    show("during init", "training seen" if "training" in seen else "training not seen")
    seen.clear()
    model.eval()
    show("during eval", seen)


class _Counting:
    """Has nothing to do with Modules, and something to set up."""

    def __init__(self, start=0):
        super().__init__()
        self.count = start


@case("module/call-super-init-reaches-a-mixin", needs="torch.nn.Module.call_super_init")
def call_super_init_sets_up_a_mixin(show, device):
    """Module's __init__ calls that of the class next in line, such as a mixin, only where call_super_init says so."""

    class CountingModel(PowModel, _Counting):
        pass

    class CallingModel(PowModel, _Counting):
        call_super_init = True

    show("by default", "set up" if "count" in vars(CountingModel()) else "not set up")
    show("asked to", "set up" if "count" in vars(CallingModel()) else "not set up")
    show("argument by default", refusal(lambda: CountingModel(start=3)))
    show("argument asked to", CallingModel(start=3).count)


class _Misspelt(Module):
    """Has a property that asks for an attribute which does not exist."""

    @property
    def scale(self):
        return self.powParm


@case("module/property-that-misses-an-attribute")
def a_property_that_misses_an_attribute_is_blamed_itself(show, device):
    """An AttributeError inside a property names the property as missing, and not the attribute that is."""
    show("raises", refusal(getattr, _Misspelt(), "scale"))
    show("hasattr", "yes" if hasattr(_Misspelt(), "scale") else "no")
