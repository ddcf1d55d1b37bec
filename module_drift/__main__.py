"""What the command `module-drift` and `python -m module_drift` start with: next to nothing.

So Ctrl-C is heeded in order also while the rest is imported.
"""

import contextlib
import os
import sys


def main() -> None:
    """Run the command line; see `cli.main`."""
    try:
        _run()
    except SystemExit as ending:
        if not sys.flags.inspect:
            raise
        # Under PYTHONINSPECT Python would show a prompt, and exit after it with 1, which means drifted.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(ending.code if isinstance(ending.code, int) else 0)


def _run() -> None:
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    except ImportError as error:  # Python itself would exit with 1, which means drifted.
        if sys.stderr:
            install = "install it with all that it needs: pip install torch-module-drift"
            remedy = install if __package__ else "run it by its name: module-drift, or python -m module_drift"
            print(f"module-drift: cannot be imported ({error}); {remedy}", file=sys.stderr)
        sys.exit(2)
    run()


if __name__ == "__main__":
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # What python -m puts there: the current folder, which has no part in any answer.
    main()
