"""The commands that read the record, as people call them."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from stand_in_observer import StandInObserver

from conftest import CAREFUL, CAUSE, FAMILY, make_golden, make_row, make_suite, observation
from module_drift.cli import main
from module_drift.common import files
from module_drift.judging import judge
from module_drift.observing import running_torch
from module_drift.record.release import Release, public_version
from module_drift.record.verified import dump

TORCH = public_version(torch.__version__)
ROW = make_row(cases=2)
NEWER = ROW._replace(release="1.5.0")


@pytest.fixture(autouse=True)
def _cases_run_here(monkeypatch):
    """Which tests/judging/test_check.py has run in a process of their own."""
    monkeypatch.setattr(judge, "Observer", StandInObserver)


@pytest.fixture
def call(record, write_golden, monkeypatch, module_drift):
    """Call module-drift in a record of two cases, of which one changed in 1.5.0; return its status and output."""
    make_suite(record, write_golden)
    changed = make_golden("", "1.5.0", cause="a-change")
    write_golden("demo/warning", changed._replace(observation=CAREFUL._replace(printed="new\n")))
    files.replace(record.folder / "causes.toml", CAUSE)
    files.replace(record.folder / "verified.csv", dump([ROW, NEWER, NEWER._replace(python="3.11.7")]))
    monkeypatch.chdir(record.folder.parent)

    return module_drift


def test_between_says_what_changes(call):
    status, output = call("between", "1.4", "1.5.0+cu124")
    assert status == 0
    assert output.splitlines() == [
        "torch 1.4.0 on cpu to 1.5.0: 1 change in 1 case",
        "",
        "changed (1)",
        "since\twhat changed\tcases\tevidence",
        "1.5.0\tSomething changed.\tdemo/warning\thttps://example.org/1",
    ]


def test_between_can_show_the_differences(call):
    _, output = call("between", "1.4", "1.5", "--diff")
    assert output.splitlines()[3:] == [
        "1.5.0  Something changed.",
        "       https://example.org/1",
        "  demo/warning",
        "    printed:",
        "      @@ -0,0 +1 @@",
        "      +new",
    ]


def test_between_says_first_what_is_silent_and_leaves_out_what_harms_nobody(call, record, write_golden):
    changed = make_golden("", "1.5.0", cause="another")._replace(observation=CAREFUL)
    write_golden("demo/ratio", changed)
    causes = record.folder / "causes.toml"
    about = 'touches = ["torch.load()"]\neffect = "{}"\ndo = "Do this."\n'

    def between(first, second, *options):
        other = CAUSE.replace("a-change", "another").replace("Something", "Something else")
        files.replace(causes, f"{CAUSE}{about.format(first)}\n{other}{about.format(second)}")
        return call("between", "1.4", "1.5", *options)[1].splitlines()

    assert between("loud", "silent")[2:] == [
        "silent (1): other values, order or effects, and nothing is said",
        "since\twhat changed\tcases\tevidence",
        "1.5.0\tSomething else changed. What to do: Do this.\tdemo/ratio\thttps://example.org/1",
        "",
        "loud (1): raises where it did not, or no longer imports",
        "since\twhat changed\tcases\tevidence",
        "1.5.0\tSomething changed. What to do: Do this.\tdemo/warning\thttps://example.org/1",
    ]
    shown = between("new", "noise")
    assert shown[0] == "torch 1.4.0 on cpu to 1.5.0: 2 changes in 2 cases"
    assert shown[2] == "noise (1): warnings, and the words of messages"
    assert shown[-1] == "left out as new or only in other words: 1 change (--all lists all)"
    for option in ("--all", "--kind=changed"):
        shown = between("new", "noise", option)
        assert "1.5.0\tSomething changed.\tdemo/warning\thttps://example.org/1" in shown
        assert "left out" not in shown[-1]
    assert "  what to do (new): Do this." in call("show", "demo/warning")[1].splitlines()


def test_between_says_that_both_are_the_same_release(call):
    assert call("between", "1.5", "1.5.0+cu124") == (
        0,
        "torch 1.5.0 on cpu to 1.5.0: the same release, so nothing changes\n",
    )
    assert json.loads(call("between", "1.5", "1.5", "--json")[1])["lasting"] == []


def test_between_says_that_a_downgrade_loses(call):
    _, output = call("between", "1.5", "1.4", "--diff")
    assert output.startswith("torch 1.5.0 on cpu to 1.4.0, a downgrade, by which this is lost again: 1 change")
    assert "-new" in output


def test_between_filters_by_kind(call):
    assert "0 changes in 0 cases" in call("between", "1.4", "1.5", "--kind", "fixed, warns")[1]
    assert "1 change in 1 case" in call("between", "1.4", "1.5", "--kind", "fixed,changed")[1]


def test_between_filters_by_section(call):
    assert "1 change in 1 case" in call("between", "1.4", "1.5", "--section", "demo")[1]
    assert (
        call("between", "1.4", "1.5", "--section", "dmo")[1]
        == "module-drift: dmo: no section; there are demo; nearest is demo\n"
    )


def test_between_says_where_the_record_ends(call):
    _, output = call("between", "1.4", "1.6.0.dev20261101")
    assert "torch 1.6.0 is newer than the record: what it holds for 1.5.0 stands for it\n" in output
    assert "no release was run on cuda yet" in call("between", "1.4", "1.5", "--device", "cuda")[1]


def test_between_as_json(call):
    newer = json.loads(call("between", "1.4", "1.6", "--json")[1])
    assert newer["notes"] == ["torch 1.6.0 is newer than the record: what it holds for 1.5.0 stands for it"]
    found = json.loads(call("between", "1.4", "1.5", "--json")[1])
    assert (found["old"], found["new"], found["downgrade"], found["undone"]) == ("1.4.0", "1.5.0", False, [])
    assert found["lasting"] == [
        {
            "key": "a-change",
            "since": "1.5.0",
            "kind": "changed",
            "what": "Something changed.",
            "effect": None,
            "do": None,
            "example": None,
            "touches": [],
            "evidence": ["https://example.org/1"],
            "cases": [{"id": "demo/warning", "before": "since-1.04.0.yml", "after": "since-1.05.0.yml"}],
        }
    ]


def test_show_tells_a_cases_whole_history(call):
    status, output = call("show", "demo/warning")
    assert status == 0
    lines = output.splitlines()
    assert lines[:2] == ["demo/warning", "A warning of our own."]
    assert '    warnings.warn("careful", FutureWarning)' in lines
    assert "  warning: FutureWarning: careful" in lines
    later = lines[lines.index("golden/demo/warning/since-1.05.0.yml") :]
    assert "  changed: Something changed." in later
    assert "  https://example.org/1" in later
    assert "    +new" in later
    assert not any("careful" in line for line in later)


def test_show_as_json(call):
    found = json.loads(call("show", "demo/warning", "--json")[1])
    assert [golden["since"] for golden in found["goldens"]] == ["1.4.0", "1.5.0"]
    assert found["goldens"][1]["cause"]["kind"] == "changed"
    assert found["goldens"][1]["observation"]["printed"] == "new\n"


def test_show_shows_an_api_with_its_cases_and_causes(call, record):
    about = 'touches = ["{}"]\neffect = "{}"\ndo = "Do this."\n'
    newer = CAUSE.replace("a-change", "b-change").replace("Something", "Something else")
    touching = CAUSE + about.format("torch.tensor(dtype)", "noise") + newer + about.format("torch.tensor()", "silent")
    files.replace(record.folder / "causes.toml", touching)
    expected = [
        "torch.tensor",
        "2 changes, 1 case",
        "",
        "what changed",
        "since\teffect\twhat changed\tevidence",
        "1.5.0\tsilent\tSomething else changed. What to do: Do this.\thttps://example.org/1",
        "1.5.0\tnoise\tSomething changed. What to do: Do this.\thttps://example.org/1",
        "",
        "cases that use it",
        "case\tlatest change\twhat it shows",
        "demo/ratio\t\tA third, as torch prints it.",
    ]
    for name in ("torch.tensor", "tensor", "tensor()"):
        status, output = call("show", name)
        assert (status, output.splitlines()) == (0, expected)
    (found,) = json.loads(call("show", "torch.tensor", "--json")[1])
    assert found["name"] == "torch.tensor"
    assert [(cause["key"], cause["since"], cause["do"]) for cause in found["causes"]] == [
        ("b-change", "1.5.0", "Do this."),
        ("a-change", "1.5.0", "Do this."),
    ]
    assert [(case["id"], case["latest"]) for case in found["cases"]] == [("demo/ratio", None)]


def ids(output):
    return [line.split("\t")[0] for line in output.splitlines()[1:]]


def test_list_filters(call):
    assert call("list")[1].splitlines()[2] == "demo/warning\t1\t1.5.0\tA warning of our own."
    assert ids(call("list")[1]) == ["demo/ratio", "demo/warning"]
    assert ids(call("list", "THIRD")[1]) == ["demo/ratio"]
    assert ids(call("list", "--section", "demo")[1]) == ["demo/ratio", "demo/warning"]
    assert ids(call("list", "--kind", "changed")[1]) == ["demo/warning"]
    assert call("list", "--kind", "warns")[1].splitlines()[1:] == ["none of 2 cases fits all that was asked for"]
    assert ids(call("list", "--release", "1.5")[1]) == ["demo/warning"]
    assert call("list", "--release", "1.4")[1].splitlines()[1:] == ["none of 2 cases fits all that was asked for"]
    found = json.loads(call("list", "own", "--json")[1])
    assert [(case["id"], case["drifts"]) for case in found] == [
        ("demo/warning", [{"since": "1.5.0", "cause": "a-change"}])
    ]


def test_a_list_finds_words_in_code_and_causes_after_those_in_ids_and_sentences(call):
    assert ids(call("list", "warn")[1]) == ["demo/warning"]
    assert call("list", "torch.TENSOR()")[1].splitlines()[1:] == [
        "demo/ratio\t0\t\tA third, as torch prints it.",
        "1 case: 1 by code",
    ]
    assert ids(call("list", "careful", "own")[1])[:1] == ["demo/warning"]
    assert ids(call("list", "something")[1])[:1] == ["demo/warning"]
    assert call("list", "something")[1].splitlines()[-1] == "1 case: 1 by cause"
    assert call("list", "demo", "torch")[1].splitlines()[1:] == [
        "demo/ratio\t0\t\tA third, as torch prints it.",
    ]
    together = "none of 2 cases has all of 'third', 'careful' in its id, sentence, code or causes"
    assert call("list", "third careful")[1].splitlines()[1:] == [together]


def test_between_finds_words_in_causes_and_in_the_cases_that_they_move(call):
    for text in ("SOMETHING", "a-change", "careful", "own warning"):
        assert "1 change in 1 case" in call("between", "1.4", "1.5", *text.split())[1]
    status, output = call("between", "1.4", "1.5", "third")
    assert status == 0
    assert "0 changes in 0 cases" in output
    assert "no change on the way has 'third' in its cause, or in the ids, sentences or code of its cases\n" in output
    assert "nearest is 'something'" in call("between", "1.4", "1.5", "somehting")[1]
    assert json.loads(call("between", "1.4", "1.5", "third", "--json")[1].partition("no change")[0])["lasting"] == []


def test_between_can_be_asked_what_touches_code(call, record):
    code = Path("own.py")
    code.write_text("import torch\ntorch.load('a')\n", encoding="utf-8")
    about = 'touches = ["{}"]\neffect = "loud"\ndo = "Do this."\n'
    files.replace(record.folder / "causes.toml", CAUSE + about.format("torch.load()"))
    lines = call("between", "1.4", "1.5", "--code", "own.py")[1].splitlines()
    assert lines[0] == "torch 1.4.0 on cpu to 1.5.0: 1 change in 1 case"
    assert lines[1] == "only what touches own.py: 1 file read, 1 place found, which module-drift scan shows"
    files.replace(record.folder / "causes.toml", CAUSE + about.format("torch.save()"))
    assert "0 changes in 0 cases" in call("between", "1.4", "1.5", "--code", "own.py")[1]
    assert json.loads(call("between", "1.4", "1.5", "--code", ".", "--json")[1])["notes"][0].startswith("only what")
    files.replace(record.folder / "causes.toml", CAUSE + 'touches = []\nhidden = "words"\n')
    output = call("between", "1.4", "1.5", "--code", "own.py")[1]
    assert "left out, since no name finds them in code: 1 change\n" in output
    assert call("between", "1.4", "1.5", "--code", "gone.py")[0] == 2


def test_a_list_of_nothing_says_what_is_nearest_and_is_no_error(call):
    status, output = call("list", "wraning")
    assert status == 0
    assert output.splitlines()[1:] == [
        "none of 2 cases has 'wraning' in its id, sentence, code or causes; nearest is 'warning'"
    ]
    assert call("list", "qqq")[1].endswith("'qqq' in its id, sentence, code or causes; module-drift list shows all\n")
    assert json.loads(call("list", "wraning", "--json")[1].partition("none")[0]) == []


@pytest.mark.parametrize("arguments", [["list"], ["show", "demo/ratio"], ["between", "1.4", "1.5"], ["releases"]])
def test_each_command_names_its_record_on_stderr(call, capsys, arguments):
    with pytest.raises(SystemExit):
        main(arguments)
    assert capsys.readouterr().err == "record: golden (2 cases, torch 1.4.0 to 1.5.0)\n"


def test_releases_lists_the_runs(call):
    assert call("releases")[1].splitlines() == [
        "release\tdevice\tmode\tpython\tplatform\tcases\tdate",
        "1.4.0\tcpu\teager\t3.8.18\tlinux-x86_64-amd\t2\t2026-11-23",
        "1.5.0\tcpu\teager\t3.8.18\tlinux-x86_64-amd\t2\t2026-11-23",
        "1.5.0\tcpu\teager\t3.11.7\tlinux-x86_64-amd\t2\t2026-11-23",
    ]


def test_releases_as_json_names_what_a_ci_matrix_runs(call):
    found = json.loads(call("releases", "--json")[1])["include"]
    assert [(run["release"], run["python"], run["tox"]) for run in found] == [
        ("1.4.0", "3.8", "torch1.4.0-cpu"),
        ("1.5.0", "3.8", "torch1.5.0-cpu"),
        ("1.5.0", "3.11", "py311-torch1.5.0-cpu"),
    ]


def test_the_environments_that_releases_names_are_those_of_tox(capsys, monkeypatch):
    root = Path(__file__).parent.parent
    monkeypatch.chdir(root)
    with pytest.raises(SystemExit):
        main(["releases", "--json"])
    named = {run["tox"] for run in json.loads(capsys.readouterr().out)["include"]}
    listed = subprocess.run(
        [sys.executable, "-m", "tox", "list", "--no-desc"], cwd=root, capture_output=True, text=True
    )
    assert named <= set(listed.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["between", "1.3", "1.5"], "1.3: the record has 1.4.0 to 1.5.0, but not this; nearest is 1.4.0"),
        (["between", "1.4.7", "1.5"], "1.4.7: the record has 1.4.0 to 1.5.0, but not this; nearest is 1.4.0"),
        (["between", "old", "1.5"], "torch version 'old': not a version number; it must begin like *"),
        (
            ["between", "1.4", "1.5", "--kind", "fixd"],
            "fixd: no kind of change; there are changed, *; nearest is fixed",
        ),
        (["between", "1.4"], "Missing argument 'NEW'."),
        (["show", "demo/wraning"], "demo/wraning: none of the 2 cases; nearest is demo/warning; see module-drift list"),
        (["show", "demo"], "demo: a section, and no case; module-drift list --section demo lists its 2 cases"),
        (["show", "wraning"], "wraning: neither a case nor an API that the record knows; near are demo/warning"),
        (
            ["show", "torch.tensr"],
            "torch.tensr: neither a case nor an API that the record knows; near are torch.tensor",
        ),
        (
            ["show", "torch"],
            "torch: neither a case nor an API that the record knows; it has torch.Tensor.__truediv__, *",
        ),
        (["list", "--section", "hock"], "hock: no section; there are demo"),
        (["between", "1.4", "1.5", "--section", ""], "'': no section; there are demo"),
        (["list", "--release", "9"], "9: the record has 1.4.0 to 1.5.0, but not this; nearest is 1.5.0"),
        (["lst"], "No such command 'lst'.*"),  # What click adds depends on its release.
        (["show", "demo/ratio", "--jsn"], "No such option*"),
    ],
)
def test_bad_input_is_one_line_with_what_is_nearest(call, arguments, line):
    status, output = call(*arguments)
    assert status == 2
    (said,) = output.splitlines()
    pattern = line.partition("*")
    assert said.startswith(f"module-drift: {pattern[0]}")
    assert said.endswith(pattern[2])


def test_a_project_is_found_from_within_and_elsewhere_what_the_package_carries(call, tmp_path_factory, monkeypatch):
    ours = call("list")
    Path("deep/down").mkdir(parents=True)
    monkeypatch.chdir("deep/down")
    assert call("list") == ours
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    status, output = call("list")
    assert status == 0
    assert "hook/code-3" in output


def test_none_of_the_reading_commands_needs_torch(call, monkeypatch):
    script = "import sys; sys.modules['torch'] = None; from module_drift.cli import main; main(sys.argv[1:])"
    for arguments in (["between", "1.4", "1.5"], ["show", "demo/ratio"], ["list"], ["releases"], ["check", "--help"]):
        subprocess.run([sys.executable, "-c", script, *arguments], check=True, stdout=subprocess.DEVNULL)


def test_check_runs_the_suite_and_ends_in_a_line(call, record, write_golden, tmp_path):
    status, output = call("check", "--junit", str(tmp_path / "report.xml"))
    assert status == 1
    assert output.splitlines()[-1] == f"drifted: demo/warning; torch {TORCH} is held against 1.5.0"
    assert "-new" in output
    assert "demo/warning" in (tmp_path / "report.xml").read_text(encoding="utf-8")

    since = str(Release.parse(torch.__version__))
    write_golden("demo/warning", make_golden("", since, cause="a-change")._replace(observation=CAREFUL))
    files.replace(record.folder / "causes.toml", CAUSE + CAUSE.replace("a-", "b-").replace("1.5.0", since))
    write_golden("demo/warning", make_golden("", since, cause="b-change")._replace(observation=CAREFUL))
    status, output = call("check")
    assert (status, output.splitlines()[-1]) == (0, f"matches: 2 cases, torch {TORCH} is held against 1.5.0")


def test_check_as_json_prints_nothing_else(call):
    status, output = call("check", "--json")
    assert status == 1
    old, new = "new\nwarning: FutureWarning: careful", "warning: FutureWarning: careful"
    differences = "printed:\n  @@ -1 +0,0 @@\n  -new"
    assert json.loads(output) == {
        "release": str(Release.parse(torch.__version__)),
        "device": "cpu",
        "verdict": "drifted",
        "cases": 2,
        "matched": 1,
        "expected": 2,
        "drifted": [
            {"id": "demo/warning", "device": "cpu", "old": old, "new": new, "differences": differences},
        ],
        "accepted": [],
        "elsewhere": [],
        "out_of_scope": {},
        "mode": "eager",
        "passed_by": [],
        "cannot": [],
        "deviating": [],
        "uncompared": [],
        "verified": 0,
        "left_out": {},
        "held_against": {"cpu": "1.5.0"},
        "unjudged": [],
        "reason": "",
        "torch": TORCH,
        "python": platform.python_version(),
        "platform": running_torch.this_platform(),
    }


def test_check_says_why_the_suite_could_not_run(call, record):
    files.replace(record.cases_folder / "demo.py", "not Python")
    status, output = call("check")
    assert status == 2
    assert output.splitlines()[-1].startswith("could not be run: ")


@pytest.fixture
def calling_a_module(call, record, write_golden):
    """A case that calls a Module beside two that call none, and the runs of the record in eager and in a mode."""
    source = '\n\n@case("demo/module")\ndef module(show, device):\n    """A Module."""\n    show("one", {})\n'
    path = record.cases_folder / "demo.py"
    called = "torch.nn.Identity()(torch.ones(1)).item()"
    files.replace(path, path.read_text(encoding="utf-8") + source.format(called))
    one = observation("one 1.0")._replace(numbers=[["one", 1.0]])
    write_golden("demo/module", make_golden("")._replace(observation=one))
    write_golden("demo/warning", make_golden("", "1.5.0", cause="a-change")._replace(observation=CAREFUL))
    goes = "case,mode,goes\ndemo/module,compile,99.0.0+\ndemo/module,functional-call,2.0.0+\n"
    files.replace(record.folder / "modes.csv", goes)
    rows = [make_row("2.0.0"), make_row("2.0.0", mode="functional-call"), make_row("99.0.0", mode="compile")]
    files.replace(record.folder / "verified.csv", dump(rows))


def test_check_in_all_modes_judges_in_those_that_the_record_has(call, calling_a_module):
    status, output = call("check", "--mode", "all")
    assert status == 0
    against = f"torch {TORCH} is held against 2.0.0"
    assert f"eager: matches: 3 cases, {against}\n" in output
    assert f"functional-call: matches: 1 case, 2 more do not go through the mode, {against}\n" in output
    assert output.splitlines()[-1] == "in 2 modes: matches in eager, functional-call"
    assert "compile" not in output
    status, output = call("check", "--mode", "all", "--json")
    assert [(run["mode"], run["verdict"]) for run in json.loads(output)] == [
        ("eager", "matches"),
        ("functional-call", "matches"),
    ]


def test_check_in_all_modes_ends_as_the_worst_of_them(call, calling_a_module, record):
    goes = "case,mode,goes\ndemo/module,compile,99.0.0+\ndemo/ratio,functional-call,2.0.0+\n"
    files.replace(record.folder / "modes.csv", goes)
    status, output = call("check", "--mode", "all")
    assert status == 1
    assert "eager: matches" in output
    assert "functional-call: drifted: demo/ratio" in output
    assert output.splitlines()[-1] == "in 2 modes: drifted in functional-call; matches in eager"


def test_check_names_the_record_once_however_many_modes_there_are(call, calling_a_module):
    _, output = call("check", "--mode", "all")
    assert output.count("record: ") == 2  # As every command says it, and the run itself for whom it holds.


def test_changes_of_kind_mode_are_asked_for_in_a_mode(call, calling_a_module):
    status, output = call("between", "2.0.0", "2.0.0", "--kind", "mode")
    assert status == 0
    assert "in eager, nothing is of kind mode: add --mode with one of compile, functional-call\n" in output
    _, output = call("between", "2.0.0", "2.0.0", "--kind", "mode", "--mode", "functional-call")
    assert "nothing is of kind mode" not in output


def test_a_report_is_of_one_mode(call, calling_a_module, tmp_path):
    status, output = call("check", "--mode", "all", "--junit", str(tmp_path / "report.xml"))
    assert status == 2
    assert "--junit: a report is of one mode; name that mode with --mode" in output


def test_modes_says_where_nothing_is_found(call, calling_a_module):
    status, output = call("modes", "zzzz")
    assert status == 0
    assert "has 'zzzz' in its id, sentence, code or causes" in output
    assert "as in eager" not in output


@pytest.mark.parametrize(
    ("since", "mode", "problem"),
    [
        ("2.0.0", "nonsense", "since-2.00.0~nonsense.yml: there is no mode nonsense; delete it"),
        ("1.13.0", "compile", "since-1.13.0~compile.yml: mode compile came only with 2.0.0; delete it"),
    ],
)
def test_a_golden_of_a_mode_that_there_is_not_cannot_be_judged_by(
    call, calling_a_module, write_golden, since, mode, problem
):
    write_golden("demo/module", make_golden("a", since=since, mode=mode, cause="unexplained"))
    status, output = call("check")
    assert status == 2
    assert problem in output


def test_show_shows_of_a_family_the_member_alone(call, record, write_golden):
    path = record.cases_folder / "demo.py"
    files.replace(path, path.read_text(encoding="utf-8") + FAMILY)
    write_golden("demo/elu-of-one", make_golden("a"))
    lines = call("show", "demo/elu-of-one")[1].splitlines()
    assert lines[:3] == ["demo/elu-of-one", "ELU of 2 is so.", "called with layer=('ELU', 2)"]
    at = lines.index('    layer={"elu": ("ELU", 2)},')
    assert (lines[at - 3], lines[at - 2]) == (
        f"cases/demo.py:{path.read_text().splitlines().index('@cases(') + 1}",
        "@cases(",
    )
    assert "GELU" not in "".join(lines)
    found = json.loads(call("show", "demo/gelu-of-one", "--json")[1])
    assert (found["called_with"], found["needs"]) == ("layer=('GELU', 0.5)", "torch.nn.GELU")
    assert "demo/no-of-one\t0\t\tNoSuchLayer of 0 is so." in call("list")[1]
    assert "nearest is demo/gelu-of-one" in call("show", "demo/glu-of-one")[1]
