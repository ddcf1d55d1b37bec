"""What a case leaves changed in the process of the cases is noticed, and what is no matter is not."""

import builtins
import contextlib
import copy
import functools
import io
import json
import os
import pickle
import re
import sys
import threading
import traceback
import warnings
from types import ModuleType, SimpleNamespace

import pytest
import torch

from module_drift import case as declaring
from module_drift.comparing.observation import Observation
from module_drift.observing import isolation, needed_api, observe, render, tampering

HELPER = ModuleType("helper_of_cases")
HELPER.Model = type("Model", (torch.nn.Module,), {"__module__": HELPER.__name__, "forward": lambda self, x: x})


class Same:
    """Says that it equals everything."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __call__(self, *_):
        return ""


@pytest.fixture(scope="module")
def spaces():
    sys.modules[HELPER.__name__] = HELPER
    yield [*tampering.observing_spaces(), *tampering.shown_spaces({HELPER.__name__})]
    del sys.modules[HELPER.__name__]


@pytest.fixture
def changes(spaces):
    """What tells of changes since the test began."""
    watching = tampering.watch([space._replace(before=dict(space.now)) for space in spaces])
    next(watching)
    return watching


# Where, and under which name, something is changed, and what it is called.
CHANGED = [
    (render, "text", "module_drift.observing.render.text"),
    (render, "repr", "module_drift.observing.render.repr"),
    (render, "torch", "module_drift.observing.render.torch"),
    (isolation, "SEED", "module_drift.observing.isolation.SEED"),
    (observe.Show, "__call__", "module_drift.observing.observe.Show.__call__"),
    (Observation, "__new__", "module_drift.comparing.observation.Observation.__new__"),
    (needed_api, "exists", "module_drift.observing.needed_api.exists"),
    (tampering, "watch", "module_drift.observing.tampering.watch"),
    (declaring, "case", "module_drift.case.case"),
    *((builtins, name, f"builtins.{name}") for name in ("repr", "print", "open", "str", "getattr", "isinstance")),
    (json, "dumps", "json.dumps"),
    (json.encoder.JSONEncoder, "encode", "json.encoder.JSONEncoder.encode"),
    (json.encoder, "isinstance", "json.encoder.isinstance"),
    (re, "compile", "re.compile"),
    (io, "TextIOWrapper", "io.TextIOWrapper"),
    (pickle, "loads", "pickle.loads"),
    (copy, "deepcopy", "copy.deepcopy"),
    (os, "write", "os.write"),
    (traceback, "extract_tb", "traceback.extract_tb"),
    (warnings.catch_warnings, "__enter__", "warnings.catch_warnings.__enter__"),
    (contextlib.ExitStack, "callback", "contextlib.ExitStack.callback"),
    (functools, "lru_cache", "functools.lru_cache"),
    (threading, "enumerate", "threading.enumerate"),
    (torch, "set_default_dtype", "torch.set_default_dtype"),
    (torch.Tensor, "__repr__", "torch.Tensor.__repr__"),
    (torch.Tensor, "tolist", "torch.Tensor.tolist"),
    (torch._tensor_str, "_str", "torch._tensor_str._str"),
    (torch.nn, "Linear", "torch.nn.Linear"),
    (torch.nn.Linear, "forward", "torch.nn.modules.linear.Linear.forward"),
    (torch.nn.Linear, "__call__", "torch.nn.modules.linear.Linear.__call__"),
    (torch.nn.functional, "relu", "torch.nn.functional.relu"),
    (HELPER.Model, "forward", "helper_of_cases.Model.forward"),
    (HELPER, "Model", "helper_of_cases.Model"),
]


@pytest.mark.parametrize(("owner", "name", "told"), CHANGED, ids=[told for *_, told in CHANGED])
def test_what_is_changed_is_named(changes, owner, name, told):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, lambda *_, **__: "", raising=False)
        found = next(changes)
    assert found == told


def test_what_equals_everything_does_not_hide(changes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "numbers", Same())
        found = next(changes)
    assert found == "module_drift.observing.render.numbers"


def test_what_is_taken_away_is_named(changes):
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(torch.nn.Linear, "extra_repr")
        found = next(changes)
    assert found == "torch.nn.modules.linear.Linear.extra_repr"


def test_the_code_of_a_function_counts_also_below_a_decorator(changes):
    function = isolation.clean_state.__wrapped__
    before = function.__code__
    function.__code__ = (lambda: iter(())).__code__
    found = next(changes)
    function.__code__ = before
    assert found == "the code of a function of module_drift"


@pytest.mark.parametrize("name", ["json", "torch", "torch.nn.functional"])
def test_another_module_by_a_name_is_noticed(changes, name):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, name, SimpleNamespace(dumps=lambda _: "{}"))
        found = next(changes)
    assert found == "sys.modules"


def test_what_is_no_matter_is_not_named_and_what_is_put_back_is_not(changes):
    torch.nn.Linear.note_of_a_test = "data"
    os.NOTE_OF_A_TEST = len
    vars(torch.nn.functional)["__warningregistry__"] = {}
    was, torch.Tensor.tolist = torch.Tensor.tolist, lambda self: []
    torch.Tensor.tolist = was
    if "tolist" in vars(torch.Tensor):
        del torch.Tensor.tolist
    assert next(changes) == ""
    del torch.nn.Linear.note_of_a_test, os.NOTE_OF_A_TEST


def test_what_torch_changes_in_itself_is_no_matter(changes):
    def of_torch(self):
        return ""

    of_torch.__module__ = "torch.optim.optimizer"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.Linear, "extra_repr", of_torch)
        assert next(changes) == ""
    assert next(changes) == ""
