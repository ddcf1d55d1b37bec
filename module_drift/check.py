"""Runs the suite with the torch of this interpreter, and judges it."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, Optional

from .judgement import Judgement, judge


def check(root: Path, device: str, junit: Optional[Path], echo: Callable[[str], None]) -> Judgement:
    """Run the suite below `root` and return what it comes to.

    Args:
        root: folder of cases and goldens.
        device: "cpu", "cuda", or "all" for those that are there.
        junit: where pytest's JUnit report is to stay, if anywhere.
        echo: gets pytest's output line by line.
    """
    with tempfile.TemporaryDirectory() as folder:
        report, log = junit or Path(folder) / "junit.xml", Path(folder) / "log"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "--device", device, f"--junit-xml={report}"]
        with log.open("w", encoding="utf-8") as file, subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                file.write(line)
                echo(line)
        return judge(report, log)
