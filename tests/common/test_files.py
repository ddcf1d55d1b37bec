"""Reading files that anything may have happened to, and writing where anything may lie."""

import os
import stat
from pathlib import Path

import pytest

from module_drift.common import files
from module_drift.common.errors import InputError

LARGEST = 4096


def read(path):
    return files.read(path, "mend it", LARGEST)


def put(path, kind):
    """Put something at `path` that is no plain file."""
    {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "link": lambda: path.symlink_to(path.with_name("elsewhere")),
        "dangling link": lambda: path.symlink_to(path.with_name("gone")),
        "link to a device": lambda: path.symlink_to("/dev/zero"),
        "link to itself": lambda: path.symlink_to(path),
    }[kind]()


KINDS = ["folder", "pipe", "link", "dangling link", "link to a device", "link to itself"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_plain_file_is_not_read(tmp_path, kind):
    (tmp_path / "elsewhere").write_text("text", encoding="utf-8")
    put(tmp_path / "file", kind)
    with pytest.raises(InputError, match="file: not a regular file; mend it"):
        read(tmp_path / "file")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_a_device_is_not_read(device):
    with pytest.raises(InputError, match=f"{device}: not a regular file"):
        read(Path(device))


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path):
    (tmp_path / "file").write_bytes(b"one\ntwo\n\xff\n")
    with pytest.raises(InputError, match="file: not UTF-8 text in line 3; mend it"):
        read(tmp_path / "file")


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1, 10**12])
def test_no_more_is_read_than_may_be(tmp_path, monkeypatch, size):
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", size)
    had, really_read = [], os.read
    monkeypatch.setattr(os, "read", lambda handle, most: had.append(really_read(handle, most)) or had[-1])
    if size == LARGEST:
        assert len(read(tmp_path / "file")) == LARGEST
    else:
        with pytest.raises(InputError, match="file: larger than 4 KiB"):
            read(tmp_path / "file")
    assert sum(map(len, had)) == min(size, LARGEST + 1)


@pytest.mark.parametrize("name", [*"ab", "since-1.04.0.yml", "causes.toml", "x.py", "test_x.py", "swp", "a#b", "~a"])
def test_our_own_files_are_not_taken_for_what_editors_leave(name):
    assert not files.is_left_behind(name)


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "._x.py", ".#x.py", ".x.py.swp", "x.yml~", "#x.yml#", "x.yml.orig", "x.rej", "x.swp", "x.bak"]
    + ["Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini", "Icon\r", "__pycache__", ".lock", ".0123.tmp"],
)
def test_what_editors_and_systems_leave_is_ignored(tmp_path, name):
    assert files.is_left_behind(name)
    (tmp_path / name).touch()
    assert files.entries(tmp_path) == []


def test_a_folder_that_cannot_be_listed_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="gone: no such folder; make it, or take it back from git"):
        files.entries(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file: cannot be read \(Not a directory\)"):
        files.entries(tmp_path / "file")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("do", [files.refuse_special, lambda path: files.replace(path, "new")], ids=["before", "then"])
def test_nothing_is_written_over_what_is_no_plain_file(tmp_path, kind, do):
    (tmp_path / "elsewhere").write_text("old", encoding="utf-8")
    path = tmp_path / "out"
    put(path, kind)
    before = os.lstat(path)
    with pytest.raises(InputError, match="out: is there, and is no plain file; name one"):
        do(path)
    assert (os.lstat(path).st_ino, os.lstat(path).st_mode) == (before.st_ino, before.st_mode)
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == "old"
    assert sorted(found.name for found in tmp_path.iterdir()) == ["elsewhere", "out"]


def test_a_device_stays_one(tmp_path):
    path = tmp_path / "full"
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except PermissionError:
        path = Path("/dev/full")
    for do in (files.refuse_special, lambda path: files.replace(path, "new")):
        with pytest.raises(InputError, match="full: is there, and is no plain file"):
            do(path)
    assert stat.S_ISCHR(os.lstat(path).st_mode)


def test_a_place_where_no_folder_can_be_is_told_before(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "out", tmp_path / "file" / "a" / "out"):
        with pytest.raises(InputError, match=r"out: cannot be written \(Not a directory\)"):
            files.refuse_special(path)
    with pytest.raises(InputError, match=r"cannot be written \(File name too long\)"):
        files.refuse_special(tmp_path / ("x" * 300))
    files.refuse_special(tmp_path / "file")
    files.refuse_special(tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()


def test_a_file_keeps_its_permissions_and_a_new_one_has_the_usual(tmp_path):
    path = tmp_path / "out"
    before = os.umask(0o027)
    try:
        files.replace(path, "old")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        files.replace(path, "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert path.read_text(encoding="utf-8") == "new"


def test_half_of_a_character_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"out: cannot be written: '\\ud83d' is half of a character; leave it out"):
        files.replace(tmp_path / "out", "a \ud83d")
    assert list(tmp_path.iterdir()) == []


def test_of_several_files_none_changes_if_one_cannot_be_written(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    files.replace_all({first: "old", second: "old"})
    with pytest.raises(InputError, match="half of a character"):
        files.replace_all({first: "new", second: "a \ud83d"})
    assert [path.read_text(encoding="utf-8") for path in (first, second)] == ["old", "old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]
