"""Short names for the addresses of evidence."""

import re

_ON_GITHUB = re.compile(r"https://github\.com/(?P<repository>[^/]+/[^/]+)/(?:pull|issues)/(?P<number>\d+)")
_HOME = "pytorch/pytorch"


def label(url: str) -> str:
    """Return a short name for `url`: #64261 for PyTorch's own, owner/name#192 for another repository's."""
    found = _ON_GITHUB.fullmatch(url)
    if found:
        repository = "" if found.group("repository") == _HOME else found.group("repository")
        return f"{repository}#{found.group('number')}"
    return url.rstrip("/").rpartition("/")[2]
