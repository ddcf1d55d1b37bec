"""Forward mode, whose first use in a process is another than the next ones."""

import warnings

import torch


def load_forward_mode(device):
    """Make one dual tensor: what torch imports for the first one may warn."""
    from torch.autograd import forward_ad

    with warnings.catch_warnings(), forward_ad.dual_level():
        warnings.simplefilter("ignore")
        one = torch.tensor(1.0, device=device)
        forward_ad.make_dual(one, one)
