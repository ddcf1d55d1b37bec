"""The one issue of the nightly watch, through GitHub's command line."""

import json
import os
import re
import subprocess
from typing import Any, NamedTuple

from module_drift.common.errors import InputError

LABEL = "nightly-watch"


class Issue(NamedTuple):
    """The issue as it is.

    Attributes:
        number: by which GitHub knows it.
        is_open: whether it is open.
        title: its title.
        body: its text, with line ends of one character.
    """

    number: int
    is_open: bool
    title: str
    body: str


def find(mark: str) -> Issue | None:
    """Return the oldest issue, open or closed, that has the label and whose body begins with `mark`; None if none has.

    Raises:
        InputError: GitHub cannot be asked.
    """
    query = f"labels={LABEL}&state=all&sort=created&direction=asc&per_page=100"
    for one in _api("GET", f"issues?{query}"):
        body = (one["body"] or "").replace("\r\n", "\n")
        if body.startswith(mark) and "pull_request" not in one:
            return Issue(one["number"], one["state"] == "open", one["title"], body)
    return None


def create(title: str, body: str) -> int:
    """Open the issue, and return its number.

    Raises:
        InputError: GitHub refuses it.
    """
    return int(_api("POST", "issues", {"title": title, "body": body, "labels": [LABEL]})["number"])


def update(number: int, title: str, body: str, is_open: bool) -> None:
    """Change all of it at once.

    Raises:
        InputError: GitHub refuses it.
    """
    state = "open" if is_open else "closed"
    _api("PATCH", f"issues/{number}", {"title": title, "body": body, "state": state})


def _api(method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
    repository = os.environ.get("GITHUB_REPOSITORY", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise InputError("GITHUB_REPOSITORY", "names no repository", "set it to OWNER/NAME")
    command = ["gh", "api", "--method", method, f"repos/{repository}/{path}"]
    remedy = "see whether GH_TOKEN may write issues, and issues are enabled"
    try:
        done = subprocess.run(
            [*command, "--input", "-"] if fields else command,
            input=json.dumps(fields) if fields else None,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return json.loads(done.stdout)
    except FileNotFoundError:
        raise InputError("gh", "is not installed", "install GitHub's command line") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip().splitlines() or ["no output"])[-1]
        raise InputError(
            f"gh api --method {method} {path}", f"ended with {error.returncode} ({said})", remedy
        ) from None
    except (subprocess.TimeoutExpired, ValueError):
        raise InputError(f"gh api --method {method} {path}", "gave no answer in time, or no JSON", remedy) from None
