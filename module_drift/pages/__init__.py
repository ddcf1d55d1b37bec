"""The same answers as a site."""
