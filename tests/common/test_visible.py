"""Text from anywhere, made safe to show."""

import pytest

from module_drift.common.errors import InputError
from module_drift.common.visible import LINES, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\a\x1b[2J", r"\x1b]0;title\x07\x1b[2J"),
        ("\x00\x7f\x85\x9b", r"\x00\x7f\x85\x9b"),
        ("a\r\n\tb\v\f", r"a\r\n\tb\x0b\x0c"),
        ("\u202a\u202b\u202c\u202d\u202e", r"\u202a\u202b\u202c\u202d\u202e"),
        ("\u2066\u2067\u2068\u2069", r"\u2066\u2067\u2068\u2069"),
        (
            "\u200b\u200c\u200d\u200e\u200f\u061c\u2060\ufeff\u00ad",
            r"\u200b\u200c\u200d\u200e\u200f\u061c\u2060\ufeff\xad",
        ),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud83d", r"\ud83d"),
        ("\ue000\U000f0000\uffff\u0378", r"\ue000\U000f0000\uffff\u0378"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_no_character_to_read_is_escaped(text, shown):
    assert visible(text) == shown
    assert visible(f"é{text}é", keep="") == f"é{shown}é"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "naïve",
        "日本語\u3000です",
        "مرحبا",
        "שלום",
        "हिन्दी",
        "deux\u00a0: oui",
        "👍🏽",
        "e\u0301",
        "a\\x1b",
    ],
)
def test_ordinary_text_of_any_script_stays(text):
    assert visible(text) is text or visible(text) == text


def test_lines_are_kept_where_they_are_asked_for_and_nothing_else_is():
    assert visible("a\n\tb\n", LINES) == "a\n\tb\n"
    assert visible("a\n\tb\r\x1b", LINES) == "a\n\tb\\r\\x1b"


def test_every_part_of_an_error_is_visible_on_one_line():
    error = InputError("file\n\x1b[2J", "bad \u202e text\u2028", "write \x9b it")
    assert str(error) == r"file\n\x1b[2J: bad \u202e text\u2028; write \x9b it"


def test_an_error_is_told_where_the_current_folder_is_gone(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    assert str(InputError(tmp_path / "file", "bad", "mend it")) == f"{tmp_path}/file: bad; mend it"
