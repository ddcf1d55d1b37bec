"""Which edits make a case be run again, and which leave it verified."""

import textwrap
import time

import pytest

from module_drift.common import files
from module_drift.finding.code_digest import digests
from module_drift.finding.discovery import discover

FILES = {
    "cases/hook/order.py": '''
        """Orders of hooks."""

        import copy
        from collections import OrderedDict as Ordered

        import helpers
        from module_drift.case import case

        from ..shared import refusals
        from ..shared.models import Model as Given

        LIMIT = 3
        """How many."""


        def _twice(value):
            return 2 * value


        class _Own(Given):
            def factor(self):
                return _twice(LIMIT)


        @case("hook/own")
        def own(show, device):
            """Shows its own Model."""
            show("own", _Own(), Ordered())


        @case("hook/refused")
        def refused(show, device):
            """Shows what is refused."""
            show("refused", refusals.refusal(lambda: helpers.reach(copy)))


        @case("hook/plain")
        def plain(show, device):
            """Shows a one."""
            from ..shared import late

            show("one", 1, late)
    ''',
    "cases/shared/models.py": '''
        """Models."""

        from .base import Base as Module


        class Model(Module):
            """One."""


        class Other(Module):
            """Another."""
    ''',
    "cases/shared/base.py": "class Base:\n    x = 1\n\n\nclass Unused:\n    pass\n",
    "cases/shared/refusals.py": "def refusal(attempt):\n    return attempt()\n\n\ndef unused():\n    pass\n",
    "cases/shared/late.py": "LATE = 1\n",
    "cases/shared/loose.py": "LOOSE = 1\n",
    "helpers.py": "from tools import reach\n\n\ndef unused():\n    pass\n",
    "tools/__init__.py": "def reach(it):\n    return it\n",
}
CASE = "@case({!r})\ndef {}(show, device):\n    'A case.'\n    show('x', {})\n"
OWN, REFUSED, PLAIN = "hook/own", "hook/refused", "hook/plain"


@pytest.fixture
def edited(tmp_path):
    """Write the files, edit one, and return which cases that changes."""

    def write(files_now):
        for name, text in files_now.items():
            files.replace(tmp_path / name, textwrap.dedent(text).lstrip("\n"))

    def of_all(version=1):
        folder = tmp_path / "cases"
        return digests(folder, tmp_path, discover(folder), version)

    def changed_by(name, old, new):
        write(FILES)
        before = of_all()
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.count(old) >= 1
        files.replace(tmp_path / name, text.replace(old, new, 1))
        after = of_all()
        return {id for id in after if after[id] != before.get(id)}

    write(FILES)
    changed_by.of_all, changed_by.root = of_all, tmp_path
    return changed_by


