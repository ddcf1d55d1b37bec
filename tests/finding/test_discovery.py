"""Finding cases by their source."""

import gc
import os
import subprocess
import sys
import textwrap
import time
import warnings

import pytest

from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.finding import sources
from module_drift.finding.discovery import discover


def discover_source(tmp_path, *given):
    for i, source in enumerate(given):
        files.replace(tmp_path / f"section{i}.py", textwrap.dedent(source))
    return discover(tmp_path)


def refusal(tmp_path, *given):
    """Return the one line that discovering the sources `given` ends with, with paths below `tmp_path`."""
    with pytest.raises(InputError) as raised:
        discover_source(tmp_path, *given)
    assert len(str(raised.value).splitlines()) == 1
    return str(raised.value).replace(f"{tmp_path}{os.sep}", "")


DECLARED = '''
    from module_drift.case import case

    @case("hook/code-3", needs="torch.nn.Module.apply", only="cpu", platform_bound=True)
    def watch(show, device):
        """What it
        shows."""
        show("x", 1)

    def helper():
        """Not a case."""
'''
IMPORT = "from module_drift.case import case\n"
FUNCTION = 'def watch(show, device):\n    """What it shows."""\n'
PLAIN = f'{IMPORT}@case("hook/code-3")\n{FUNCTION}'


def test_a_case_is_read_from_its_source(tmp_path):
    (case,) = discover_source(tmp_path, DECLARED)
    assert case.id == "hook/code-3"
    assert case.article == "Hook Code 3"
    assert case.sentence == "What it shows."
    assert case.needs == "torch.nn.Module.apply"
    assert case.only == "cpu"
    assert case.platform_bound
    assert case.function == "watch"
    assert case.line == 4
    assert case.file == "section0.py"
    assert case.source.startswith("@case(")
    assert case.source.endswith('show("x", 1)\n')


