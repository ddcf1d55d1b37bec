"""What torch.nn.Module really did, release by release."""

__version__ = "0.1.0"