ORDER = "cases/hook/order.py"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ORDER, "Shows its own Model.", "Shows its own Model, and nothing else."),
        (ORDER, "Orders of hooks.", "Hooks."),
        (ORDER, "How many.", "As many."),
        (ORDER, "LIMIT = 3", "LIMIT = 3  # A few."),
        (ORDER, "    return 2 * value", "\n    # Doubled.\n    return 2 * value"),
        (ORDER, "LIMIT = 3", "UNUSED = 4\nLIMIT = 3"),
        (ORDER, "LIMIT = 3", "UNUSED = {'one': lambda x, y=Given: x.append(y)}\nMORE = UNUSED['one']\nLIMIT = 3"),
        ("cases/shared/models.py", "Another.", "Yet another."),
        ("cases/shared/base.py", "class Unused:", "class StillUnused:"),
        ("cases/shared/refusals.py", "def unused", "def not_used"),
        ("cases/shared/loose.py", "LOOSE = 1", "LOOSE = 2"),
        ("helpers.py", "def unused", "def not_used"),
        (ORDER, '@case("hook/own")', '@case("hook/own", only="cpu")'),
    ],
)
def test_what_no_case_executes_changes_none(edited, name, old, new):
    assert edited(name, old, new) == set()


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (ORDER, 'show("own"', 'show("mine"', {OWN}),
        (ORDER, '"hook/plain")', '"hook/plain", needs="torch.func")', {PLAIN}),
        (ORDER, "LIMIT = 3", "LIMIT = 4", {OWN}),
        (ORDER, "return 2 * value", "return 3 * value", {OWN}),
        (ORDER, "LIMIT = 3", "LIMIT = lambda: Given", {OWN}),
        (ORDER, "LIMIT = 3", "UNUSED = lambda x=print(): x\nLIMIT = 3", {OWN, REFUSED, PLAIN}),
        (ORDER, "LIMIT = 3", "UNUSED = Given[print()]\nLIMIT = 3", {OWN, REFUSED, PLAIN}),
        (ORDER, "import OrderedDict as Ordered", "import UserDict as Ordered", {OWN}),
        (ORDER, "import Model as Given", "import Other as Given", {OWN}),
        (ORDER, "import copy", "import pickle as copy", {REFUSED}),
        (ORDER, "LIMIT = 3", "LIMIT = 3\nGiven.extra = 1", {OWN, REFUSED, PLAIN}),
        (ORDER, "LIMIT = 3", "LIMIT = 3\nprint()", {OWN, REFUSED, PLAIN}),
        (ORDER, "LIMIT = 3", "if copy:\n    LIMIT = 3", {OWN, REFUSED, PLAIN}),
        (
            ORDER,
            "LIMIT = 3",
            "try:\n    from ..shared.loose import LOOSE as LIMIT\nexcept ImportError:\n    LIMIT = 3",
            {OWN, REFUSED, PLAIN},
        ),
        (ORDER, 'show("one", 1', 'show("one", globals()', {PLAIN}),
        ("cases/shared/models.py", "class Model(Module):", "class Model(Module):\n    y = 2", {OWN}),
        ("cases/shared/base.py", "x = 1", "x = 2", {OWN}),
        ("cases/shared/refusals.py", "return attempt()", "return str(attempt())", {REFUSED}),
        ("cases/shared/refusals.py", "def unused", "print()\n\n\ndef unused", {OWN, REFUSED, PLAIN}),
        ("cases/shared/late.py", "LATE = 1", "LATE = 2", {PLAIN}),
        ("tools/__init__.py", "return it", "return str(it)", {REFUSED}),
    ],
)
def test_what_a_case_executes_changes_it_and_no_other(edited, name, old, new, expected):
    assert edited(name, old, new) == expected


@pytest.mark.parametrize(
    ("reached", "expected"),
    [
        ("globals()", {PLAIN}),
        ("vars()", {PLAIN}),
        ("vars", {PLAIN}),
        ("vars(show)", set()),
        ("sys.modules", {PLAIN}),
        ("sys.modules.get(name)", {PLAIN}),
        ('sys.modules.get("cases.shared.loose")', {PLAIN}),
        ('sys.modules.get("torch._dynamo")', set()),
        ('sys.modules.get("torch._dynamo"), sys.path', {PLAIN}),
    ],
)
def test_a_case_that_reaches_anything_by_name_follows_all_files(edited, reached, expected):
    edited(ORDER, 'show("one", 1', f'show("one", {reached}')
    order = edited.root / ORDER
    files.replace(order, f"import sys\n{order.read_text(encoding='utf-8')}")
    before = edited.of_all()
    files.replace(edited.root / "cases/shared/loose.py", "LOOSE = 2\n")
    after = edited.of_all()
    assert {id for id in after if after[id] != before[id]} == expected


