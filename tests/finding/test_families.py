"""Families: many cases by one function and a literal table, found by their source and again at import."""

import os
import textwrap
import time

import pytest

from module_drift import family
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.finding.discovery import discover

IMPORT = "from module_drift.case import cases\n"
TRAINS = '''
    from module_drift.case import case, cases


    @cases("layer/{layer}-trains", layer={"gelu": "GELU", "lstm": "LSTM"}, needs="torch.nn.{layer}")
    def trains(show, device, layer):
        """{layer} trains as it did."""
        show("layer", layer)


    @case("layer/alone")
    def alone(show, device):
        """Is {no} member of a family."""
        show("layer")
'''
BOTH = '''
    from module_drift.case import cases

    LAYERS = {
        "gelu": ("GELU", {}),  # Not the one of tanh.
        "elu": ("ELU", {"alpha": 0.5, "é": [1, -2.5, None, True]}),
    }


    @cases(
        "layer/{layer}-in-{dtype}", layer=LAYERS, dtype=[
            "float", "double"], platform_bound=True, needs="torch.nn.{layer[0]}",
    )
    def both(show, device, *, layer, dtype):
        """{layer[0]} with {{{layer[1]}}} in {dtype}."""
        layer[1]["more"] = len(layer[1])
        show("both", layer, dtype)
'''


def discovered(folder, text):
    files.replace(folder / "some.py", textwrap.dedent(text))
    return discover(folder)


def shown(case):
    found = []
    case.load()(lambda *values: found.append(values), "cpu")
    return found


def test_each_row_of_a_table_is_a_case(tmp_path):
    folder = tmp_path / "family_of_rows"
    gelu, lstm, alone = discovered(folder, TRAINS)
    assert [case.id for case in (gelu, lstm, alone)] == ["layer/gelu-trains", "layer/lstm-trains", "layer/alone"]
    assert (lstm.sentence, lstm.needs, lstm.called_with) == ("LSTM trains as it did.", "torch.nn.LSTM", "layer='LSTM'")
    assert (alone.sentence, alone.needs, alone.called_with) == ("Is {no} member of a family.", None, None)
    assert (lstm.function, lstm.line, lstm.section) == ("trains", 5, "layer")
    assert lstm.source.startswith(
        '@cases("layer/{layer}-trains", layer={"lstm": "LSTM"}, needs="torch.nn.{layer}")\ndef trains('
    )
    assert lstm.source.endswith('    show("layer", layer)\n')
    assert (shown(gelu), shown(lstm), shown(alone)) == ([("layer", "GELU")], [("layer", "LSTM")], [("layer",)])
    assert gelu.load().__module__ == f"{folder.name}.some"


def test_several_tables_give_all_combinations_and_each_run_values_of_its_own(tmp_path):
    folder = tmp_path / "family_of_two"
    found = {case.id: case for case in discovered(folder, BOTH)}
    assert list(found) == [
        "layer/gelu-in-float",
        "layer/gelu-in-double",
        "layer/elu-in-float",
        "layer/elu-in-double",
    ]
    assert all(case.platform_bound for case in found.values())
    assert found["layer/gelu-in-double"].sentence == "GELU with {{}} in double."
    elu = found["layer/elu-in-float"]
    assert elu.needs == "torch.nn.ELU"
    assert elu.called_with == "layer=('ELU', {'alpha': 0.5, 'é': [1, -2.5, None, True]}), dtype='float'"
    assert elu.source.startswith(
        "@cases(\n"
        '    "layer/{layer}-in-{dtype}", layer={"elu": ("ELU", {"alpha": 0.5, "é": [1, -2.5, None, True]})}, '
        'dtype=["float"], platform_bound=True, needs="torch.nn.{layer[0]}",\n)\ndef both('
    )
    once = [("both", ("ELU", {"alpha": 0.5, "é": [1, -2.5, None, True], "more": 2}), "float")]
    assert shown(elu) == once
    assert shown(elu) == once


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from module_drift.case import cases as family", "family"),
        ("from module_drift.case import *", "cases"),
        ("from module_drift.case import case as one, cases", "cases"),
        ("import module_drift.case as mc", "mc.cases"),
        ("import module_drift", "module_drift.case.cases"),
        ("from module_drift import case", "case.cases"),
    ],
)
def test_the_decorator_is_known_by_every_name_it_is_imported_by(tmp_path, imports, decorator):
    found = discovered(tmp_path, f"{imports}\n@{decorator}('a/{{x}}', x=['b'])\ndef f(show, device, x):\n    'F.'\n")
    assert [case.id for case in found] == ["a/b"]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("('b', 'c')", ["'b'", "'c'"]),
        ("{'b': -1, 'c': 1.5}", ["-1", "1.5"]),
        ("{'b': None, 'c': [(), {1: {}}]}", ["None", "[(), {1: {}}]"]),
        ("{'b': 'x' 'y', 'c': ('z'\n    'é')}", ["'xy'", "'zé'"]),
    ],
)
def test_a_table_is_a_list_a_tuple_or_a_dict_of_literals(tmp_path, request, table, values):
    text = f"{IMPORT}@cases('a/{{x}}', x={table})\ndef f(show, device, **more):\n    'F.'\n    show(more['x'])\n"
    found = discovered(tmp_path / f"tables_{abs(hash(request.node.name))}", text)
    assert [case.id for case in found] == ["a/b", "a/c"]
    assert [case.called_with for case in found] == [f"x={value}" for value in values]
    assert [repr(shown(case)[0][0]) for case in found] == values
    for case in found:  # What is told as the source is one, and of this member alone.
        (again,) = discovered(tmp_path / "again", IMPORT + case.source)
        assert (again.id, again.values, again.source) == (case.id, case.values, case.source)