def test_a_case_beyond_the_articles_output_may_name_an_example(tmp_path):
    (case,) = discover_source(tmp_path, DECLARED.replace("code-3", "order-of-two"))
    assert case.article is None
    named = DECLARED.replace('code-3"', 'order-of-two", example="hook/code-1"')
    (case,) = discover_source(tmp_path, named)
    assert case.article == "Hook Code 1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (DECLARED.replace('"""What it\n        shows."""', ""), "no docstring; say in one sentence"),
        (DECLARED.replace("hook/code-3", "Hook/code-3"), "'Hook/code-3' is no path; write it like section/"),
        (DECLARED.replace("hook/code-3", "code-3"), "is no path"),
        (DECLARED.replace("hook/code-3", "hook/con"), "is no folder on every system; choose another, of at most 100"),
        (DECLARED.replace("hook/code-3", f"hook/{'x' * 96}"), "is no folder on every system"),
        (DECLARED.replace('"hook/code-3"', "5"), "case id 5 is no path"),
        (
            DECLARED.replace("code-3", "own").replace("needs", "example"),
            "is no example of the article; write it like hook/code-3",
        ),
        (DECLARED.replace("True", "bool(1)"), "not one id and literals; write them like"),
        (DECLARED.replace("True", '"yes"'), "platform_bound = 'yes'; write True or False"),
        (DECLARED.replace("True", "1"), "platform_bound = 1; write True or False"),
        (DECLARED.replace('"torch.nn.Module.apply"', "5"), "needs = 5 is no API; write it like"),
        (DECLARED.replace("torch.nn.Module.apply", ""), "needs = '' is no API"),
        (DECLARED.replace("torch.nn.Module.apply", "torch.load("), r"needs = 'torch.load\(' is no API"),
        (DECLARED.replace('only="cpu"', 'only="cuda"'), "only = 'cuda'; write 'eager' or 'cpu', or leave it out"),
        (DECLARED.replace("needs", "need"), "@case has no need; it has an id, and may have example, needs, only, pla"),
        (DECLARED.replace("needs=", "**"), "not one id and literals"),
        (DECLARED.replace("needs=", "*"), "not one id and literals"),
        (DECLARED.replace("needs", "platform_bound"), "not one id and literals|keyword argument repeated"),
        (DECLARED.replace('"hook/code-3", ', ""), "not one id and literals"),
        (DECLARED.replace('"hook/code-3"', '"hook/code-3", "hook/code-4"'), "not one id and literals"),
        (f"{IMPORT}@case()\n{FUNCTION}", "section0.py:2: the arguments of @case are not one id"),
        ("def broken(:\n", "section0.py:1: not Python 3"),
        ("x = 1\n", "no function there is decorated"),
    ],
)
def test_a_malformed_declaration_is_bad_input(tmp_path, source, message):
    with pytest.raises(InputError, match=message):
        discover_source(tmp_path, source)


def test_two_cases_of_one_id_name_both_places(tmp_path):
    with pytest.raises(InputError, match=r"section1\.py:4: case id .* is that of .*section0\.py:4"):
        discover_source(tmp_path, DECLARED, DECLARED)


@pytest.mark.parametrize(
    ("imports", "decorator"),
    [
        ("from module_drift.case import case as behaviour", "behaviour"),
        ("from module_drift.case import *", "case"),
        ("import module_drift.case as mc", "mc.case"),
        ("import module_drift.case", "module_drift.case.case"),
        ("import module_drift\nimport module_drift.case", "module_drift.case.case"),
        ("import module_drift as md", "md.case.case"),
        ("import module_drift.common.files", "module_drift.case.case"),
        ("from module_drift import case", "case.case"),
        ("from module_drift import case as mc", "mc.case"),
        ("try:\n    from module_drift.case import case\nexcept ImportError:\n    raise", "case"),
    ],
)
def test_the_decorator_is_known_by_every_name_it_is_imported_by(tmp_path, imports, decorator):
    (case,) = discover_source(tmp_path, f'{imports}\n@{decorator}("hook/code-3")\n{FUNCTION}')
    assert case.id == "hook/code-3"


@pytest.mark.parametrize(
    "source",
    [
        'def case(id):\n    return lambda function: function\n\n@case("hook/no")\ndef own(): pass\n',
        'from elsewhere import case\n\n@case("hook/no")\ndef own(): pass\n',
        'import elsewhere as module\n\n@module.case("hook/no")\ndef own(): pass\n',
        'import module_drift.common.files as files\n\n@files.case("hook/no")\ndef own(): pass\n',
    ],
)
def test_a_decorator_of_another_origin_is_not_ours(tmp_path, source):
    assert [case.id for case in discover_source(tmp_path, source, PLAIN)] == ["hook/code-3"]


@pytest.mark.parametrize(
    "source",
    [
        "def helper(case):\n    return case + 1\n",
        "def helper():\n    case = 1\n    return [case for _ in range(case)]\n",
        "helper = lambda case: case\n",
        "class Helper:\n    case = 1\n\n    def case(self):\n        return self.case\n",
        '"""In this case, @case(\\"x\\") is text."""\n',
        "print(helper.case)\n",
    ],
)
def test_what_only_has_the_decorators_name_does_not_matter(tmp_path, source):
    assert len(discover_source(tmp_path, f"{PLAIN}\n{source}")) == 1


INDENTED = textwrap.indent(f'@case("hook/missed")\n{FUNCTION}', "    ")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f'{IMPORT}@case("hook/missed")\nasync {FUNCTION}', "2: @case is over an async function, where it declares no"),
        (f'{IMPORT}@case("hook/missed")\nclass Watch:\n    """A class."""\n', "2: @case is over a class, where it"),
        (f"{IMPORT}if True:\n{INDENTED}", "3: @case is over a function inside of something else, where it"),
        (f"{IMPORT}try:\n{INDENTED}\nfinally:\n    pass\n", "3: @case is over a function inside"),
        (f"{IMPORT}for _ in range(1):\n{INDENTED}", "3: @case is over a function inside"),
        (f"{IMPORT}with open('x'):\n{INDENTED}", "3: @case is over a function inside"),
        (f"{IMPORT}class Cases:\n{INDENTED}", "3: @case is over a function inside"),
        (f"{IMPORT}def outer():\n{INDENTED}", "3: @case is over a function inside"),
        (f"def outer():\n    {IMPORT}{INDENTED}", "3: @case is over a function inside"),
        (f"import module_drift.case as mc\nif True:\n{INDENTED.replace('@case', '@mc.case')}", "3: @mc.case is over a"),
        (f"{IMPORT}@case\n{FUNCTION}", "2: @case is not called; write it like @case("),
        (
            f'from module_drift import case\n@case("hook/missed")\n{FUNCTION}',
            "2: case is a module; write @case.case(...)",
        ),
        (f"{IMPORT}{FUNCTION}watch = case('hook/missed')(watch)\n", "4: case is used in a way that declares no case"),
        (
            f"{IMPORT}behaviour = case\n@behaviour('hook/missed')\n{FUNCTION}",
            "2: case is used in a way that declares no",
        ),
        ("import module_drift.case as mc\nown = mc.case\n", "2: mc.case is used in a way that declares no case"),
        (f"{IMPORT}for function in []:\n    case('hook/a')(function)\n", "3: case is used in a way that declares no"),
        (f"{IMPORT}x = [case('hook/a') for x in 'a']\n", "2: case is used in a way that declares no case"),
        (f"{IMPORT}def case(id):\n    pass\n", "2: case, the decorator's name, gets another meaning; rename it"),
        (f"{IMPORT}from elsewhere import case\n", "2: case, the decorator's name, gets another meaning"),
        (f"{PLAIN}case = 5\n", "5: case, the decorator's name, gets another meaning"),
        (f"{PLAIN}def set():\n    global case\n    case = 5\n", "6: case, the decorator's name, gets another meaning"),
        (
            f'@case("hook/missed")\n{FUNCTION}',
            "1: @case is not imported; write from module_drift.case import case",
        ),
    ],
)
def test_a_case_that_would_be_missed_is_refused_with_its_line(tmp_path, source, message):
    assert refusal(tmp_path, source).startswith(f"section0.py:{message}")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f'{PLAIN}@case("hook/other")\n{FUNCTION}', "6: watch is a case's function, too, in section0.py:3; rename one"),
        (f"{PLAIN}{FUNCTION}", "5: watch is a case's function, too, in"),
        (f"{PLAIN}watch = None\n", "5: watch is a case's function, too, in"),
        (f"{PLAIN}class watch:\n    pass\n", "5: watch is a case's function, too, in"),
        (f"{PLAIN}from helpers import watch\n", "5: watch is a case's function, too, in"),
        (f"{PLAIN}if True:\n    for watch in 'a': pass\n", "6: watch is a case's function, too, in"),
        (f"{PLAIN}(watch := 5)\n", "5: watch is a case's function, too, in"),
        (f"{PLAIN}del watch\n", "5: watch is a case's function, too, in"),
        (f"{PLAIN}def set(): global case; case = 5\n", "5: case, the decorator's name, gets another meaning"),
        (
            f"{PLAIN}def set():\n    1; global case\n    case = 5\n",
            "6: case, the decorator's name, gets another meaning",
        ),
        (f"{PLAIN}def set():\n    global watch\n    watch = 1\n", "6: watch is a case's function, too, in"),
        (f'{IMPORT}@case("hook/a")\n@case("hook/b")\n{FUNCTION}', "3: watch is two cases; write a function for each"),
        (PLAIN.replace("show, device", "show"), "3: watch does not take show and device; write (show, device)"),
        (PLAIN.replace("show, device", "show, device, more"), "3: watch does not take show and device"),
        (PLAIN.replace("show, device", "show, device, *, more"), "3: watch does not take show and device"),
        (
            PLAIN.replace("show, device", "device, show"),
            "3: watch takes (device, show), and not show and device in this order; write (show, device)",
        ),
        (PLAIN.replace("show, device", "show, where"), "3: watch takes (show, where), and not show and device"),
        (PLAIN.replace("show, device", "device, *more"), "3: watch takes (device), and not show and device"),
        (f"{PLAIN}    yield\n", "5: with a yield, watch is never run; write it without"),
        (f"{PLAIN}    x = yield from ()\n", "5: with a yield, watch is never run"),
    ],
)
def test_a_case_that_would_not_be_what_is_run_is_refused_with_its_line(tmp_path, source, message):
    assert refusal(tmp_path, source).startswith(f"section0.py:{message}")


@pytest.mark.parametrize(
    "source",
    [
        PLAIN.replace("show, device", "*both"),
        PLAIN.replace("show, device", "show, device, more=1"),
        PLAIN.replace("show, device", "show, device, *, more=1"),
        f"{PLAIN}    def inner():\n        yield 1\n    list(inner())\n",
        f"{PLAIN}    watch = 5\n",
        f"{PLAIN}def watch_2():\n    watch = 1\n",
    ],
)
def test_a_function_that_is_run_as_it_is_read_is_a_case(tmp_path, source):
    assert len(discover_source(tmp_path, source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from .section0 import case",
        "from . import section0\nfrom .section0 import *",
        "from {name}.section0 import case as behaviour",
        "from .section0 import other, case",
        "from . import section0\n\n@section0.case('hook/other')\ndef other(show, device): pass",
        "from {name} import section0 as s\n\n@s.case('hook/other')\ndef other(show, device): pass",
    ],
)
def test_the_decorator_by_a_detour_is_refused(tmp_path, source):
    said = refusal(tmp_path, PLAIN, source.format(name=tmp_path.name))
    assert said.startswith("section1.py:")
    assert said.endswith("import it from module_drift.case in every file")


def test_cases_lie_in_folders_and_in_files_that_are_named_as_tests(tmp_path):
    places = {
        "hook/order.py": "a",
        "hook/deep/er/test_more.py": "b",
        "test_top.py": "c",
        "z.py": "d",
        "hook/__pycache__/x.py": None,
        ".hidden/x.py": None,
        ".#x.py": None,
    }
    for place, letter in places.items():
        files.replace(tmp_path / place, PLAIN.replace("code-3", letter) if letter else "not Python")
    files.replace(tmp_path / "test_own.py", "not Python, and nobody's business")
    files.replace(tmp_path / "models.py", "MODEL = 1\n")
    found = discover(tmp_path)
    assert [(case.file, case.id) for case in found] == [
        ("hook/deep/er/test_more.py", "hook/b"),
        ("hook/order.py", "hook/a"),
        ("test_top.py", "hook/c"),
        ("z.py", "hook/d"),
    ]


@pytest.mark.parametrize("init", ["", "hook", "all"])
def test_a_case_in_a_folder_is_imported_from_there(tmp_path, init, monkeypatch):
    folder = tmp_path / f"cases_{init}"
    text = f"from . import helpers\nfrom ..models import MODEL\n{PLAIN}    show('both', MODEL, helpers.WORD)\n"
    files.replace(folder / "hook" / "order.py", text)
    files.replace(folder / "hook" / "helpers.py", "WORD = 'word'\n")
    files.replace(folder / "models.py", "MODEL = 1\n")
    for package in {"": [], "hook": ["hook"], "all": ["hook", "."]}[init]:
        files.replace(folder / package / "__init__.py", "")
    (case,) = discover(folder)
    shown = []
    case.load()(lambda *values: shown.append(values), "cpu")
    assert shown == [("both", 1, "word")]
    assert case.place.endswith("order.py:4")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "vars()['wat' + 'ch'] = print\n",
            "when it is imported, watch is not this case; give its name to nothing else",
        ),
        ("exec('del watch')\n", "when it is imported, watch is not this case"),
        ("exec('case(\"hook/other\")(watch)')\n", "when it is imported, watch is not this case"),
    ],
)
def test_what_is_not_the_case_when_it_is_imported_is_not_run(tmp_path, more, message, request):
    folder = tmp_path / f"cases_{abs(hash(request.node.name))}"
    files.replace(folder / "x.py", f"{PLAIN}{more}")
    (case,) = discover(folder)
    with pytest.raises(InputError, match=message):
        case.load()


def put_folder(path):
    path.mkdir()


def put_dangling_link(path):
    path.symlink_to("gone")


def put_link(path):
    path.with_name("elsewhere").write_text(PLAIN, encoding="utf-8")
    path.symlink_to("elsewhere")


def put_link_to_a_device(path):
    path.symlink_to("/dev/zero")


def bytes_of(data):
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("put", "message"),
    [
        (put_folder, "x.py: not a regular file; only Python files are named so"),
        (put_dangling_link, "x.py: is a link; put what it leads to there itself"),
        (put_link, "x.py: is a link"),
        (put_link_to_a_device, "x.py: is a link"),
        (os.mkfifo, "x.py: not a regular file"),
        (bytes_of(b"\n\xff\n"), "x.py: not UTF-8 text in line 2; write it in UTF-8"),
        (bytes_of(b"# coding: latin-1\n\xe9\n"), "x.py: not UTF-8 text in line 2"),
        (bytes_of(b"# coding: latin-1\n"), "x.py:1: declares the encoding latin-1; write it in UTF-8"),
        (bytes_of(b"#!x\n# -*- coding: cp1252 -*-\n"), "x.py:2: declares the encoding cp1252"),
        (bytes_of(b"\nx = '\0'\n"), "x.py:2: not Python 3"),
        (bytes_of(PLAIN.encode("utf-16")), "x.py: not UTF-8"),
        (bytes_of(b"x = 1\n" * 400_000), f"x.py: larger than {sources.LARGEST // 1024} KiB"),
        (bytes_of(b"x = " + b"not " * 40_000 + b"x"), "x.py:1: nests too deeply for Python"),
        (bytes_of(b"x = " + b"[" * 50_000), "x.py:1: "),
    ],
)
def test_a_file_that_cannot_be_read_as_python_is_one_line(tmp_path, put, message):
    files.replace(tmp_path / "a.py", PLAIN)
    put(tmp_path / "x.py")
    started = time.process_time()
    with pytest.raises(InputError) as raised:
        discover(tmp_path)
    assert message in str(raised.value)
    assert len(str(raised.value)) < 1000
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.b.py", "a.b.py: is no name of a Python module; call it a-b.py"),
        ("a.PY", "a.PY: is no name of a Python module; call it a.py"),
        ("a.b/x.py", "a.b: is no name of a Python package; write it without the dot"),
        ("section0/x.py", "section0.py: Python takes it for the folder section0 beside it; rename one of them"),
        ("__init__.py", "__init__.py:2: a case in __init__.py; put it in a file of its own topic"),
    ],
)
def test_a_file_that_cannot_be_imported_by_its_name_is_refused(tmp_path, name, message):
    files.replace(tmp_path / name, PLAIN.replace("code-3", "other"))
    assert refusal(tmp_path, PLAIN) == message


def test_a_link_to_a_folder_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "linked").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="linked: is a link; put what it leads to there itself"):
        discover(tmp_path / "cases")


def test_a_file_that_is_gone_when_it_is_read_is_one_line(tmp_path, monkeypatch):
    found = [tmp_path / "gone.py"]
    monkeypatch.setattr(sources, "python_files", lambda _: found)
    with pytest.raises(InputError, match=r"gone\.py: cannot be read \(No such file or directory\)"):
        discover(tmp_path)


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(InputError, match="cases: no such folder; make it, or take it back from git"):
        discover(tmp_path / "cases")


@pytest.mark.parametrize(
    "start", [b"\xef\xbb\xbf", b"# coding: utf-8\n", b"# vim: set fileencoding=UTF-8 :\n", b'""\n# coding: latin-1\n']
)
def test_utf_8_may_be_declared_or_marked(tmp_path, start):
    (tmp_path / "x.py").write_bytes(start + PLAIN.replace("What", "Qué").encode())
    assert discover(tmp_path)[0].sentence == "Qué it shows."


def test_other_ends_of_lines_than_pythons_do_not_move_a_source(tmp_path):
    (case,) = discover_source(tmp_path, f"X = 'a\x0cb\u2028c\x85d\x1ce'\n{PLAIN}")
    assert case.line == 3
    assert case.source == PLAIN.replace(IMPORT, "")


def test_a_decorator_above_belongs_to_the_source(tmp_path):
    (case,) = discover_source(tmp_path, PLAIN.replace("@case", "@torch.no_grad()\n@case"))
    assert case.line == 2
    assert case.source.startswith("@torch.no_grad()\n@case(")


def test_a_doubtful_escape_is_pythons_own_to_warn_of(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(discover_source(tmp_path, f"X = '\\d'\n{PLAIN}")) == 1


def test_finding_many_cases_takes_time_in_proportion(tmp_path):
    """The name of each function is part of others' names, and each file says the decorator's name in a comment."""

    def seconds(count, in_one):
        folder = tmp_path / f"{count}-{in_one}"
        for start in range(0, count, in_one):
            text = f"# Each case is one.\n{IMPORT}"
            for i in range(start, start + in_one):
                text += f'\n\n@case("demo/case-{i}")\ndef case_{i}(show, device):\n    """A case."""\n    show(1, 1)\n'
            files.replace(folder / f"part_{start}.py", text)
        started = time.process_time()
        assert len(discover(folder)) == count
        return time.process_time() - started

    seconds(500, 50)
    few = seconds(1000, 50)
    assert seconds(4000, 50) < 12 * few
    # Twice as many, and in one file; more do not fit there on older Pythons.
    assert min(seconds(2000, 2000) for _ in range(2)) < 6 * few


def test_discovering_leaves_the_garbage_collector_as_it_was(tmp_path):
    discover_source(tmp_path, PLAIN)
    assert gc.isenabled()


def test_discovering_does_not_import_torch():
    code = (
        "import sys, pathlib, module_drift.finding.discovery as discovery;"
        "discovery.discover(pathlib.Path('cases')); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_collecting_does_not_import_torch():
    code = (
        "import sys, pytest; status = pytest.main(['--collect-only', '-q', 'cases']);"
        "print('imported' if 'torch' in sys.modules else 'not imported', int(status))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("not imported 0\n")
    assert "test_matches_the_record[hook/code-3-cpu]" in done.stdout
