"""The assertion that the right torch is installed."""

import subprocess
import sys
from pathlib import Path

import torch

from module_drift.observing import assert_torch
from module_drift.record.release import Release

ROOT = Path(__file__).parents[2]


def test_the_torch_that_imports_must_be_the_one_named():
    named = f"torch{Release.parse(torch.__version__)}-cpu"
    for name in (named, f"regen-{named}", f"py311-{named}"):
        assert assert_torch.main(name) is None
    assert assert_torch.mismatch("torch2.6.0-cpu", "2.6.0+cu124") is None
    wrong = assert_torch.mismatch("torch2.6.0-cpu", "2.6.1")
    assert wrong == "torch2.6.0-cpu: torch 2.6.1 was installed; pin torch==2.6.0 in tox.ini"
    assert "no torch release in this environment's name" in assert_torch.mismatch("tests", "2.6.0")


def test_nothing_is_said_when_the_right_torch_imports():
    name = f"torch{Release.parse(torch.__version__)}-cpu"
    command = [sys.executable, "-W", "always", "-m", "module_drift.observing.assert_torch", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
