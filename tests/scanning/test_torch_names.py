"""What is known of torch without it, held against the torch at hand, of which the data was written."""

import atexit
import functools
import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from module_drift.record.project import around
from module_drift.record.touches import parse
from module_drift.scanning import torch_api
from module_drift.scanning.torch_names import DATA, MODULE, NODE, TENSOR, ancestors, is_class, names, public

ROOT = Path(__file__).parents[2]

GONE = {"torch.nn.modules.module.ModuleAttributeError": "1.8.0"}
"""What causes speak of that the torch at hand has no more, with the release that removed it."""

OTHERS = "builtins.object"
"""An owner that stands for classes outside torch."""

MADE_OTHERWISE = re.compile(r"torch\.(\w+Tensor|autograd\.Variable)")
"""Classes whose objects are tensors, by a metaclass and not by derivation."""

NO_USER_HAS = re.compile(r"torch\.(\w*Type|Value|ScriptModule)|torch\.\w+Storage|.*Mixin")
"""Classes of torch's own making, of which nobody writes a name that might be something else."""


@functools.lru_cache(maxsize=None)
def torch_at_hand():
    """Return the process that knows it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scanning.torch_facts"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)
    return process


def ask(*questions):
    """Return the answers of the torch at hand to questions of torch_facts.py."""
    process = torch_at_hand()
    process.stdin.write(f"{json.dumps(questions)}\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the process ended; what it said stands above"
    return json.loads(answer)


def untrue(questions):
    """Return the questions that are not answered by yes."""
    return [tuple(question) for question, answer in zip(questions, ask(*questions)) if answer is not True]


def test_the_data_is_what_is_written_of_this_torch():
    """Else run `python -m tools.torch_names`."""
    assert json.loads(DATA.read_text(encoding="utf-8")) == ask(["data"])[0]


def test_each_name_of_the_tables_is_there():
    functions = {*torch_api.TENSOR_FUNCTIONS, *torch_api.NUMBER_FUNCTIONS, *torch_api.SAME} - {
        "copy.copy",
        "copy.deepcopy",
    }
    members = [(MODULE, one) for one in (*torch_api.CHAINED, *torch_api.OF_MODULES, *torch_api.MODULE_METHODS)]
    members += [(TENSOR, one) for one in (*torch_api.TENSOR_METHODS, *torch_api.OF_TENSORS)]
    members += [(owner, name) for name, owners in torch_api.OWNERS.items() for owner in owners - {OTHERS}]
    questions = [["is_there", one] for one in functions] + [["has", *one] for one in members]
    assert untrue(questions + [["chained", one] for one in torch_api.CHAINED]) == []


def test_nothing_is_said_by_hand_that_torch_declares():
    known = names()
    by_hand = {*torch_api.TENSOR_FUNCTIONS, *torch_api.NUMBER_FUNCTIONS}
    assert {name: known.functions[name] for name in by_hand if known.functions.get(name, "unknown") != "unknown"} == {}
    assert {
        one: known.methods[one] for one in torch_api.TENSOR_METHODS if known.methods.get(one, "unknown") != "unknown"
    } == {}


def test_other_spellings_are_the_same_thing():
    assert len(names().aliases) > 400
    assert (
        untrue([["is_same", name, public(name)] for name in names().aliases if public(name) == names().aliases[name]])
        == []
    )
    others = {name: public(name) for name in names().aliases if public(name) != names().aliases[name]}
    assert others == {}


def test_classes_derive_from_what_is_said():
    roots = (MODULE, TENSOR, "torch.optim.Optimizer", "torch.optim.lr_scheduler.LRScheduler")
    said = {name: ancestors(name)[1:] for name in names().classes if not MADE_OTHERWISE.fullmatch(name)}
    assert untrue([["derives", name, base] for name, bases in said.items() for base in bases]) == []
    unsaid = [(name, root) for name, bases in said.items() for root in roots if root not in (name, *bases)]
    answers = ask(*(["derives", *one] for one in unsaid))
    assert [one for one, answer in zip(unsaid, answers) if answer] == []


def test_names_of_classes_are_told_from_others():
    known = names()
    all_names = [*known.classes, *known.functions]
    assert [
        name
        for name, answer in zip(all_names, ask(*(["is_class", one] for one in all_names)))
        if answer != is_class(name)
    ] == []


def test_a_member_is_of_its_owners_alone():
    classes = [
        one
        for one in names().classes
        if "torch.autograd.Function" not in ancestors(one)  # Its objects are nodes.
        and not (NO_USER_HAS.fullmatch(one) or MADE_OTHERWISE.fullmatch(one))
    ]
    others = [
        (one, name)
        for name, owners in torch_api.OWNERS.items()
        for one in classes
        if OTHERS not in owners and not {*ancestors(one)} & owners
    ]
    nodes = {one for one, is_node in zip(classes, ask(*(["derives", one, NODE] for one in classes))) if is_node}
    answers = ask(*(["has", *one] for one in others))
    assert [one for one, answer in zip(others, answers) if answer and one[0] not in nodes] == []
    builtins = (dict, list, tuple, set, str, int, float, object, type, Exception)
    assert [(name, one) for name in torch_api.OWNERS for one in builtins if hasattr(one, name)] == []


def test_what_causes_speak_of_is_in_this_torch_or_declared_as_gone():
    causes = around(ROOT).record.read_causes()
    patterns = [parse(text) for cause in causes.values() for text in cause.get("touches", ())]
    spoken = {*(pattern.name for pattern in patterns), *chain(*(pattern.unless for pattern in patterns))}
    wanted = []
    for name in sorted(spoken - {*GONE}):
        owner, _, member = name.rpartition(".")
        if member.startswith("__"):  # It may be of the interpreter, such as that of copy.deepcopy.
            continue
        if "*" in owner:
            regex = re.compile(re.escape(owner).replace(r"\*", r"\w*"))
            wanted.append([["has", one, member] for one in names().classes if regex.fullmatch(one)])
        elif "*" in member:
            regex = re.compile(re.escape(name).replace(r"\*", r"\w*"))
            wanted.append([["is_there", one] for one in names().classes if regex.fullmatch(one)])
        else:
            wanted.append([["is_there", name]])
        assert wanted[-1], name
    assert untrue([one for some in wanted for one in some]) == []
    since = {
        name: {cause["since"] for cause in causes.values() if f"import {name}" in cause.get("touches", ())}
        for name in GONE
    }
    assert since == {name: {release} for name, release in GONE.items()}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("torch.nn.modules.container.Container", "torch.nn.Container"),
        ("torch.nn.modules.linear.Linear.weight", "torch.nn.Linear.weight"),
        ("torch.optim.lr_scheduler._LRScheduler", "torch.optim.lr_scheduler.LRScheduler"),
        ("torch.serialization.load", "torch.load"),
        ("torch.nn.functional.conv1d", "torch.nn.functional.conv1d"),
        ("torch.autograd.grad_mode.no_grad", "torch.no_grad"),
        ("numpy.load", "numpy.load"),
    ],
)
def test_the_public_spelling(spelling, name):
    assert public(spelling) == name
