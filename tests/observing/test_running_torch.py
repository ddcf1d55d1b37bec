"""Which torch it is that this interpreter has, and what is said of one that cannot be judged."""

import importlib
import sys

import pytest
import torch

from module_drift.common import files
from module_drift.common.errors import InputError
from module_drift.observing import running_torch
from module_drift.record.release import Release

elsewhere = pytest.mark.usefixtures("nothing_installed")


@pytest.fixture
def nothing_installed(tmp_path, monkeypatch):
    """Only what a test puts in its folder can be imported as torch."""
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        del sys.modules[name]


def put(tmp_path, **texts):
    for name, text in texts.items():
        files.replace(tmp_path / "torch" / f"{name}.py", text)


@elsewhere
@pytest.mark.parametrize(
    "line",
    [
        "__version__ = '2.6.0+cu124'",
        '__version__ = "2.6.0+cu124"',
        "from typing import x\n__version__: str = '2.6.0+cu124'",
    ],
)
def test_the_version_is_read_without_an_import(tmp_path, line):
    put(tmp_path, __init__="raise RuntimeError('imported')\n", version=f"{line}\ndebug = False\n")
    assert running_torch.version() == "2.6.0+cu124"


@elsewhere
@pytest.mark.parametrize("odd", ["", "__version__ = make()\n", "__version__ = ''\n", None])
def test_where_version_py_does_not_tell_the_import_does(tmp_path, odd):
    put(tmp_path, __init__="__version__ = '2.' + '7.1'\n", **({} if odd is None else {"version": odd}))
    assert running_torch.version() == "2.7.1"


@elsewhere
def test_a_version_py_that_is_no_text_is_not_read(tmp_path):
    put(tmp_path, __init__="__version__ = '2.7.1'\n")
    (tmp_path / "torch" / "version.py").write_bytes(b"\xff\xfe")
    assert running_torch.version() == "2.7.1"


@elsewhere
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ImportError('libcudart.so.12: no such file\\nmore')", "ImportError: libcudart.so.12: no such file)"),
        ("raise OSError('broken')", "OSError: broken)"),
        ("raise RuntimeError('\\x1b[2J')", r"RuntimeError: \x1b[2J)"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module')"),
        ("import sys; sys.exit(7)", "SystemExit: 7)"),
        ("1 +", "SyntaxError: invalid syntax"),
    ],
)
def test_an_import_that_fails_is_one_line(tmp_path, code, said):
    put(tmp_path, __init__=f"{code}\n")
    for ask in (running_torch.version, running_torch.imported):
        with pytest.raises(InputError) as raised:
            ask()
        assert f"torch: cannot be imported ({said}" in str(raised.value)
        assert "\n" not in str(raised.value)


@elsewhere
def test_an_import_that_fails_is_one_line_also_where_the_version_is_known(tmp_path):
    put(tmp_path, __init__="raise OSError('broken')\n", version="__version__ = '2.6.0'\n")
    assert running_torch.version() == "2.6.0"
    with pytest.raises(InputError, match="cannot be imported"):
        running_torch.imported()


@elsewhere
def test_ctrl_c_during_the_import_is_no_broken_torch(tmp_path):
    put(tmp_path, __init__="raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        running_torch.imported()


@elsewhere
@pytest.mark.parametrize("code", ["", "__version__ = None\n", "__version__ = (2, 6)\n"])
def test_a_torch_without_a_version_is_one_line(tmp_path, code):
    files.replace(tmp_path / "torch.py", code)
    with pytest.raises(InputError, match=r"torch.py has no __version__; install PyTorch again, or rename"):
        running_torch.version()


@elsewhere
def test_a_folder_of_that_name_is_no_torch(tmp_path):
    (tmp_path / "torch").mkdir()
    for ask in (running_torch.version, running_torch.imported):
        with pytest.raises(InputError, match=r"/torch has its name and no __init__.py: it is no PyTorch; rename it"):
            ask()


@elsewhere
def test_no_torch_is_one_line():
    for ask in (running_torch.version, running_torch.imported):
        with pytest.raises(InputError, match=r"torch: not installed for .*; install the release to judge"):
            ask()


@elsewhere
def test_a_torch_that_is_imported_already_tells_itself(monkeypatch):
    stand_in = type(sys)("torch")
    stand_in.__version__ = "2.6.0"
    stand_in.__spec__ = None
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    assert running_torch.version() == "2.6.0"


def test_this_torch():
    assert running_torch.version() == torch.__version__
    assert running_torch.imported() is torch


def test_what_is_older_than_the_record_is_refused():
    oldest = Release(1, 4, 0)
    running_torch.refuse_older(oldest, oldest)
    running_torch.refuse_older(Release(1, 3, 1), None)
    with pytest.raises(InputError, match=r"torch 1.3.1: is older than the record, which begins at 1.4.0; judge 1.4.0"):
        running_torch.refuse_older(Release(1, 3, 1), oldest)


@pytest.mark.parametrize(
    ("machine", "processor"),
    [("x86_64", "linux-x86_64-intel"), ("aarch64", "linux-aarch64"), ("ppc64le", "linux-ppc64le")],
)
def test_the_maker_of_the_processor_below_an_emulated_one_is_not_its_own(monkeypatch, machine, processor):
    monkeypatch.setattr(running_torch.platform, "machine", lambda: machine)
    monkeypatch.setattr(running_torch.Path, "exists", lambda _: True)
    monkeypatch.setattr(running_torch.Path, "read_text", lambda *_, **__: "processor : 0\nvendor_id : GenuineIntel\n")
    assert running_torch.this_processor() == processor