def test_a_new_case_and_a_moved_file_change_no_other(edited):
    before = edited.of_all()
    declared = 'from module_drift.case import case\n\n\n@case("hook/more")\ndef more(show, device):\n    """More."""\n'
    files.replace(edited.root / "cases/hook/more.py", declared)
    assert {id: digest for id, digest in edited.of_all().items() if id != "hook/more"} == before
    (edited.root / "cases/hook/more.py").rename(edited.root / "cases/moved.py")
    assert {id: digest for id, digest in edited.of_all().items() if id != "hook/more"} == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X = 1; X = 2", "X = 2; X = 1"),
        ("X = []\nX.append(1)\nX.append(2)", "X = []\nX.append(2)\nX.append(1)"),
        ("X = []\nX.append(1)", "X = []\nX.append(1)\nX.append(1)"),
        ('X = """a\n\nb"""', 'X = """a\nb"""'),
        ('X = "a "', 'X = "a"'),
        ("X = 1", "import patches\nX = 1"),
        ("import patches\nX = 1", "from patches import unused\nimport other_patches\nX = 1"),
        ("X = 1", "from __future__ import annotations\nX = 1"),
        ("_ = setattr(Given, 'x', 1)\nX = 1", "_ = setattr(Given, 'x', 2)\nX = 1"),
        ("X = 1\nclass B:\n    Given.x = 1", "X = 1\nclass B:\n    Given.x = 2"),
        ("X = 1\ndef f(x=Given.append(1)): pass", "X = 1\ndef f(x=Given.append(2)): pass"),
        ("X = Given\nX += 1", "X = Given\nX += 2"),
        ("def reg(f): return f\nX = 1\n@reg\ndef g(): pass", "def reg(f): return f\nX = 1\n@reg\ndef g(): return 1"),
        ("import pkg.block\nX = pkg.block", "import pkg.block\nX = pkg.other"),
        ("from importlib import import_module as X", "import sys as X"),
    ],
)
def test_what_runs_at_import_and_in_which_order_counts(tmp_path, before, after):
    files.replace(tmp_path / "patches.py", "unused = print()\n")
    files.replace(tmp_path / "other_patches.py", "print()\n")
    files.replace(tmp_path / "pkg/__init__.py", "from . import other\n")
    files.replace(tmp_path / "pkg/block.py", "block = 1\n")
    files.replace(tmp_path / "pkg/other.py", "other = 1\n")
    found = []
    for text in (before, after):
        source = f"{text}\nfrom module_drift.case import case\nGiven = 1\n\n{CASE.format('demo/a', 'a', 'X')}"
        files.replace(tmp_path / "cases/demo.py", source)
        found.append(digests(tmp_path / "cases", tmp_path, discover(tmp_path / "cases"), 1))
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("cases/other.py", "K.x = 1", "K.x = 2"),
        ("cases/__init__.py", "print(1)", "print(2)"),
        ("src/own/block.py", "SIZE = 1", "SIZE = 2"),
        ("cases/lazy.py", "return 1", "return 2"),
    ],
)
def test_what_another_file_does_at_import_or_hands_on_counts(tmp_path, place, old, new):
    declared = (
        'from module_drift.case import case\n\n@case({!r})\ndef {}(show, device):\n    """A."""\n    show(\'x\', {})\n'
    )
    files.replace(tmp_path / "cases/__init__.py", "print(1)\n")
    files.replace(tmp_path / "cases/shared.py", "class K:\n    x = 0\n")
    files.replace(
        tmp_path / "cases/other.py", "from .shared import K\n" + declared.format("demo/b", "b", 1) + "K.x = 1\n"
    )
    files.replace(tmp_path / "cases/lazy.py", "def __getattr__(name):\n    return 1\n")
    files.replace(tmp_path / "src/own/block.py", "SIZE = 1\n")
    imports = "from own.block import SIZE\nfrom .lazy import made\nfrom .shared import K\n"
    files.replace(tmp_path / "cases/demo.py", imports + declared.format("demo/a", "a", "(K.x, SIZE, made)"))

    def digest():
        return digests(tmp_path / "cases", tmp_path, discover(tmp_path / "cases"), 1)["demo/a"]

    before = digest()
    text = (tmp_path / place).read_text(encoding="utf-8")
    files.replace(tmp_path / place, text.replace(old, new))
    assert digest() != before


def test_where_the_project_lies_does_not_matter(edited, tmp_path_factory):
    before = edited.of_all()
    root = tmp_path_factory.mktemp("elsewhere") / "deep"
    edited.root.rename(root)
    assert digests(root / "cases", root, discover(root / "cases"), 1) == before


def test_another_version_of_observing_changes_all(edited):
    before, after = edited.of_all(1), edited.of_all(2)
    assert not set(before.values()) & set(after.values())


def test_a_star_import_follows_what_it_brings_and_is_named(edited):
    order, models = edited.root / ORDER, edited.root / "cases/shared/models.py"
    text = (
        order.read_text(encoding="utf-8")
        .replace("import Model as Given", "import *")
        .replace("Own(Given)", "Own(Model)")
    )
    files.replace(order, text.replace("Own(Given)", "Own(Model)"))
    before = edited.of_all()
    files.replace(models, models.read_text(encoding="utf-8").replace("One.", "The one."))
    after = edited.of_all()
    assert {id for id in after if after[id] != before[id]} == {OWN}


USES_LATER = '''
    from module_drift.case import case
    import later


    @case("demo/a")
    def a(show, device):
        """Is so."""
        later.do()
'''


