"""Whether a wheel of torch has code for a CUDA card, from what the wheel was built for."""

import re
from typing import Sequence, Tuple

_ARCHITECTURE = re.compile(r"(sm|compute)_(\d+)(\d)([af]?)")


def supports(architectures: Sequence[str], capability: Tuple[int, int]) -> bool:
    """Return whether code for `architectures` runs on a card of `capability`.

    Machine code (sm_XY) runs on the same major version, from its minor version on; PTX (compute_XY) is translated by
    the driver for its version and all later ones. With the suffix a, both run on that version alone; with f, within
    the same major version.

    Args:
        architectures: what torch.cuda.get_arch_list() returns, such as ["sm_80", "sm_90a", "compute_90"].
        capability: major and minor, as torch.cuda.get_device_capability() returns them.
    """
    return any(_runs(architecture, capability) for architecture in architectures)


def _runs(architecture: str, capability: Tuple[int, int]) -> bool:
    found = _ARCHITECTURE.fullmatch(architecture)
    if not found:
        return False
    kind, major, minor, suffix = found.groups()
    built = int(major), int(minor)
    if suffix == "a":
        return capability == built
    same_major = capability[0] == built[0]
    return capability >= built and (same_major or (kind == "compute" and not suffix))
