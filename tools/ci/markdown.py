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


def size(text: str) -> int:
    """Return how much room `text` takes as UTF-8: at least as much as by any other count."""
    return len(text.encode("utf-8", "surrogatepass"))


def cut(text: str, most: int) -> str:
    """Return the beginning of `text` that `printable` makes at most `most` bytes of, saying how much is left out."""
    left = most
    for position, character in enumerate(text):
        left -= size(printable(character))
        if left < 0:
            return f"{text[:position]}…\n({len(text) - position} more characters)"
    return text


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