def test_what_is_a_name_in_braces_alone_is_the_value_so_that_a_member_can_need_nothing(tmp_path):
    text = f"{IMPORT}@cases('a/{{x}}', x={{'b': None, 'c': 'torch.func'}}, needs='{{x}}')\n{F}"
    assert [case.needs for case in discovered(tmp_path, text)] == [None, "torch.func"]


F = "def f(show, device, x):\n    '''Shows {x}.'''\n"
DECLARED = f"@cases('a/{{x}}', x=['b', 'c'])\n{F}"
MALFORMED = [
    (DECLARED.replace("'a/{x}'", "5"), "2: family id 5 is no text; write it like"),
    (DECLARED.replace("/{x}", "/x"), "2: the id does not name x, as it must each table; write {x} into it; what is no"),
    (DECLARED.replace("x=[", "need='torch', x=["), "2: the id does not name need, as it must each table"),
    (DECLARED.replace("a/{x}", "a/{x}-{y}"), '2: the id names {y}, for which there is no table; write y=["gelu", '),
    (DECLARED.replace("a/{x}", "a/{needs}"), "2: the id names {needs}, for which there is no table; call it otherwise"),
    (DECLARED.replace("a/{x}", "a/{x[0]}"), "2: the id has {x[0]}, which is no name of a table; write it like {layer}"),
    (DECLARED.replace("a/{x}", "a/{x!r}"), "2: the id has {x!r}, which is no name of a table"),
    (DECLARED.replace("a/{x}", "a/{}"), "2: the id has {}, which is no name of a table"),
    (DECLARED.replace("a/{x}", "a/{x"), "2: the id has odd braces (expected '}' before end of string); write it like"),
    (
        DECLARED.replace("/{x}", "/b").replace(", x=['b', 'c']", ""),
        "2: a family without a table; write @case, or @cases(",
    ),
    (DECLARED.replace("['b', 'c']", "{}"), "2: table x is empty; write a row"),
    (DECLARED.replace("['b', 'c']", "5"), "2: table x is no list, tuple or dict of literals; write it like x={"),
    (DECLARED.replace("['b', 'c']", "'bc'"), "2: table x is no list, tuple or dict of literals"),
    (DECLARED.replace("'c'", "\n'C'"), "3: table x has 'C', which is no part of an id; write it in small letters"),
    (DECLARED.replace("'c'", "5"), "2: table x has 5, which is no part of an id"),
    (DECLARED.replace("'c'", "'c-'"), "2: table x has 'c-', which is no part of an id"),
    (DECLARED.replace("'c'", "\n'b'"), "3: table x has 'b' twice; leave one out"),
    (DECLARED.replace("['b', 'c']", "{'b': 1,\n'c': {1}}"), "3: table x has something else than a literal in row 2"),
    (DECLARED.replace("['b', 'c']", "{'b': print}"), "2: table x has something else than a literal in row 1"),
    (DECLARED.replace("['b', 'c']", "{'b': [1e999]}"), "2: table x has something else than a literal in row 1"),
    (DECLARED.replace("['b', 'c']", f"{{'b': 0x{'f' * 9000}}}"), "2: table x has something else than a literal in"),
    (DECLARED.replace("x=[", "device=[").replace("{x}", "{device}"), "2: table device is called as what the run gives"),
    (DECLARED.replace("x=[", "needs='torch.{y}', x=["), "2: needs names {y}, for which there is no table"),
    (
        DECLARED.replace("x=[", "needs='torch.{x[k]}', x=["),
        "2: needs names {x[k]}, which x='b' does not have; name what",
    ),
    (DECLARED.replace("Shows {x}", "Shows {y}"), "2: the docstring names {y}, for which there is no table; write y="),
    (DECLARED.replace("Shows {x}", "Shows {1, 2}"), "2: the docstring has {1, 2}, which is no name of a table"),
    (DECLARED.replace("Shows {x}", "Shows }"), "2: the docstring has odd braces (Single '}' encountered"),
    (DECLARED.replace("Shows {x}", "Shows {x[7]}"), "2: the docstring names {x[7]}, which x='b' does not have"),
    (
        DECLARED.replace("a/{x}", "a/{x}-{y}").replace("x=['b', 'c']", "x=['b', 'b-c'], y=['c-d', 'd']"),
        "2: case id 'a/b-c-d' is that of x='b', y='c-d' and of x='b-c', y='d'; have the rows or the id tell them apart",
    ),
    (
        DECLARED.replace("a/{x}", "a/{x}-{y}-{z}").replace(
            "x=['b', 'c']", ", ".join(f"{name}={[f'{i}' for i in range(100)]}" for name in "xyz")
        ),
        "2: 1,000,000 members in one family; have at most 10,000",
    ),
    (DECLARED.replace(", x)", ")"), "3: f does not take show, device and x, and nothing else; write (show, device, x)"),
    (DECLARED.replace(", x)", ", x, y)"), "3: f does not take show, device and x, and nothing else"),
    (DECLARED.replace(", x)", ", *, x, y)"), "3: f does not take show, device and x, and nothing else"),
    (DECLARED.replace("show, device, x", "show, *, device, x"), "3: f does not take show, device and x"),
    (DECLARED.replace(", x)", ", x, /)"), "3: f does not take show, device and x, and nothing else"),
]


