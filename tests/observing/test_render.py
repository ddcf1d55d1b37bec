"""Rendering of what cases show."""

from collections import OrderedDict

import pytest
import torch

from module_drift.observing import render

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text stays", "text stays"),
        (["text", 1, None, True, 0.5], "['text', 1, None, True, 0.5]"),
        ((torch.tensor(1.0),), "(tensor(1.),)"),
        ((), "()"),
        ({"a": torch.tensor(2)}, "{'a': tensor(2)}"),
        (OrderedDict(), "OrderedDict([])"),
        (OrderedDict(a=torch.tensor(1.5)), "OrderedDict([('a', tensor(1.5000))])"),
        ([(1, OrderedDict(b=[2]))], "[(1, OrderedDict([('b', [2])]))]"),
        (torch.Size([2, 3]), "torch.Size([2, 3])"),
        (torch.nn.ReLU(), "ReLU()"),
        ([torch.nn.Parameter(torch.tensor(1.0))], "[Parameter containing:\ntensor(1., requires_grad=True)]"),
    ],
)
def test_text_is_as_print_gives_it_on_python_3_8(value, text):
    assert render.text(value, CPU) == text


def test_the_runs_own_device_is_left_out():
    tensor = torch.empty(2, device="meta")
    assert "device='meta'" in render.text(tensor, CPU)
    assert "device" not in render.text([tensor], torch.device("meta"))


def test_a_tensor_left_on_the_cpu_shows_where_the_run_is_elsewhere():
    tensor = torch.tensor(1.0, requires_grad=True)
    assert render.text((tensor,), torch.device("cuda", 0)) == "(tensor(1., requires_grad=True, device='cpu'),)"
    assert render.text(tensor, CPU) == "tensor(1., requires_grad=True)"


def test_numbers_nest_as_what_was_shown():
    third = torch.tensor(1.0) / 3
    assert render.numbers("x", (third,)) == [["x", 0.3333333432674408]]
    assert render.numbers("x", ((third, None, torch.ones(2, 1)),)) == [["x", [0.3333333432674408, [[1.0], [1.0]]]]]
    assert render.numbers("x", (OrderedDict(a=third, b="text"),)) == [["x", [0.3333333432674408]]]
    assert render.numbers("x", (3, 0.5)) == [["x", [3, 0.5]]]
    assert render.numbers("x", ("text", None, True)) == []


def test_numbers_name_a_dtype_that_is_not_float32():
    assert render.numbers("n", (torch.tensor([1, 2]),)) == [["n", [1, 2], "int64"]]
    assert render.numbers("b", (torch.tensor(True),)) == [["b", True, "bool"]]
    assert render.numbers("d", ([torch.tensor(1.0, dtype=torch.float64)],)) == [["d", [1.0], "float64"]]
    assert render.numbers("c", (torch.tensor(1 + 2j),)) == [["c", [1.0, 2.0], "complex64"]]
    mixed = (torch.tensor(1.0), torch.tensor(1), 2)
    assert render.numbers("m", (mixed,)) == [["m", [1.0, 1, 2], ["float32", "int64", None]]]
