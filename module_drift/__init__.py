"""What torch.nn.Module really did, release by release."""

import os

__version__ = "0.1.0"

NAME = __name__
"""What this package is imported as."""

FOLDER = os.path.dirname(os.path.abspath(__file__))
"""Where it lies."""
