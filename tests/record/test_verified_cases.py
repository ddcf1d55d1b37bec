"""The table of what was last run of each case."""

import pytest

from conftest import RECORDED, make_golden
from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.record.verified_cases import VerifiedCase, dump, goldens_digest, read

ONE, OTHER = VerifiedCase("demo/ratio", "0" * 12, "1" * 12, 3), VerifiedCase("demo/warning", "a" * 12, "b" * 12, 12)


def test_cases_round_trip_sorted(tmp_path):
    files.replace(tmp_path / "cases.csv", dump([OTHER, ONE]))
    assert read(tmp_path / "cases.csv") == {ONE.case: ONE, OTHER.case: OTHER}
    assert list(read(tmp_path / "cases.csv")) == [ONE.case, OTHER.case]
    assert read(tmp_path / "nothing.csv") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ":1: the columns must be case,code,goldens,round; take the file back from git, or delete it"),
        (dump([ONE._replace(case="demo")]), ":2: not a row of .*case = 'demo'"),
        (dump([ONE._replace(case="demo/\x1b[2J")]), ":2: not a row of .*x1b"),
        (dump([ONE._replace(code="0")]), ":2: not a row of .*code = '0'"),
        (dump([ONE._replace(goldens="g" * 12)]), ":2: not a row of .*goldens = 'g"),
        (dump([ONE._replace(round=0)]), ":2: not a row of .*round = '0'"),
        (dump([ONE, ONE._replace(round=4)]), ":3: demo/ratio is there twice"),
    ],
)
def test_a_table_that_is_none_is_bad_input(tmp_path, text, problem):
    path = tmp_path / "cases.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read(path)


def test_the_digest_of_goldens_follows_what_they_say_of_each_run():
    first, later = make_golden("a"), make_golden("b", since="1.5.0", cause="a-change")
    said = goldens_digest([first, later])
    assert said == goldens_digest([first, later._replace(cause="another", recorded={**RECORDED, "python": "3.9.1"})])
    assert said == goldens_digest([first, make_golden("a", since="1.4.1"), later])  # It says nothing new.
    others = [
        [first],
        [first, make_golden("c", since="1.5.0")],
        [first, make_golden("b", since="1.5.1")],
        [first, make_golden("b", since="1.5.0", device="cuda")],
        [],
    ]
    digests = [said, *map(goldens_digest, others)]
    assert len(set(digests)) == len(digests)
