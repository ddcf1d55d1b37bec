"""Disks that are full, and folders that may not be written: one clear error, and nothing half-written."""

import builtins
import errno
import multiprocessing
import os
import resource
import tempfile
from pathlib import Path

import filelock  # noqa: F401 - here, since who may not write may not read where it is installed either
import pytest
from stand_in import assert_before_or_after, content, copy_of, leftovers, make_project, progress, regenerate

from module_drift.common import files
from module_drift.common.errors import InputError

FORK = multiprocessing.get_context("fork")
RELEASE, WORLD = "1.6.0", "another build"
NOBODY = 65534


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("disk") / "project")


class Failing:
    """Lets calls of the operating system by which files are written fail from the `start`th on.

    Args:
        start: how many calls succeed.
        code: with which error the others fail.
        but_not: names of calls that succeed nevertheless.
    """

    def __init__(self, start, code, but_not=()):
        self.start, self.code, self.but_not = start, code, but_not
        self.made = []
        self.failed = None

    def call(self, name, really, *arguments, **options):
        if name in self.but_not:
            return really(*arguments, **options)
        self.made.append(name)
        if len(self.made) > self.start:
            self.failed = self.failed or name
            raise OSError(self.code, os.strerror(self.code), str(arguments[0]))
        return really(*arguments, **options)

    def install(self, monkeypatch):
        for name in ("mkdir", "replace", "unlink", "chmod"):
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))
        really_open = os.open

        def open_(path, flags, *rest, **options):
            if flags & os.O_ACCMODE == os.O_RDONLY:
                return really_open(path, flags, *rest, **options)
            return self.call("open", really_open, path, flags, *rest, **options)

        monkeypatch.setattr(os, "open", open_)
        monkeypatch.setattr(files, "open", self._open_text, raising=False)

    def _wrapped(self, name, really):
        return lambda *arguments, **options: self.call(name, really, *arguments, **options)

    def _open_text(self, file, mode="r", **options):
        opened = builtins.open(file, mode, **options)  # noqa: SIM115 - closed by who opens
        return FailingText(opened, self) if mode == "w" else opened


class FailingText:
    """A text file of which, where its calls are to fail, half is written."""

    def __init__(self, file, failing):
        self.file, self.failing = file, failing

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        self.file.close()
        if raised == (None, None, None):
            self.failing.call("close", lambda _: None, self.file.name)

    def write(self, text):
        self.file.write(text[: len(text) // 2])
        self.file.flush()
        self.failing.call("write", self.file.write, text[len(text) // 2 :])


def states(project, folder):
    """Return the content before and after an undisturbed regeneration."""
    undisturbed = copy_of(project, folder / "undisturbed")
    before = content(undisturbed)
    regenerate(undisturbed, RELEASE, WORLD)
    return before, content(undisturbed)


def ending(root):
    """Return what a regeneration ends with; any other error than bad input is no way to end."""
    try:
        regenerate(root, RELEASE, WORLD)
    except InputError as error:
        return f"InputError: {error}"
    return "done"


def fail_at_each_call(project, folder, monkeypatch, code, but_not=()):
    """Let a regeneration fail at each call that it makes, and return at which and how far it came."""
    before, after = states(project, folder)
    happened = []
    while True:
        root = copy_of(project, folder / "copy")
        failing = Failing(len(happened), code, but_not)
        with monkeypatch.context() as patch:
            failing.install(patch)
            outcome = ending(root)
        if not failing.failed:
            assert outcome == "done"
            assert content(root) == after
            return happened
        assert f"cannot be written ({os.strerror(code)}); make room or give the permission" in outcome
        assert len(outcome.splitlines()) == 1
        # What must come last in a whole regeneration is never there after one that failed.
        assert content(root).get("verified.csv") == before["verified.csv"]
        assert_before_or_after(root, before, after, RELEASE)
        happened.append((failing.failed, progress(root, before, after), len(leftovers(root))))
        if len(happened) % 7 == 0:
            regenerate(root, RELEASE, WORLD)
            assert content(root) == after


def test_a_disk_that_is_full_from_any_call_on(project, tmp_path, monkeypatch, record_property):
    happened = fail_at_each_call(project, tmp_path, monkeypatch, errno.ENOSPC, but_not=("unlink",))
    assert {call for call, _, _ in happened} == {"open", "write", "close", "chmod", "replace"} | {"mkdir"}
    assert not any(left for _, _, left in happened)
    record_property("full_disk_calls", len(happened))


def test_a_file_system_that_turns_read_only_at_any_call(project, tmp_path, monkeypatch, record_property):
    happened = fail_at_each_call(project, tmp_path, monkeypatch, errno.EROFS)
    assert happened[0][1] == "nothing"
    # Then what is being written, of which the two tables are the most, cannot be removed either; the next run does it.
    assert max(left for _, _, left in happened) == 2
    record_property("read_only_calls", len(happened))


def outcome_in_a_child(prepare, root):
    """Return what a regeneration in a process of its own, after `prepare`, ends with."""
    receiver, sender = FORK.Pipe(duplex=False)

    def child():
        prepare()
        sender.send(ending(root))

    process = FORK.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    return receiver.recv()


def test_files_that_may_not_grow(project, tmp_path, record_property):
    """RLIMIT_FSIZE: a limit of the kernel's own, met in the middle of a write."""
    before, after = states(project, tmp_path)
    largest = max(map(len, after.values()))
    limits = range(0, largest + 100, 100)
    outcomes = []
    for limit in limits:
        root = copy_of(project, tmp_path / "copy")
        outcomes.append(
            outcome_in_a_child(lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)), root)
        )
        if outcomes[-1] != "done":
            assert outcomes[-1].startswith("InputError: ")
            assert "cannot be written (File too large)" in outcomes[-1]
        assert not leftovers(root)
        assert_before_or_after(root, before, after, RELEASE)
    assert outcomes[0] != "done"
    assert outcomes[-1] == "done"
    record_property("size_limits", len(limits))


@pytest.mark.parametrize("whole", [True, False], ids=["golden", "a case"])
def test_a_folder_that_may_not_be_written(project, tmp_path, whole):
    """For root too, which gives its rights away first."""
    before, after = states(project, tmp_path)
    (*_, last_new) = sorted(after.keys() - before.keys())
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # Where others than its owner may look.
        folder = Path(name)
        folder.chmod(0o755)
        root = copy_of(project, folder / "project")
        closed = root / "golden" if whole else (root / "golden" / last_new).parent

        def give_rights_away():
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)

        if os.geteuid() == 0:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
        for path in [closed, *closed.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        outcome = outcome_in_a_child(give_rights_away, root)
        assert outcome.startswith(f"InputError: {closed}")
        assert outcome.endswith(
            "cannot be written (Permission denied); make room or give the permission, then run it again"
        )
        assert not leftovers(root)
        assert_before_or_after(root, before, after, RELEASE)
        assert (content(root) == before) == whole
        for path in [closed, *closed.rglob("*")]:
            path.chmod(0o755)
