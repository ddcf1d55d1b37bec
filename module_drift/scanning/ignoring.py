"""Comments that silence causes: `# module-drift: ignore[cause]`."""

import io
import re
import tokenize
from typing import List, NamedTuple, Optional, Tuple

from .reading import Code

_MARK = "module-drift:"
_COMMENT = re.compile(r"#\s*module-drift:\s*ignore\b(?:\s*\[([^\]]*)\])?")


class Comment(NamedTuple):
    """A comment that silences.

    Attributes:
        line: where it stands, in the lines of the code.
        causes: the keys that it names.
        first: the first line for which it speaks, and
        last: the last one.
    """

    line: int
    causes: Tuple[str, ...]
    first: int
    last: int

    def silences(self, key: str, line: int) -> bool:
        """Return whether it silences the cause `key` in a line."""
        return key in self.causes and self.first <= line <= self.last


def comments(code: Code) -> List[Comment]:
    """Return the comments that silence, in order.

    One speaks for its own line; at the first or the last line of a statement, or of what is before the colon of a
    compound one, for all lines of that.
    """
    if _MARK not in code.text:
        return []
    found: List[Comment] = []
    waiting: List[Tuple[int, Tuple[str, ...]]] = []
    first: Optional[int] = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(code.text).readline):
            line = token.start[0]
            if token.type == tokenize.COMMENT:
                for match in _COMMENT.finditer(token.string):
                    waiting.append((line, tuple(one.strip() for one in (match[1] or "").split(",") if one.strip())))
            elif token.type in (tokenize.NEWLINE, tokenize.ENDMARKER):
                for at, causes in waiting:
                    whole = first is not None and at in (first, line)
                    found.append(Comment(at, causes, first if whole and first else at, line if whole else at))
                waiting, first = [], None
            elif first is None and token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
                first = line
                # Those before it stand alone.
                found += [Comment(at, causes, at, at) for at, causes in waiting]
                waiting = []
    except (tokenize.TokenError, SyntaxError):  # What ast can read and this cannot is at the file's very end.
        pass
    return found
