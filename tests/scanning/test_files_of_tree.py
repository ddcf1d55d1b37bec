"""Which files are read."""

import os
import subprocess
from pathlib import Path

import pytest

from module_drift.common.errors import InputError
from module_drift.scanning.files_of_tree import files_below


@pytest.fixture
def below(tmp_path):
    """Write empty files, and return the names of those that are read below some paths."""

    def of(written, *paths):
        for name, text in (written if isinstance(written, dict) else dict.fromkeys(written, "")).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        found = files_below([tmp_path / path for path in paths or (".",)])
        assert found.unread == []
        return [path.relative_to(tmp_path).as_posix() for path in found.paths]

    return of


def test_python_and_notebooks_are_read_each_once_in_order(below):
    written = ["b.py", "a/c.pyi", "a/d.ipynb", "e.txt", "f.pyc", "g.PY", "h"]
    assert below(written, ".", "a", "b.py") == ["a/c.pyi", "a/d.ipynb", "b.py"]


def test_a_file_that_is_named_in_many_ways_is_read_once(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.py").touch()
    (tmp_path / "c").symlink_to("a")
    monkeypatch.chdir(tmp_path)
    assert files_below([Path("a/b.py"), tmp_path / "a/b.py", Path("a/../a"), Path("c")]).paths == [Path("a/b.py")]


@pytest.mark.parametrize(
    "name",
    [
        "node_modules/x/a.py",
        "venv/lib/a.py",
        ".venv/lib/a.py",
        "src/_vendor/a.py",
        "third_party/a.py",
        ".tox/py/a.py",
        "lib/site-packages/a.py",
        ".git/hooks/a.py",
        ".ipynb_checkpoints/a.ipynb",
    ],
)
def test_what_is_others_is_left_out_but_not_where_it_is_named(below, name):
    assert below([name, "a.py"]) == ["a.py"]
    assert below([], name) == [name]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta/history"])
def test_an_environment_of_any_name_is_left_out(below, mark):
    assert below([f"my-env/{mark}", "my-env/lib/a.py", "mine/a.py"]) == ["mine/a.py"]


def test_what_git_ignores_is_left_out(below, tmp_path):
    written = {
        ".gitignore": "out/\n*_generated.py\n!kept_generated.py\n/top.py\n",
        "sub/.gitignore": "local.py\n!deep_generated.py\n",
        **dict.fromkeys(
            ["out/a.py", "a_generated.py", "kept_generated.py", "top.py", "sub/top.py", "sub/local.py"]
            + ["sub/deep_generated.py", "local.py", "ü_generated.py", "ü.py", "a b/c.py"],
            "",
        ),
    }
    everything = sorted(name for name in written if name.endswith(".py"))
    assert below(written) == everything  # As this is no work tree of git yet.
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    kept = ["a b/c.py", "kept_generated.py", "local.py", "sub/deep_generated.py", "sub/top.py", "ü.py"]
    assert below({}) == kept
    assert below({}, "sub") == ["sub/deep_generated.py", "sub/top.py"]
    assert below({}, "top.py") == ["top.py"]  # It was named.
    assert below({}, "out") == ["out/a.py"]
    subprocess.run(["git", "-C", str(tmp_path), "add", "-f", "top.py"], check=True)
    assert below({}) == sorted([*kept, "top.py"])  # What is tracked is not ignored.


def test_links_are_not_followed_so_that_loops_end(below, tmp_path):
    below(["a/b.py"])
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "linked.py").symlink_to(tmp_path / "a" / "b.py")
    (tmp_path / "self.py").symlink_to("self.py")
    (tmp_path / "nowhere.py").symlink_to("not-there.py")
    assert below([]) == ["a/b.py"]
    with pytest.raises(InputError, match=r"self\.py: is not there"):
        below([], "self.py")


def test_a_link_that_is_named_is_followed(below, tmp_path):
    below(["a/b.py"])
    (tmp_path / "folder").symlink_to("a")
    (tmp_path / "file.py").symlink_to("a/b.py")
    assert below([], "folder") == ["folder/b.py"]
    assert below([], "file.py") == ["a/b.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has pipes")
def test_a_pipe_is_no_file(below, tmp_path):
    below(["a.py"])
    os.mkfifo(tmp_path / "pipe.py")
    assert below([]) == ["a.py"]


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("", encoding="utf-8")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = files_below([tmp_path])
    assert [path.name for path in found.paths] == ["a.py"]
    assert [one.partition("closed: ")[2] for one in found.unread] == [
        "cannot be read (Permission denied); give the permission"
    ]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("none", "none: is not there; name a folder, or a file of Python"),
        ("a.txt", "a.txt: is no Python; name a folder, or files that end in .py, .pyi, .ipynb"),
        ("empty", "empty: holds no Python and no notebook; name another folder, or a file"),
    ],
)
def test_a_path_that_gives_nothing_to_read_is_an_error(below, tmp_path, name, problem):
    below(["a.txt", "a.py", "empty/a.txt"])
    with pytest.raises(InputError) as raised:
        below([], name)
    assert str(raised.value).endswith(problem)
