"""Which names of devices a person may give, and on which devices a golden holds."""

import pytest

from module_drift.common.errors import InputError
from module_drift.record.devices import holds_on, named


@pytest.mark.parametrize("name", ["cpu", "cuda", "lazy", "npu", "privateuseone", "my_device2"])
def test_any_type_of_device_can_be_named(name):
    assert named(name) == named(name, or_all=False) == name


def test_all_is_named_where_it_will_do():
    assert named("all") == "all"
    with pytest.raises(InputError, match=r"^--device: all is no device here; name one, such as cpu or cuda$"):
        named("all", or_all=False)


@pytest.mark.parametrize("name", ["cuda:0", "CUDA", "", "cpu,cuda", "a" * 21, "@npu", "../npu"])
def test_what_is_no_type_of_device_is_refused_and_all_is_offered_where_it_will_do(name):
    with pytest.raises(InputError, match=r"is no type of device; .*such as cpu, cuda or xla, or all$"):
        named(name, "MODULE_DRIFT_DEVICE")
    with pytest.raises(InputError, match=r"such as cpu, cuda or xla$"):
        named(name, or_all=False)


def test_what_stands_for_many_devices_in_names_of_goldens_is_none():
    with pytest.raises(InputError, match=r"accelerator stands for every device but cpu and meta, .*; name one of them"):
        named("accelerator")


def test_a_golden_of_all_accelerators_holds_on_any_but_cpu_and_meta():
    found = {device: holds_on("accelerator", device) for device in ("cpu", "meta", "cuda", "npu")}
    assert found == {"cpu": False, "meta": False, "cuda": True, "npu": True}
