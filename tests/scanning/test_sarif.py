"""What scan prints as SARIF, besides being of its schema."""

import json

import pytest
from somebodys import CODE

from module_drift.scanning.sarif import LEVELS


@pytest.fixture
def run(repository):
    """Scan CODE, or another, as a.py, and return the run."""

    def scan(*arguments, code=CODE):
        repository.write("a.py", code)
        return json.loads(repository.scan("--sarif", *arguments).out)["runs"][0]

    return scan


def fingerprints(found):
    return {
        (one["ruleId"], tuple(one["partialFingerprints"].values()))
        for one in found["results"]
        if not one["suppressions"]
    }


def test_rules_are_the_causes_that_were_looked_for_with_what_to_do(run):
    rules = run()["tool"]["driver"]["rules"]
    assert len(rules) > 40
    (rule,) = (one for one in rules if one["id"] == "zero-grad-sets-none")
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "What to do: Pass set_to_none=False" in rule["help"]["text"]
    assert "https://github.com/pytorch/pytorch/pull/92731" in rule["help"]["markdown"]
    assert {
        one["properties"]["effect"]: one["defaultConfiguration"]["level"] for one in rules
    }.items() <= LEVELS.items()


def test_results_name_their_rules_and_the_worst_come_first(run):
    found = run()
    rules = found["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in found["results"])
    assert [one["level"] for one in found["results"]] == ["error"] * 4 + ["warning"] * 2


def test_places_are_relative_to_the_root_and_columns_are_of_characters(run, repository):
    found = run()
    assert found["originalUriBaseIds"]["SRCROOT"]["uri"] == f"{repository.root.as_uri()}/"
    places = [one["locations"][0]["physicalLocation"] for one in found["results"]]
    assert {one["artifactLocation"]["uri"] for one in places} == {"sub/a.py"}
    loads = [one["region"] for one in places if one["region"]["startLine"] == 7]
    assert [one["startColumn"] for one in loads] == [5, 25] * 2
    assert {one["snippet"]["text"] for one in loads} == {'ü = torch.load("ü.pt"), torch.load("b.pt")'}


def test_where_there_is_no_repository_places_begin_in_the_current_folder(repository):
    (repository.root / ".git").rename(repository.root / "no-git")
    repository.write("a.py", CODE)
    found = json.loads(repository.scan("--sarif").out)["runs"][0]
    assert found["originalUriBaseIds"]["SRCROOT"]["uri"] == f"{repository.sub.as_uri()}/"
    place = found["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "a.py", "uriBaseId": "SRCROOT"}


def test_a_file_beside_the_repository_has_its_whole_address(repository, tmp_path_factory):
    other = tmp_path_factory.mktemp("other") / "a b.py"
    other.write_text("import torch\ntorch.load('a')\n", encoding="utf-8")
    found = json.loads(repository.scan("--sarif", other).out)["runs"][0]
    (place,) = {json.dumps(one["locations"][0]["physicalLocation"]["artifactLocation"]) for one in found["results"]}
    assert json.loads(place) == {"uri": other.as_uri()}


def test_fingerprints_stay_where_lines_move_and_differ_for_each_place(run):
    before = fingerprints(run())
    assert len(before) == 5
    assert fingerprints(run(code=f"# more\n\n{CODE}")) == before
    assert fingerprints(run(code=CODE.replace("net.zero_grad()\n", "if net:\n    net.zero_grad()\n", 1))) == before
    after = fingerprints(run(code=CODE.replace('"b.pt"', '"c.pt"')))
    assert len(after & before) == 1


def test_what_is_silenced_is_suppressed(run):
    kinds = [[one["kind"] for one in result["suppressions"]] for result in run()["results"]]
    assert sorted(kinds) == [[]] * 5 + [["inSource"]]
    found = run("--baseline", "known.json", "--write-baseline")
    kinds = [[one["kind"] for one in result["suppressions"]] for result in found["results"]]
    assert sorted(kinds) == [["external"]] * 5 + [["inSource"]]


def test_what_could_not_be_read_is_a_notification(run, repository):
    repository.write("b.py", "print 'a'\n")
    said = run()["invocations"][0]["toolExecutionNotifications"]
    assert [one["level"] for one in said] == ["warning", "note"]
    assert "b.py: no Python" in said[0]["message"]["text"]
    assert said[1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 8


def test_of_a_notebook_the_line_is_that_of_the_file(repository):
    cells = [{"cell_type": "markdown", "source": ["torch.load('a')"]}]
    cells += [{"cell_type": "code", "outputs": [{"source": ["no"]}], "source": ["import torch\n", "torch.load('a')"]}]
    text = json.dumps({"cells": cells}, indent=1)
    repository.write("n.ipynb", text)
    found = json.loads(repository.scan("--sarif").out)["runs"][0]["results"][0]["locations"][0]
    number = found["physicalLocation"]["region"]["startLine"]
    assert text.splitlines()[number - 1].strip() == "\"torch.load('a')\""
    assert number > 10
    assert found["logicalLocations"] == [{"fullyQualifiedName": "cell 2, line 2"}]
