"""A repository of somebody else, in a folder of which `module-drift scan` is run."""

import subprocess
from typing import NamedTuple

import pytest

from module_drift.cli import main
from module_drift.common import files

CODE = """\
import torch
from torch import nn

net = nn.Linear(3, 4)
net.zero_grad()
net.zero_grad()  # module-drift: ignore[zero-grad-sets-none]
ü = torch.load("ü.pt"), torch.load("b.pt")
x = 1  # module-drift: ignore[no-such]
"""
"""Meets a silent cause (twice), a loud one and one that warns (twice each), and has a comment that names no cause."""

UPGRADE = ("--from", "1.13.1", "--to", "2.6.0")


class Answer(NamedTuple):
    status: int
    out: str
    err: str


class Repository:
    """A repository with a folder `sub`, which is the current one."""

    def __init__(self, root, capsys):
        self.root = root
        self.sub = root / "sub"
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        self.sub.mkdir()
        self._capsys = capsys

    def write(self, name, text):
        files.replace(self.sub / name, text)
        return self.sub / name

    def scan(self, *arguments, way=UPGRADE):
        with pytest.raises(SystemExit) as ended:
            main(["scan", *way, *map(str, arguments)])
        return Answer(ended.value.code or 0, *self._capsys.readouterr())
