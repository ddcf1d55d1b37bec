"""Finding cases by their source."""

import subprocess
import sys
import textwrap

import pytest

from module_drift.discovery import discover
from module_drift.errors import InputError


def discover_source(tmp_path, *sources):
    for i, source in enumerate(sources):
        (tmp_path / f"section{i}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return discover(tmp_path)


DECLARED = '''
    @case("hook/code-3", needs="torch.nn.Module.apply", platform_bound=True)
    def watch(show, device):
        """What it
        shows."""
        show("x", 1)

    def helper():
        """Not a case."""
'''


def test_a_case_is_read_from_its_source(tmp_path):
    (case,) = discover_source(tmp_path, DECLARED)
    assert case.id == "hook/code-3"
    assert case.article == "Hook Code 3"
    assert case.sentence == "What it shows."
    assert case.needs == "torch.nn.Module.apply"
    assert case.platform_bound
    assert case.function == "watch"
    assert case.line == 2
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
        (
            DECLARED.replace("code-3", "own").replace("needs", "example"),
            "is no example of the article; write it like hook/code-3",
        ),
        (DECLARED.replace("True", "bool(1)"), "not one id and literals; write them like"),
        (DECLARED.replace('"hook/code-3", ', ""), "not one id and literals"),
        ("def broken(:\n", "not Python"),
        ("x = 1\n", "no function there is decorated"),
    ],
)
def test_a_malformed_declaration_is_bad_input(tmp_path, source, message):
    with pytest.raises(InputError, match=message):
        discover_source(tmp_path, source)


@pytest.mark.parametrize("twin", ["hook/code-3", "hook/Code-3"])
def test_two_cases_of_one_id_name_both_places(tmp_path, twin):
    with pytest.raises(InputError, match=r"section1\.py:2: case id .* is that of .*section0\.py:2"):
        discover_source(tmp_path, DECLARED, DECLARED.replace("hook/code-3", twin))


def test_discovering_does_not_import_torch():
    code = (
        "import sys, pathlib, module_drift.discovery as discovery;"
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
