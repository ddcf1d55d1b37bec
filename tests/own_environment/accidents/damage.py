"""Damages files at random, in the ways that disks, editors, git and people with ideas do."""

import os
import random
from pathlib import Path

MARK = "ran-code"
"""File below the current folder that tags make if they run code."""

_RUNS = [
    f"!!python/object/apply:os.system ['touch {MARK}']",
    f"!!python/object/new:os.system ['touch {MARK}']",
    f"!!python/object/apply:subprocess.check_call [['touch', '{MARK}']]",
    f"!!python/object/apply:eval [\"open('{MARK}', 'w')\"]",
    "!!python/name:os.system",
    "!!python/module:os",
    "!!python/tuple [1, 2]",
    "!!python/object:pathlib.Path {}",
]
_TAGS = [
    *("!!set {a, b}", "!!omap [a: 1]", "!!pairs [1: 2]", "!!binary aGFsbG8=", "!!binary '*'", "!!timestamp x"),
    *(
        "!!int x",
        "!!int ''",
        "!!float x",
        "!!bool perhaps",
        "!!null x",
        "!!map x",
        "!!seq x",
        "!!str [x]",
        "! x",
        "!x y",
    ),
    *("2026-99-99", "2026-01-01", "1:2:3", "0x", f"0x{'f' * 5000}", "9" * 5000, f"{'1:' * 999}1.5", "=", "<<", ".inf"),
]
_TOML = [
    "9" * 5000,
    "1e999",
    "inf",
    "2026-99-99",
    "{}",
    "'''",
    "[[[]]]",
    f"{'[' * 5000}",
    "0x",
    '"\\uD800"',
    "nan",
    "-",
]
_CSV = [
    "9" * 5000,
    '"',
    '""',
    "\x00",
    "x" * 140_000,
    "\uff11",
    "-1",
    "1e3",
    "9999-99-99",
    "3.",
    "a.b",
    "",
    ",",
    "cuda",
    "é",
]


def flip(draw: random.Random, data: bytes) -> bytes:
    """Change some bytes."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 20)):
        changed[draw.randrange(len(changed))] ^= draw.randrange(1, 256)
    return bytes(changed)


def drop(draw: random.Random, data: bytes) -> bytes:
    """Drop some lines."""
    lines = data.splitlines(keepends=True)
    for _ in range(draw.randint(1, 3)):
        lines.pop(draw.randrange(len(lines)))
    return b"".join(lines)


def double(draw: random.Random, data: bytes) -> bytes:
    """Repeat some lines."""
    lines = data.splitlines(keepends=True)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(lines))
        lines[at:at] = lines[at : at + draw.randint(1, 4)]
    return b"".join(lines)


def truncate(draw: random.Random, data: bytes) -> bytes:
    """Cut the end off."""
    return data[: draw.randrange(len(data))]


def shuffle(draw: random.Random, data: bytes) -> bytes:
    """Put the lines in another order."""
    lines = data.splitlines(keepends=True)
    draw.shuffle(lines)
    return b"".join(lines)


def encode(draw: random.Random, data: bytes) -> bytes:
    """Write it in another encoding, with other ends of lines, or with a mark at its beginning."""
    text = data.decode("utf-8")
    return draw.choice(
        [
            text.encode("utf-16"),
            text.encode("utf-32"),
            ("é" + text).encode("latin-1", "replace"),
            text.encode("utf-8-sig"),
            text.replace("\n", "\r\n").encode(),
            text.replace("\n", "\r").encode(),
            text.replace("\n", "\x85").encode(),
            text.replace(" ", "\t").encode(),
            text.replace(" ", "\u00a0").encode(),
            b"\x00" * len(data),
        ]
    )


def replace_a_value(draw: random.Random, data: bytes, values: "list[str]") -> bytes:
    """Put one of `values` in the place of a number or word."""
    words = data.decode("utf-8").split(" ")
    words[draw.randrange(1, len(words))] = draw.choice(values)
    return " ".join(words).encode()


def tag(draw: random.Random, data: bytes) -> bytes:
    """Put a tag of YAML, or a value that looks like something else, somewhere."""
    return replace_a_value(draw, data, _TAGS)


def run(draw: random.Random, data: bytes) -> bytes:
    """Put a tag that would run code in the place of a field's value."""
    lines = data.decode("utf-8").splitlines()
    fields = [i for i, line in enumerate(lines) if line[:1].isalpha()]
    at = draw.choice(fields)
    lines[at] = f"{lines[at].partition(':')[0]}: {draw.choice(_RUNS)}"
    return "\n".join([*lines, ""]).encode()


