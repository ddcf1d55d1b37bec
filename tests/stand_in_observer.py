"""Runs cases in this process, which has torch already, in the place of `Observer`: a second less for each test."""

import sys

from module_drift.observing import process
from module_drift.observing.observer import Facts
from module_drift.record.release import EAGER


class StandInObserver:
    """Takes what `Observer` takes; a case that ends its process would end that of the tests."""

    def __init__(self, devices, limits, python="", paths=(), variables=None, mode=EAGER, device_module=None):
        self.devices, self.mode, self.device_module = devices, mode, device_module

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def load(self, cases):
        self.close()

    def facts(self):
        return Facts(**process._facts({"devices": self.devices, "device_module": self.device_module}, self.mode))

    def submit(self, case, device, watching=None):
        """Wait until it is asked."""

    def result(self, case, device, watching=None):
        from module_drift.observing.observe import UnobservedError, observe

        try:
            return observe(case, device, self.mode, watching=watching)
        except UnobservedError as error:
            return str(error)

    def close(self):
        """Leave nothing of a project that another test's has under the same name."""
        for name in [name for name in sys.modules if name.split(".")[0] == "cases"]:
            del sys.modules[name]
