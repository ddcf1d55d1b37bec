"""What the command `module-drift` and `python -m module_drift` start with: next to nothing.

So Ctrl-C is heeded in order also while the rest is imported.
"""

import sys


def main() -> None:
    """Run the command line; see `cli.main`."""
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # What python -m puts there: the current folder, which has no part in any answer.
    main()
