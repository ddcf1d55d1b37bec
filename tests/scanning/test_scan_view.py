"""What `module-drift scan` prints of a small file, by the whole record."""

import json
from pathlib import Path

import pytest

from module_drift.cli import main
from module_drift.common import files

ROOT = Path(__file__).parents[2]
CODE = """\
import torch
from torch import nn

net = nn.Linear(3, 4)
net.register_backward_hook(print)
net.zero_grad()
torch.load("model.pt")
"""


@pytest.fixture
def scan(tmp_path, monkeypatch, capsys):
    """Scan the file, and return the status and what was printed."""
    files.replace(tmp_path / "code.py", CODE)
    monkeypatch.chdir(ROOT)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["scan", str(tmp_path / "code.py"), *arguments])
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out

    return run


def test_what_is_silent_comes_first_with_its_place_and_remedy(scan):
    status, output = scan("--from", "1.13.1", "--to", "2.6.0")
    assert status == 1
    assert output.index("silent (1)") < output.index("loud (1)") < output.index("noise (2)")
    silent = output[output.index("silent (1)") : output.index("loud (1)")]
    assert "code.py:6:1: net.zero_grad()  (sure)" in silent
    assert "do: Pass set_to_none=False" in silent
    assert "1 file read, 4 causes found in 4 places" in output


def test_from_a_release_to_itself_nothing_is_found(scan):
    assert scan("--from", "2.6.0", "--to", "2.6.0")[0] == 0


def test_programs_get_the_same(scan):
    found = json.loads(scan("--from", "1.13.1", "--to", "2.6.0", "--json")[1])
    assert (found["from"], found["to"], found["read"]) == ("1.13.1", "2.6.0", 1)
    annotations = scan("--from", "1.13.1", "--to", "2.6.0", "--github")[1].splitlines()
    assert [line.split(" ")[0] for line in annotations if line.startswith("::")] == ["::error"] * 2 + ["::warning"] * 2
