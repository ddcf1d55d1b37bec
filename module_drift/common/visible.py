"""Makes visible what a text could do to a terminal or a page, or hide there."""

import unicodedata

LINES = "\n\t"
"""What a text of many lines keeps."""


def visible(text: str, keep: str = "") -> str:
    r"""Return `text` with what is no character to read written as in Python's source, such as \x1b or \u202e.

    These are controls, the ends of lines, and what Unicode calls format characters: they turn the direction of text
    or have no width. So are halves of a pair, which cannot be encoded, and characters that are private or unassigned.

    Args:
        text: from anywhere, in any script.
        keep: characters that stay as they are, such as `LINES`.
    """
    plain = text
    for kept in keep:
        plain = plain.replace(kept, "")
    if plain.isprintable():
        return text
    return "".join(c if c in keep or _is_readable(c) else ascii(c)[1:-1] for c in text)


def _is_readable(character: str) -> bool:
    # For Python, spaces other than its own are not printable; in many scripts they are ordinary text.
    return character.isprintable() or unicodedata.category(character) == "Zs"
