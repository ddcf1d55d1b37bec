"""What torch.nn.Module really did, release by release."""

import os
import sys

__version__ = "0.1.0"

NAME = __name__
"""What this package is imported as."""

FOLDER = os.path.dirname(os.path.abspath(__file__))
"""Where it lies."""

_RUNNABLE = (NAME, f"{NAME}.__main__", f"{NAME}.observing.assert_torch")
"""What of it `python -m` may run."""


def _refuse_to_run_a_part() -> None:
    """End Python where `python -m` was given a part of this package: most do nothing then, and end with 0 or 1.

    These mean "matches" and "drifted".
    """
    # While it looks for what it was given, Python imports the packages around that, and sys.argv begins like this.
    if getattr(sys, "argv", [])[:1] != ["-m"]:
        return
    frame = sys._getframe()
    while frame.f_back and frame.f_code.co_name != "_run_module_as_main":
        frame = frame.f_back
    given = str(frame.f_locals.get("mod_name", ""))  # sys.orig_argv, which has it too, came with Python 3.10.
    if given.startswith(f"{NAME}.") and given not in _RUNNABLE:
        if sys.stderr:
            remedy = f"run python -m {NAME} --help"
            print(f"module-drift: {given}: is not run by itself; {remedy}", file=sys.stderr, flush=True)
        os._exit(2)  # After SystemExit, Python ends with 1 under PYTHONINSPECT.


_refuse_to_run_a_part()
