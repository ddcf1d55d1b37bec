"""How deep a YAML text nests, told without a YAML parser: each release of these meets deep nesting in its own way."""

import re
from typing import List, Tuple

_BLANKS = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_QUOTED = re.compile(r"'[^']*(?:''[^']*)*'|\"[^\"\\]*(?:\\.[^\"\\]*)*\"", re.DOTALL)
_BLOCK_SCALAR = re.compile(r"[|>][+-]?([1-9]?)[^\n]*\n?")
_SEPARATOR = re.compile(r"(?:---|\.\.\.)(?=[ \t\n]|\Z)")
_INDICATOR = re.compile(r"[-?:](?=[ \t\n]|\Z)")
_NAME = re.compile(r"[&*][\w-]*")
_TAG = re.compile(r"!\S*")
_WORDS = re.compile(r"(?:[^\s:]|:(?!\s|\Z))+(?:[ \t]+(?!#)(?:[^\s:]|:(?!\s|\Z))+)*")
_WORDS_IN_FLOW = re.compile(r"(?:[^\s,?\[\]{}:]|:(?![\s,\[\]{}]|\Z))+")
_GAP = re.compile(r"\s+(?!#)")
_TO_NEXT_LINE = re.compile(r"[ \t]*\n[ \t\n]*")
_COLUMNS = 24
_DEEP_COLUMN = re.compile(rf"[ \t?:-]{{{_COLUMNS}}}")

_PAIRS, _LIST, _LIST_WITH_PAIR = range(3)
"""What brackets enclose; in a list, `[a: b]` holds a mapping of one pair without any of its own."""


def nests_deeper(text: str, levels: int) -> bool:
    """Return whether the collections of `text` nest deeper than `levels`.

    It follows blocks, brackets, quotes, comments and scalars as YAML does, in a time that is linear in the text. Where
    text is not YAML, or bears tags, it may say more levels than there are, but never fewer.
    """
    text = re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text)
    # A block begins right of the one that it is in, or, if a list, right below its key; brackets may count thrice.
    if 3 * (text.count("[") + text.count("{")) + 2 * _COLUMNS <= levels and not _DEEP_COLUMN.search(text):
        return False
    return _Scan(text).nests_deeper(levels)


