"""The tool that makes mutants of torch's sources: what it changes, where, and that nothing else does."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import libcst as cst
import pytest
import torch

from module_drift.common.errors import InputError
from module_drift.comparing.observation import Observation
from module_drift.finding.discovery import discover
from module_drift.observing.isolation import clean_state
from tools.mutants import children, executed, operators, report, sorting, tally, trial
from tools.mutants.sources import Mutant, Patch, Source
from tools.mutants.tally import KILLED, NEVER, SURVIVED, TIMED_OUT, Outcome

ROOT = Path(__file__).parents[3]
SECONDS = 10.0


def mutated(code):
    """Return the code with each of its mutations."""
    module = cst.parse_module(code)
    found = []

    def walk(node):
        found.extend(module.deep_replace(old, new).code for old, new in operators.changes(node))
        for child in node.children:
            walk(child)

    walk(module)
    return found


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("if a: b", {"if (a) and False: b", "if (a) or True: b"}),
        ("while a: b", {"while (a) and False: b", "while (a) or True: b"}),
        ("x = [b for b in c if b]", {"x = [b for b in c if (b) and False]", "x = [b for b in c if (b) or True]"}),
        ("x = a < b", {"x = a <= b"}),
        ("x = a is b", {"x = a is not b"}),
        ("x = a in b", {"x = a not in b"}),
        ("x = not a", {"x = a"}),
        ("x = a and b", {"x = a or b"}),
        ("x = a + 1", {"x = a - 1", "x = a + 2"}),
        ("a = b", {"a = None"}),
        ("x = 'a'", {"x = 'XXaXX'"}),
        ("x = True", {"x = False"}),
        ("x += a", {"x -= a", "x = a"}),
        ("a.b = c", {"a.b = None", "pass"}),
        ("f(a)", {"pass"}),
        ("del a[b]", {"pass"}),
        ("assert a", {"pass"}),
        ("def f(): return a", {"def f(): return None"}),
        ("def f(): return None", set()),
        ("raise KeyError(a)", {"pass", "raise ArithmeticError(a)"}),
        ("raise KeyError", {"pass", "raise ArithmeticError"}),
        ("raise", {"pass"}),
        ("try: a\nexcept KeyError: b", {"try: a\nexcept ArithmeticError: b"}),
    ],
)
def test_each_operator_makes_its_mutants(code, expected):
    of_statements = {"try: pass\nexcept KeyError: b", "try: a\nexcept KeyError: pass", "if a: pass", "while a: pass"}
    assert set(mutated(code)) - of_statements - {"x = None"} == expected


@functools.cache
def source_of(name):
    return Source(name)


@functools.cache
def mutants_of(name):
    return list(source_of(name).mutants())


@pytest.fixture
def dropout():
    return source_of("nn/modules/dropout.py")


def find(source, after):
    """Return the one mutant with the code `after`."""
    (mutant,) = [mutant for mutant in mutants_of(source.name) if mutant.after == after]
    return mutant


def in_child(source, mutant, function):
    """Return what `function` returns where the mutant is in place."""

    def run():
        source.apply(mutant.first_line, mutant.patch)
        return function()

    return children.one(run)


def drop(p):
    try:
        return torch.nn.Dropout(p).p
    except Exception as error:
        return type(error).__name__


def test_a_mutant_changes_the_running_function_of_its_child_only(dropout):
    before = dropout.path.read_bytes()
    accepts_all = find(dropout, "if (p < 0 or p > 1) and False:")
    assert in_child(dropout, accepts_all, lambda: drop(2.0)) == 2.0
    assert drop(2.0) == "ValueError"
    assert dropout.path.read_bytes() == before
    other = find(dropout, "raise ArithmeticError(")
    assert in_child(dropout, other, lambda: drop(2.0)) == "ArithmeticError"


def test_a_mutant_may_lose_the_use_of_super(dropout):
    (mutant,) = [m for m in mutants_of(dropout.name) if m.before == "super().__init__()" and m.after == "pass"]
    assert in_child(dropout, mutant, lambda: torch.nn.Dropout().__dict__) == {"p": 0.5, "inplace": False}
    assert "training" in torch.nn.Dropout().__dict__


def test_a_default_is_mutated_where_the_function_holds_it(dropout):
    def default():
        return torch.nn.Dropout().inplace

    (mutant,) = [m for m in mutants_of(dropout.name) if m.patch.parameter == "inplace"]
    assert in_child(dropout, mutant, default) is True
    assert default() is False


def test_a_default_of_a_parameter_by_keyword_is_mutated():
    source = source_of("nn/parameter.py")
    (mutant,) = [
        m for m in mutants_of(source.name) if m.function == "Buffer.__new__" and m.patch.parameter == "persistent"
    ]
    assert in_child(source, mutant, lambda: torch.nn.Buffer(torch.ones(1)).persistent) is False


def test_methods_properties_and_nested_functions_are_found():
    functions = {mutant.function for mutant in mutants_of("nn/modules/module.py")}
    assert {"Module._call_impl.inner", "Module.to.convert", "Module._apply.compute_should_use_set_data"} <= functions
    functions = {mutant.function for mutant in mutants_of("nn/modules/batchnorm.py")}
    assert "SyncBatchNorm.convert_sync_batchnorm" in functions  # A classmethod.


def test_every_mutant_compiles_to_something_else_at_its_line(dropout):
    for mutant in mutants_of(dropout.name):
        assert mutant.before != mutant.after
        assert mutant.before.split()[0] in dropout.lines[mutant.line - 1]
        assert (mutant.patch.code is None) == bool(mutant.patch.parameter)


def test_no_mutant_is_made_of_docstrings_annotations_and_overloads():
    befores = {mutant.before for mutant in mutants_of("nn/modules/module.py")}
    assert not any(before.startswith(('r"""', '"""')) for before in befores)
    assert not any("def to( self, device" in before for before in befores)


def ended(function, seconds=SECONDS):
    ((_, result),) = children.each([None], lambda _: function(), jobs=1, seconds=seconds)
    return result


def forever():
    while True:
        pass


def endless_list():
    hoard = []
    while True:
        hoard.append(bytearray(1 << 28))


def exit_loudly():
    raise SystemExit(3)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def test_how_children_end():
    assert ended(lambda: "value") == ("value", False, False)
    assert ended(exit_loudly) == (None, True, False)
    assert ended(killed) == (None, True, False)
    assert ended(endless_list) == (None, True, False)


def test_children_that_do_not_end_are_killed():
    assert ended(forever, seconds=0.1) == (None, True, True)
    assert ended(lambda: time.sleep(60), seconds=0.05) == (None, True, True)


def test_each_task_ends_once_whatever_the_number_of_children():
    for jobs in (1, 3):
        results = dict(children.each(range(7), lambda number: number**2, jobs, SECONDS))
        assert {number: end.value for number, end in results.items()} == {n: n**2 for n in range(7)}


def test_the_lines_that_a_case_executes(tmp_path, monkeypatch, dropout):
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "cases.py").write_text(
        "import torch\n\nfrom module_drift.case import case\n\n\n"
        '@case("lines/repr")\ndef shows_repr(show, device):\n    """One."""\n    show("d", torch.nn.Dropout())\n\n\n'
        '@case("lines/none")\ndef shows_nothing(show, device):\n    """Two."""\n',
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    held = [trial.Held(case, Observation()) for case in discover(tmp_path / "lines")]
    found = children.one(lambda: executed.executed(held, [dropout]))[dropout.name]
    line = next(at for at, text in enumerate(dropout.lines, 1) if 'return f"p={self.p}' in text)
    assert found.by(line, line) == {"lines/repr"}
    assert line in found.reached
    raising = next(at for at, text in enumerate(dropout.lines, 1) if "raise ValueError" in text)
    assert found.by(raising, raising + 2) == set()
    assert raising in found.statements - found.reached
    assert not any("class " in dropout.lines[at - 1] for at in found.statements)


def test_new_memory_is_filled_also_while_a_case_runs():
    def filled():
        trial.fill_new_memory()
        with clean_state():
            return torch.empty(100).isnan().all().item()

    assert children.one(filled) is True
    assert not torch.are_deterministic_algorithms_enabled()


def test_what_only_says_that_memory_is_filled_does_not_differ():
    held = {one.case.id: one for one in trial.held_cases(ROOT)}

    def differs():
        trial.fill_new_memory()
        return held["layer/max-unpool1d-computes"].differs()

    assert children.one(differs) is False


def outcome(name, what, file="a.py"):
    return Outcome(Mutant(file, "f", 1, "old", name, 1, 1, 1, Patch(None)), what)


def test_shares_and_limits():
    outcomes = [outcome(str(i), KILLED) for i in range(16)] + [outcome("s", SURVIVED), outcome("n", NEVER)]
    assert tally.count(outcomes) == (18, 1, 16, 0, 1)
    assert tally.shortfalls(outcomes, {}) == []
    # A mutant that hangs is not counted as killed.
    slow = outcomes + [outcome("t", TIMED_OUT), outcome("u", SURVIVED)]
    assert tally.shortfalls(slow, {}) == ["16 of 19 executed mutants were killed, 84.2%; at least 85% must be"]
    lines = {tally.MAIN_SOURCE: executed.Executed({}, {1, 2, 3, 4}, {1, 2})}
    assert tally.shortfalls(outcomes, lines) == [
        "the cases execute 50.0% of the statements of nn/modules/module.py; at least 75% must be"
    ]


GROUP = '[[group]]\nverdict = "equivalent"\nwhy = "w"\nsurvivors = ["a", "b"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[group", "not TOML"),
        (GROUP.replace("equivalent", "perhaps"), "verdict 'perhaps'"),
        (GROUP.replace('why = "w"\n', ""), "give it a why"),
        (GROUP + GROUP, "sorted twice: a"),
    ],
)
def test_a_sorting_that_is_not_as_it_must_be(tmp_path, text, message):
    path = tmp_path / "survivors.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        sorting.read(path)


def test_survivors_that_are_not_sorted_and_sorted_ones_that_are_gone(tmp_path):
    path = tmp_path / "survivors.toml"
    path.write_text(GROUP, encoding="utf-8")
    groups = sorting.read(path)
    assert sorting.check(groups, ["c", "b", "c"]) == (["c"], ["a"])


def test_the_page_names_survivors_by_line_below_what_is_said_of_them():
    outcomes = [outcome("new", SURVIVED), outcome("newer", SURVIVED), outcome("dead", KILLED)]
    groups = [sorting.Group("missing", "Show it.", ["a.py f: old -> new"])]
    text = report.page("2.13.0", 3, outcomes, {"a.py": executed.Executed({}, {1, 2}, {1})}, groups)
    assert "\n| a.py | 3 | 0 | 3 | 1 | 0 | 2 | 33.3% | 1 of 2, 50.0% |\n" in text
    assert "\n- a case is missing: 1; with these killed as well, 66.7% would be\n- out of scope: 0\n" in text
    assert "### A case is missing\n\n**1: Show it.**\n\n- a.py:1 f: `old` → `new`\n" in text
    assert "### Not sorted\n\n- a.py:1 f: `old` → `newer`\n" in text
    assert "| f | 3 | 0 | 3 | 1 | 0 | 2 | 33.3% |" in text


def test_the_command_on_one_small_file():
    command = [sys.executable, "-m", "tools.mutants", "--file", "nn/modules/dropout.py", "--limit", "8", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "torch 2.13.0: 8 mutants" in done.stdout, done.stderr
    assert done.returncode == int("at least 85% must be" in done.stderr)


def test_survivors_are_sorted_by_labels_that_mutants_have():
    groups = sorting.read(ROOT / "tools" / "mutants" / "survivors.toml")
    files = {label.split()[0] for group in groups for label in group.survivors}
    labels = {mutant.label for file in files for mutant in mutants_of(file)}
    assert [json.dumps(label) for group in groups for label in group.survivors if label not in labels] == []