@pytest.mark.parametrize(("declared", "message"), MALFORMED)
def test_what_declares_no_family_is_refused_with_its_line_and_the_same_at_import(tmp_path, declared, message):
    started = time.process_time()
    with pytest.raises(InputError) as read:
        discovered(tmp_path, f"{IMPORT}{declared}")
    said = str(read.value).replace(f"{tmp_path}{os.sep}", "")
    assert said.startswith(f"some.py:{message}")
    assert len(said.splitlines()) == 1
    with pytest.raises(family.FamilyError) as imported:
        exec(f"{IMPORT}{declared}", {})
    assert said.partition(": ")[2] == str(imported.value)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{IMPORT}@cases('a/{{x}}', x={{'b': 1, 'b': 2}})\n{F}", "2: table x has 'b' twice"),
        (f"{IMPORT}@cases('a/{{x}}', x={{'b': 1, **{{}}}})\n{F}", "2: table x is no list, tuple or dict of literals"),
        (
            f"{IMPORT}@cases('a/{{x}}', x=[each for each in 'ab'])\n{F}",
            "2: table x is no list, tuple or dict of literals",
        ),
        (f"{IMPORT}@cases('a/{{x}}', x=list('ab'))\n{F}", "2: table x is no list, tuple or dict of literals"),
        (f"{IMPORT}@cases('a/{{x}}', x=[*'ab'])\n{F}", "2: table x has something else than a literal in row 1"),
        (f"{IMPORT}from .t import T\n@cases('a/{{x}}', x=T)\n{F}", "3: table x is no list, tuple or dict of literals"),
        (f"{IMPORT}T = ['b']\nT += ['c']\n@cases('a/{{x}}', x=T)\n{F}", "4: table x is no list, tuple or dict of"),
        (f"{IMPORT}T = U = ['b']\n@cases('a/{{x}}', x=T)\n{F}", "3: table x is no list, tuple or dict of literals"),
        (f"{IMPORT}T = ['b',\n'B']\n@cases('a/{{x}}', x=T)\n{F}", "3: table x has 'B', which is no part of an id"),
        (
            f"{IMPORT}@cases('a/{{x}}', **{{'x': ['b']}})\n{F}",
            "2: the arguments of @cases are not one id, literals and",
        ),
        (f"{IMPORT}@cases(x=['b'])\n{F}", "2: the arguments of @cases are not one id, literals and tables; write them"),
        (f"{IMPORT}@cases('a/{{x}}', 'b', x=['b'])\n{F}", "2: the arguments of @cases are not one id, literals and"),
        (
            f"{IMPORT}@cases('a/{{x}}', x=['b'], needs=str())\n{F}",
            "2: the arguments of @cases are not one id, literals",
        ),
        (f"{IMPORT}@cases('a/{{x}}', x=['b'], needs='a b')\n{F}", "2: needs = 'a b' is no API"),
        (f"{IMPORT}@cases('a/{{x}}', x=['b'], platform_bound=1)\n{F}", "2: platform_bound = 1; write True or False"),
        (
            f"{IMPORT}@cases('A/{{x}}', x=['b'])\n{F}",
            "2: case id 'A/b' is no path; write it like section/what-it-shows",
        ),
        (f"{IMPORT}@cases('{{x}}', x=['b'])\n{F}", "2: case id 'b' is no path"),
        (f"{IMPORT}@cases('a/{{x}}', x=['con'])\n{F}", "2: case id 'a/con' is no folder on every system"),
        (f"{IMPORT}@cases('a/{{x}}', x=['b'])\ndef f(show, device, x):\n    x\n", "2: case a/b has no docstring"),
        (
            f"{IMPORT}@cases('a/{{x}}', x=['b'])\ndef f(device, show, x):\n    'F.'\n",
            "3: f takes (device, show), and not",
        ),
        (f"{IMPORT}@cases('a/{{x}}', x=['b'])\n{F}    yield\n", "5: with a yield, f is never run"),
        (f"{IMPORT}@cases('a/{{x}}', x=['b'])\nasync {F}", "2: @cases is over an async function, where it declares no"),
        (
            f"{IMPORT}@cases\n{F}",
            '2: @cases is not called; write it like @cases("layer/{layer}", layer=["gelu", "lstm"])',
        ),
        (
            f"{IMPORT}if 1:\n    f = cases('a/{{x}}', x=['b'])(print)\n",
            "3: cases is used in a way that declares no case",
        ),
        (
            f"{IMPORT}@cases('a/{{x}}', x=['b'])\n@cases('a/{{x}}', x=['c'])\n{F}",
            "3: f is two cases; write a function for",
        ),
        (f"{IMPORT}@cases('a/{{x}}', x=['b'])\n{F}cases = 1\n", "5: cases, the decorator's name, gets another meaning"),
        (f"@cases('a/{{x}}', x=['b'])\n{F}", "1: @cases is not imported; write from module_drift.case import cases"),
        (f"from module_drift import case\n@case('a/b')\n{F}", "2: case is a module; write @case.case(...)"),
        (
            f"{IMPORT}@cases('a/{{x}}', x=['b'])\n{F}@cases('a/{{x}}', x=['c', 'b'])\n{F.replace(' f(', ' g(')}",
            "5: case id 'a/b' is that of some.py:2 (f); give one of them an id that is not used yet",
        ),
    ],
)
def test_what_only_reading_can_tell_is_refused_with_its_line(tmp_path, text, message, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as raised:
        discovered(tmp_path, text)
    assert str(raised.value).startswith(f"some.py:{message}")


@pytest.mark.parametrize(
    "text",
    [
        "from module_drift.case import case\ncases = ['b']\n@case('a/b')\ndef f(show, device):\n    'The cases.'\n",
        f"{IMPORT}@cases('a/{{x}}', x=['b'])\n{F}\n\ndef helper(cases):\n    return cases\n",
        f"{IMPORT}@cases('a/{{x}}', x=['b'])\ndef f(show, device, *, x, more=1):\n    'F.'\n",
        f"{IMPORT}@cases('a/{{id}}', id=['b'])\ndef f(show, device, id):\n    'F.'\n",
    ],
)
def test_what_is_as_it_must_be_is_a_case(tmp_path, text):
    assert [case.id for case in discovered(tmp_path, text)] == ["a/b"]


def test_what_a_table_has_become_when_it_is_imported_is_not_run(tmp_path):
    text = f"{IMPORT}T = {{'b': [1], 'c': [1]}}\nT['b'].append(2)\n\n\n@cases('a/{{x}}', x=T)\n{F}    show(x)\n"
    changed, same = discovered(tmp_path / "family_of_other_values", text)
    with pytest.raises(InputError, match="when it is imported, f is not this case; give its name to nothing else"):
        changed.load()
    assert shown(same) == [([1],)]


def test_one_member_is_found_without_reading_files_that_hold_no_family(tmp_path):
    files.replace(tmp_path / "broken.py", "not Python")
    files.replace(tmp_path / "some.py", textwrap.dedent(TRAINS))
    assert "layer/lstm-trains" in [case.id for case in discover(tmp_path, "layer/lstm-trains")]


def test_finding_many_members_takes_no_longer_than_as_many_cases(tmp_path):
    def seconds(name, text):
        files.replace(tmp_path / name / "many.py", text)
        started = time.process_time()
        assert len(discover(tmp_path / name)) == 1000
        return time.process_time() - started

    rows = ", ".join(f'"b-{i}": ("GELU", {{"n": {i}}})' for i in range(1000))
    alone = '@case("a/b-{0}", needs="torch.nn.GELU")\ndef f{0}(show, device):\n    "F."\n    show(1)\n\n\n'
    many = "from module_drift.case import case\n\n\n" + "".join(map(alone.format, range(1000)))
    one = (
        f"{IMPORT}@cases('a/{{x}}', x={{{rows}}}, needs='torch.nn.{{x[0]}}')\ndef f(show, device, x):\n    'F {{x}}.'\n"
    )
    assert min(seconds("one", one) for _ in range(3)) < 2 * min(seconds("many", many) for _ in range(3))
