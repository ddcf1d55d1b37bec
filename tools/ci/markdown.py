"""Text from outside in Markdown: it stays in its code, mentions nobody and hides nothing."""

import re


def printable(text: str) -> str:
    """Return `text` with what would not print, but for line ends and tabs, escaped as in Python's source."""
    lines = text.replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in lines)


def fenced(text: str, language: str = "text") -> str:
    """Return `text` as a block of code that no line in it can end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{printable(text)}\n{fence}"


def cell(text: str) -> str:
    """Return `text` as code on one line, which may be in a table; nothing if it is empty."""
    line = " ".join(printable(text).split())
    if not line:
        return ""
    ticks = "`" * (_longest_run(line) + 1)
    return f"{ticks} {line} {ticks}".replace("|", r"\|")


def cut(text: str, most: int) -> str:
    """Return at most about `most` characters of `text`, saying how many are left out."""
    return text if len(text) <= most else f"{text[:most]}…\n({len(text) - most} more characters)"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
