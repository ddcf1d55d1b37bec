"""torch.compile with AOTAutograd, which traces backward ahead of time, and no compiler behind it."""

from .compile import SINCE, VARIABLES, Compile, is_intact, raises, refuses, says

__all__ = ["SINCE", "VARIABLES", "is_intact", "machinery", "raises", "refuses", "says"]


def machinery() -> Compile:
    """Return what compiles Modules with aot_eager."""
    return Compile(backend="aot_eager")
