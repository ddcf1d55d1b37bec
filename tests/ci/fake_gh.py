#!/usr/bin/env python3
"""Stands in for GitHub's command line: keeps a repository's issues in the file that FAKE_GH names."""

import json
import os
import sys
from pathlib import Path
from urllib.parse import parse_qs

STATE = Path(os.environ["FAKE_GH"])


def main() -> int:
    """Answer one call as `gh api` does."""
    state = json.loads(STATE.read_text())
    api, *arguments = sys.argv[1:]
    if state.get("fails"):
        print("gh: Resource not accessible by integration (HTTP 403)", file=sys.stderr)
        return 1
    method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
    (path,) = (argument for argument in arguments if argument.startswith("repos/"))
    path, _, query = path.removeprefix("repos/owner/name/").partition("?")
    state["calls"].append(f"{method} {path}")
    issues = state["issues"]
    if (api, path) == ("api", "pages"):
        print(state["pages"])
    elif (method, path) == ("GET", "issues"):
        assert parse_qs(query)["state"] == ["all"]
        print(json.dumps([one for one in issues if parse_qs(query)["labels"][0] in one["labels"]]))
    elif (method, path) == ("POST", "issues"):
        issues.append({"number": len(issues) + 1, "state": "open", **json.load(sys.stdin)})
        print(json.dumps(issues[-1]))
    else:
        assert (method, path.split("/")[0]) == ("PATCH", "issues")
        (one,) = (one for one in issues if one["number"] == int(path.split("/")[1]))
        one.update(json.load(sys.stdin))
        print(json.dumps(one))
    for one in issues:
        assert len((one["body"] or "").encode("utf-8")) <= 65_536  # The most strict of the ways to count.
    STATE.write_text(json.dumps(state))
    return 0


if __name__ == "__main__":
    sys.exit(main())