def test_digests_are_kept_until_a_file_changes_or_comes(tmp_path):
    """Of what is at the root, too, which cases may come to mean."""
    files.replace(tmp_path / "cases" / "__init__.py", "")
    files.replace(tmp_path / "cases" / "demo.py", textwrap.dedent(USES_LATER))
    cases = discover(tmp_path / "cases")

    def now():
        return digests(tmp_path / "cases", tmp_path, cases, 1)["demo/a"]

    first = now()
    assert now() == first
    files.replace(tmp_path / "later.py", "def do():\n    pass\n")
    second = now()
    files.replace(tmp_path / "later.py", "def do():\n    return 1\n")
    third = now()
    assert len({first, second, third}) == 3


FAMILY = '''
    from module_drift.case import case, cases

    ROWS = {"gelu": "GELU", "lstm": {"name": "LSTM", "size": 3}}
    LIMIT = 3


    @cases("layer/{layer}", layer=ROWS, needs="torch.nn")
    def named(show, device, layer):
        """{layer} is so."""
        show("layer", layer, LIMIT)


    @cases("pair/{one}-{other}", one=["a", "b"], other={"x": 1, "y": 2})
    def paired(show, device, *, one, other):
        """{one} and {other}."""
        show("both", one, other)


    @case("demo/by-itself")
    def by_itself(show, device):
        """Uses the table."""
        show("rows", ROWS)
'''
GELU, LSTM, ITSELF = "layer/gelu", "layer/lstm", "demo/by-itself"
AX, AY, BX, BY = "pair/a-x", "pair/a-y", "pair/b-x", "pair/b-y"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"gelu": "GELU"', '"gelu": "ELU"', {GELU, ITSELF}),
        ('"size": 3', '"size": 4', {LSTM, ITSELF}),
        ('"gelu": "GELU", ', "", {ITSELF}),
        ('"gelu": "GELU", ', '"tanh": "Tanh", "gelu": "GELU", ', {"layer/tanh", ITSELF}),
        ("layer=ROWS", 'layer={"gelu": "GELU", "lstm": {"name": "LSTM", "size": 3}}', set()),
        ('["a", "b"]', '("b", "a")', set()),
        ('["a", "b"]', '{"a": "a", "b": "B"}', {BX, BY}),
        ('["a", "b"]', '["a", "b", "c"]', {"pair/c-x", "pair/c-y"}),
        ('{"x": 1, "y": 2}', '{"y": 2}', set()),
        ('{"x": 1, "y": 2}', '{"x": 1, "y": True}', {AY, BY}),
        ("{one} and {other}.", "{one}.", set()),
        ('needs="torch.nn"', 'needs="torch.optim"', {GELU, LSTM}),
        ('show("both", one', 'show("two", one', {AX, AY, BX, BY}),
        ("LIMIT = 3", "LIMIT = 4", {GELU, LSTM}),
    ],
)
def test_of_a_table_only_its_own_values_count_for_a_member(tmp_path, old, new, expected):
    def of_all(text):
        files.replace(tmp_path / "cases" / "some.py", textwrap.dedent(text))
        return digests(tmp_path / "cases", tmp_path, discover(tmp_path / "cases"), 1)

    before = of_all(FAMILY)
    assert len(set(before.values())) == len(before) == 7
    assert FAMILY.count(old) == 1
    after = of_all(FAMILY.replace(old, new))
    assert {id for id in after if after[id] != before.get(id)} == expected


def test_the_time_for_the_digests_of_a_family_is_in_proportion_to_its_members(tmp_path):
    def seconds(count):
        folder = tmp_path / str(count) / "cases"
        rows = "".join(f'    "b-{i}": ("GELU", {{"n": {i}}}),\n' for i in range(count))
        declared = f'@cases("a/{{x}}", x={{\n{rows}}})\ndef f(show, device, x):\n    """F."""\n    show(x)\n'
        files.replace(folder / "some.py", f"from module_drift.case import cases\n\n\n{declared}")
        cases = discover(folder)
        started = time.process_time()
        assert len(set(digests(folder, tmp_path, cases, 1).values())) == count
        return time.process_time() - started

    few = min(seconds(200) for _ in range(3))
    assert min(seconds(1600) for _ in range(2)) < 20 * few
