"""Spares Python to look for garbage where there is none yet, which is much work where much is kept."""

import contextlib
import gc
from typing import Iterator


@contextlib.contextmanager
def none_yet() -> Iterator[None]:
    """Look for none while what is within makes many objects that are all in use, or go without being looked for."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def only_new() -> Iterator[None]:
    """Look for it only among what is made within, and not in all that was made before."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
