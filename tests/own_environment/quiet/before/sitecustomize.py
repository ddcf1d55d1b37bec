"""Leaves torch in some state before the process of the cases runs the first, as another part of a program may.

With this folder on PYTHONPATH, and BEFOREHAND set to words such as `dtype=float64 threads=3`. A case that does not
leave that state as it was found is not judged.
"""

import importlib.abc
import importlib.util
import os
import sys
import warnings


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Has the function that runs a case wrapped as soon as its module is imported."""

    def find_spec(self, name, path, target=None):
        if name != "module_drift.observing.observe":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        module.observe = _watched(module.observe, module.UnobservedError)


def _watched(observe, unobserved_error):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), os.pardir))
    import beforehand

    sys.path.pop(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        beforehand.set_states(os.environ["BEFOREHAND"].split())

    def watched(*run):
        before = beforehand.state()
        observed = observe(*run)
        changed = beforehand.changed(before, beforehand.state())
        if changed:
            raise unobserved_error(f"not left as it was: {', '.join(changed)}")
        return observed

    return watched


if "BEFOREHAND" in os.environ:
    sys.meta_path.insert(0, _Finder())
