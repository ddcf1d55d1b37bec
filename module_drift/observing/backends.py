"""Which backends of other packages torch loads by itself when it is imported."""

from typing import Collection, Dict

_TORCHS_OWN = {"cpu", "cuda", "lazy", "meta", "mps"}


def variables(devices: Collection[str]) -> Dict[str, str]:
    """Return changes to the environment of a process that runs cases on `devices`.

    Since 2.5, importing torch loads whatever is installed with an entry point `torch.backends`. A verdict on the CPU
    is about torch alone, so that is left out unless another device than torch's own, and none of them, is asked for.
    """
    return {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0"} if set(devices) & _TORCHS_OWN else {}