class _Scan:
    """One pass over a text, from token to token.

    Args:
        text: with "\\n" at the end of each line.
    """

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.line = 0  # Where the line begins that `at` is in.
        self.key = -1  # Column of what may be a key on this line, or -1.
        self.blocks: List[Tuple[int, bool]] = []  # Column of each, and whether it is a list.
        self.brackets: List[int] = []
        self.pairs = 0  # How many of the brackets are lists with a pair.
        self.closed = False  # Whether what may be a key has brackets: then it is within the mapping that `:` begins.
        self.keys = 0  # How many such keys there were, each of which may have been a level deeper than it seemed.

    def nests_deeper(self, levels: int) -> bool:
        text = self.text.lstrip("\ufeff")
        self.text = text
        deepest = 0
        while True:
            self.take(_BLANKS)
            if self.at == len(text):
                return False
            before = self.at
            self.token(text[before])
            if self.at == before:  # Quotes that never end: for YAML, all of the rest.
                return False
            deepest = max(deepest, len(self.blocks) + len(self.brackets) + self.pairs)
            if deepest + self.keys > levels:
                return True

    def take(self, pattern: "re.Pattern[str]") -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.move(found.end())
        return found.group()

    def move(self, end: int) -> None:
        last = self.text.rfind("\n", self.at, end)
        if last >= 0:
            self.line, self.key = last + 1, -1
            self.closed &= bool(self.brackets)
        self.at = end

    def token(self, first: str) -> None:
        column = self.at - self.line
        if column == 0 and first == "%":
            self.move((self.text.find("\n", self.at) + 1) or len(self.text))
        elif column == 0 and self.take(_SEPARATOR):
            self.blocks.clear()
        elif self.brackets:
            self.in_brackets(first)
        else:
            self.in_block(first, column)

    def in_block(self, first: str, column: int) -> None:
        while self.blocks and self.blocks[-1][0] > column:
            self.blocks.pop()
        if first in "-?:" and self.take(_INDICATOR):
            self.begin(first)
            self.begin_block(self.key if first == ":" and self.key >= 0 else column, first == "-")
            self.key = -1
        elif first in "|>":
            self.block_scalar()
        else:
            if self.key < 0:
                self.key = column
            if first in "[{":
                self.open(first)
            elif first in "]},":
                self.closed = first != ","
                self.at += 1
            elif not self.scalar(first):
                self.plain()

    def begin(self, indicator: str) -> None:
        if indicator == ":":
            self.keys += self.closed
            self.closed = False

    def begin_block(self, column: int, is_list: bool) -> None:
        while self.blocks and self.blocks[-1][0] >= column:
            if self.blocks[-1] == (column, is_list):
                return
            if is_list and self.blocks[-1][0] == column:
                break
            self.blocks.pop()
        self.blocks.append((column, is_list))

    def block_scalar(self) -> None:
        found = _BLOCK_SCALAR.match(self.text, self.at)
        assert found
        self.move(found.end())
        parent = self.blocks[-1][0] if self.blocks else -1
        least = max(parent + 1, 1)
        indent = least + int(found.group(1)) - 1 if found.group(1) else 0
        blank = 0
        while self.at < len(self.text):
            end = (self.text.find("\n", self.at) + 1) or len(self.text)
            line = self.text[self.at : end].rstrip("\n")
            leading = len(line) - len(line.lstrip(" "))
            if leading == len(line):
                blank = max(blank, leading)
            else:
                indent = indent or max(least, leading, blank)
                if leading < indent:
                    return
            self.move(end)

    def scalar(self, first: str) -> bool:
        """Pass by what is quoted, a name or a tag, if `first` begins one."""
        if first in "'\"":
            self.take(_QUOTED)
        elif first in "&*":
            self.take(_NAME)
        elif first == "!":
            for bracket in re.findall(r"[\[{]", self.take(_TAG)):  # Whether they are part of it, opinions differ.
                self.brackets.append(_LIST if bracket == "[" else _PAIRS)
        else:
            return False
        return True

    def plain(self) -> None:
        indent = self.blocks[-1][0] if self.blocks else -1
        while self.take(_WORDS):
            found = _TO_NEXT_LINE.match(self.text, self.at)
            if not found or found.end() - self.text.rfind("\n", self.at, found.end()) - 1 <= indent:
                return
            if (
                found.end() == len(self.text)
                or self.text[found.end()] == "#"
                or _SEPARATOR.match(self.text, found.end())
            ):
                return
            self.move(found.end())
        if self.at < len(self.text) and self.text[self.at] == ":" and self.key < 0:
            self.key = self.at - self.line

    def open(self, bracket: str) -> None:
        self.brackets.append(_LIST if bracket == "[" else _PAIRS)
        self.closed = False
        self.at += 1

    def in_brackets(self, first: str) -> None:
        if first in "[{":
            self.open(first)
        elif first in "]},":
            if self.brackets[-1] == _LIST_WITH_PAIR:
                self.pairs -= 1
                self.brackets[-1] = _LIST
            self.closed = first != ","
            if self.closed:
                self.brackets.pop()
            self.at += 1
        elif first in "?:":
            if self.text[self.at + 1 : self.at + 2] in ("'", '"') and first == "?":
                self.keys += len(self.text)  # Whether that begins a quotation, opinions differ.
            self.begin(first)
            if self.brackets[-1] == _LIST:
                self.pairs += 1
                self.brackets[-1] = _LIST_WITH_PAIR
            self.at += 1
        elif not self.scalar(first):
            while self.take(_WORDS_IN_FLOW):
                found = _GAP.match(self.text, self.at)
                if not found:
                    break
                self.move(found.end())
