"""What action.yml runs: a scan whose findings become annotations, and a file of SARIF.

Run as a script, beside an installed module_drift. It takes the inputs of the action from the environment, as SCAN_PATHS
(one a line), SCAN_FROM, SCAN_TO, SCAN_BASELINE and SCAN_ARGS, and says where the file is in GITHUB_OUTPUT.

Exit status: that of `module-drift scan`.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Mapping


def arguments(given: Mapping[str, str]) -> list[str]:
    """Return the arguments of `module-drift` for what the action was given; what is empty stays out."""
    found = ["scan"]
    for option in ("from", "to", "baseline"):
        value = given.get(f"SCAN_{option.upper()}", "").strip()
        if value:
            found.append(f"--{option}={value}")
    found += shlex.split(given.get("SCAN_ARGS", ""))
    paths = [line.strip() for line in given.get("SCAN_PATHS", "").splitlines()]
    return [*found, "--", *filter(None, paths)]


def main() -> int:
    """Scan, and return the exit status."""
    try:
        scan = arguments(os.environ)
    except ValueError as error:  # Such as a quotation mark that nothing closes.
        print(f"::error title=module-drift::args: {error}")
        return 2
    command = [sys.executable, "-P", "-m", "module_drift", scan[0]]
    status = subprocess.run([*command, "--github", *scan[1:]], check=False).returncode
    if status in (0, 1):
        sarif = Path(os.environ["RUNNER_TEMP"]) / "module-drift.sarif"
        with sarif.open("wb") as file:
            subprocess.run([*command, "--sarif", *scan[1:]], stdout=file, stderr=subprocess.DEVNULL, check=False)
        with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
            file.write(f"sarif={sarif}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
