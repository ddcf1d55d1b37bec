"""The table of what was last run of each case."""

import re

import pytest

from conftest import RECORDED, make_golden
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record.release import Release, Run
from module_drift.record.verified_cases import VerifiedCase, dump, read, said_by, said_of

SAID = "1.4.0:0123abcd 2.10.0@cuda:89abcdef"
ONE, OTHER = VerifiedCase("demo/ratio", "0" * 12, SAID, 3), VerifiedCase("demo/warning", "a" * 12, "", 12, "cpu")


def test_cases_round_trip_sorted(tmp_path):
    files.replace(tmp_path / "cases.csv", dump([OTHER, ONE]))
    assert read(tmp_path / "cases.csv") == {ONE.case: ONE, OTHER.case: OTHER}
    assert list(read(tmp_path / "cases.csv")) == [ONE.case, OTHER.case]
    assert read(tmp_path / "nothing.csv") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ":1: the columns must be case,code,goldens,round,only; take the file back from git, or delete it"),
        (dump([ONE._replace(case="demo")]), ":2: not a row of .*case = 'demo'"),
        (dump([ONE._replace(case="demo/\x1b[2J")]), ":2: not a row of .*x1b"),
        (dump([ONE._replace(code="0")]), ":2: not a row of .*code = '0'"),
        (dump([ONE._replace(goldens="g" * 12)]), ":2: not a row of .*goldens = 'g"),
        (dump([ONE._replace(goldens=f"{SAID},{SAID}")]), ":2: not a row of .*goldens = '1"),
        (dump([ONE._replace(round=0)]), ":2: not a row of .*round = '0'"),
        (dump([ONE._replace(only="cuda")]), ":2: not a row of .*only = 'cuda'"),
        (dump([ONE, ONE._replace(round=4)]), ":3: demo/ratio is there twice"),
    ],
)
def test_a_table_that_is_none_is_bad_input(tmp_path, text, problem):
    path = tmp_path / "cases.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read(path)


def test_what_goldens_say_of_a_run_is_known_without_them():
    first, later, other = (
        make_golden("a"),
        make_golden("b", since="1.5.0"),
        make_golden("c", since="1.5.0", device="cuda"),
    )
    said = said_by([first, later, other])
    assert re.fullmatch("1.4.0:[0-9a-f]{8} 1.5.0:[0-9a-f]{8} 1.5.0@cuda:[0-9a-f]{8}", said)
    named = first._replace(cause="another", recorded={**RECORDED, "python": "3.9.1"})
    assert said == said_by([named, later, other])
    old, new, on_cuda = (
        Run(Release.parse(one), device) for one, device in (("1.4.1", "cpu"), ("1.6.0", "cpu"), ("1.6.0", "cuda"))
    )
    assert len({said_of(said, run) for run in (old, new, on_cuda)}) == 3
    assert said_of(said, old) == said_of(said_by([first]), new)
    assert said_of(said_by([later]), old) is None