def _with_numbers(data: bytes, entries: str) -> bytes:
    begun = data.replace(b"numbers: []\n", b"numbers:\n")
    return begun.replace(b"numbers:\n", f"numbers:\n{entries}\n".encode())


def bomb(draw: random.Random, data: bytes) -> bytes:
    """Let a few lines mean billions of values."""
    levels = draw.randint(5, 60)
    width = draw.randint(2, 12)
    first = f"- [bomb, [&a0 [{', '.join(['1'] * width)}]"
    rest = "".join(f", &a{i + 1} [{', '.join([f'*a{i}'] * width)}]" for i in range(levels))
    itself = "- [bomb, &a [1, *a]]"
    merges = "- {<<: [&m {a: 1}, " + "*m, " * 1000 + "*m]}"
    return _with_numbers(data, draw.choice([f"{first}{rest}]]", itself, merges]))


def nest(draw: random.Random, data: bytes) -> bytes:
    """Nest lists, or maps, deeply."""
    depth = draw.choice([50, 99, 101, 400, 3000, 15_000, 60_000])
    deep = draw.choice(
        [
            f"- [x, {'[' * depth}1{']' * depth}]",
            f"- [x, {'[' * depth}",
            f"- {'- ' * depth}1",
            f"- {'? ' * depth}1",
            f"- {'{a: ' * depth}1{'}' * depth}",
            "\n".join(f"{' ' * i}- a:" for i in range(min(depth, 400))),
        ]
    )
    return _with_numbers(data, deep)


def swell(draw: random.Random, data: bytes) -> bytes:
    """Let it grow, up to what is just small enough to be read."""
    room = draw.choice([10, 10, 63]) * 1024 - len(data)
    part = draw.choice(
        ["- [x, 1.5]\n", "- [x, [" + "[]," * 3000 + "1]]\n", "- {a: 1}\n", "- []\n", "? a\n", "- 'x\n\n x'\n"]
    )
    return _with_numbers(data, part * (room // len(part)))


def toml_value(draw: random.Random, data: bytes) -> bytes:
    """Put a value of another kind in the place of a word."""
    return replace_a_value(draw, data, _TOML)


def csv_value(draw: random.Random, data: bytes) -> bytes:
    """Put something else in the place of a cell."""
    cells = data.decode("utf-8").split(",")
    cells[draw.randrange(1, len(cells))] = draw.choice(_CSV)
    return ",".join(cells).encode()


OF_ANY = [flip, drop, double, truncate, shuffle, encode]
OF_GOLDENS = [*OF_ANY, tag, run, bomb, nest, swell]
OF_CAUSES = [*OF_ANY, toml_value]
OF_ROWS = [*OF_ANY, csv_value]


def huge(draw: random.Random, path: Path) -> None:
    """Make of it a file of 100 MB, with its own text at the beginning or at the end, and zeros that take no room."""
    data = path.read_bytes()
    os.truncate(path, 100_000_000)
    if draw.random() < 0.5:
        with path.open("r+b") as file:
            file.write(bytes(len(data)))
            file.seek(-len(data), os.SEEK_END)
            file.write(data)


def link(draw: random.Random, path: Path) -> None:
    """Put a link in its place, out of the tree, to a device that never ends, to nothing, or to itself."""
    data = path.read_bytes()
    outside = path.parents[3] / "outside.yml"
    outside.write_bytes(data)
    path.unlink()
    path.symlink_to(
        draw.choice([outside, "/etc/passwd", "/dev/zero", "/dev/stdin", "/proc/self/mem", "gone", path, "."])
    )


def odd(draw: random.Random, path: Path) -> None:
    """Put a folder or a pipe in its place."""
    path.unlink()
    draw.choice([path.mkdir, lambda: os.mkfifo(path)])()


INSTEAD = [huge, link, odd]
"""Damages of a file as such, not of what it holds."""
