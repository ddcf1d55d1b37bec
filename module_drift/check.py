"""Runs the suite with the torch of this interpreter, and judges it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, Optional

from .judgement import Judgement, judge
from .project import Project

_PLUGINS = ("pytest_datadir.plugin", "pytest_regressions.plugin", "module_drift.plugin")


def check(project: Project, device: str, junit: Optional[Path], echo: Callable[[str], None]) -> Judgement:
    """Run the suite of `project` and return what it comes to.

    What came with this package is run from an empty folder, and with no other plugins of pytest than it needs:
    neither the current folder nor what else is installed has a part in the verdict, and nothing is written
    beside the goldens.

    Args:
        project: whose cases and goldens are meant.
        device: "cpu", "cuda", or "all" for those that are there.
        junit: where pytest's JUnit report is to stay, if anywhere.
        echo: gets pytest's output line by line.
    """
    with tempfile.TemporaryDirectory() as folder:
        report, log = (junit or Path(folder) / "junit.xml").absolute(), Path(folder) / "log"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", str(project.record.cases_folder)]
        command += ["--device", device, f"--junit-xml={report}"]
        environment, start = dict(os.environ), project.root
        if project.is_packaged:
            command += ["-c", os.devnull, f"--rootdir={project.root}", "-p", "no:cacheprovider"]
            command += [word for plugin in _PLUGINS for word in ("-p", plugin)]
            environment.pop("PYTEST_ADDOPTS", None)
            environment.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTHONDONTWRITEBYTECODE="1")
            start = Path(folder)
        with log.open("w", encoding="utf-8") as file, subprocess.Popen(
            command,
            cwd=start,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                file.write(line)
                echo(line)
        return judge(report, log)
