"""The devices a run can be on."""

DEVICES = ("cpu", "cuda")
