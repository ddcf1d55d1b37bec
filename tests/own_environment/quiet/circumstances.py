"""The circumstances under which the suite must stay green, and how they are drawn."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence

from module_drift.observing.modes import names as names_of_modes

DECK = 12
"""How many runs deal out every circumstance at least once."""

NUMBER = "#"
"""Stands for a number that is drawn with the circumstance."""

ANY_MODE = "any"
"""Stands for one of the modes in which the record has the release."""

IN_A_MODE = "40:#"
"""The cases of a run in a mode, of which some take long, where no others are drawn."""

CIRCUMSTANCES: Mapping[str, tuple[str, Sequence[str]]] = {
    "order": ("cases shuffled by pytest-randomly or pytest-random-order", ["randomly:#", "random-order:#"]),
    "workers": ("in processes of pytest-xdist", ["2"]),
    "cases": ("one case alone or a handful (how many, and a seed)", ["1:#", "2:#", "7:#", "40:#"]),
    "mode": ("in a mode of execution, one of those in which the record has the release", [ANY_MODE]),
    "hashseed": ("PYTHONHASHSEED", ["0", "#"]),
    "locale": (
        "LC_ALL and LANG; those not installed act as C; ascii is C with all of Python's UTF-8 switched off",
        ["C", "C.UTF-8", "POSIX", "tr_TR.UTF-8", "de_DE.ISO-8859-1", "ja_JP.eucJP", "ascii"],
    ),
    "timezone": ("TZ", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]),
    "columns": ("COLUMNS, the width of the terminal", ["20", "79", "400"]),
    "warnings": ("pytest -W error, or PYTHONWARNINGS=error", ["pytest", "python"]),
    "optimize": ("python -O, -OO", ["1", "2"]),
    "asserts": ("pytest --assert=plain", ["plain"]),
    "dtype": ("default dtype set beforehand", ["float64", "bfloat16", "float16"]),
    "print": ("print options set beforehand", ["full", "short"]),
    "grad": ("grad mode off, inference mode on or anomalies detected beforehand", ["off", "inference", "anomaly"]),
    "hooks": ("global hooks of all kinds registered beforehand", ["full", "legacy"]),
    "random": ("random state advanced beforehand", ["#"]),
    "threads": ("threads of torch", ["1", "2", "3", "8"]),
    "deterministic": ("deterministic algorithms on beforehand", ["error", "warn"]),
    "device": ("default device set beforehand", ["cpu", "meta"]),
    "variable": (
        "a variable of the environment",
        [
            "PYTORCH_JIT=0",
            "PYTORCH_NO_CUDA_MEMORY_CACHING=1",
            "PYTORCH_NVML_BASED_CUDA_CHECK=1",
            "PYTORCH_ALLOC_CONF=max_split_size_mb:64",
            "TORCH_CPP_LOG_LEVEL=INFO",
            "TORCH_SHOW_CPP_STACKTRACES=1",
            "TORCH_FORCE_WEIGHTS_ONLY_LOAD=1",
            "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1",
            "OMP_NUM_THREADS=3",
            "CI=true",
        ],
    ),
    "numpy": ("numpy not to be found (it is installed otherwise)", ["absent"]),
    "checkout": ("the checkout read-only, or in a path with spaces and non-ASCII letters", ["readonly", "odd", "both"]),
    "from": (
        "started from an empty folder, without and with --rootdir, or from cases/",
        ["elsewhere", "rootdir", "cases"],
    ),
}
"""By name: what it is, and its values; a run without one goes as on any developer's machine."""

Drawn = Mapping[str, str]
"""Circumstances of one run: values by name."""


def deal(runs: int, seed: int, modes: Sequence[str]) -> Iterator[Drawn]:
    """Yield the circumstances of each of `runs` runs; any `DECK` that follow one another have dealt out all.

    The values of each name are dealt like a deck of cards, shuffled anew when it is through. About a third of the
    cards are values and the others blank, so that several names come together, but mostly not all. Of `modes`, each
    has its turn in the place of `ANY_MODE`.
    """
    source = random.Random(seed)
    decks: dict[str, list[str]] = {name: [] for name in CIRCUMSTANCES}
    turns = itertools.cycle(source.sample(modes, len(modes)))
    for _ in range(runs):
        drawn = {}
        for name, (_, values) in CIRCUMSTANCES.items():
            if not decks[name]:
                cards = list(values) * max(1, DECK // 3 // len(values))
                decks[name] = cards + [""] * (DECK - len(cards))
                source.shuffle(decks[name])
            value = decks[name].pop()
            if value:
                drawn[name] = value.replace(NUMBER, str(source.randrange(2**32)))
        if drawn.get("locale") == "ascii" and drawn.get("checkout") in ("odd", "both"):
            # Xdist's workers send their folder's name in UTF-8, which fails where the locale lacks its letters.
            drawn.pop("workers", None)
        if "mode" in drawn:
            drawn["mode"] = next(turns)
            drawn.setdefault("cases", IN_A_MODE.replace(NUMBER, str(source.randrange(2**32))))
        yield drawn


def parse(words: Sequence[str]) -> Drawn:
    """Return the circumstances that `words` name, each as `name=value`.

    Raises:
        ValueError: one of them is none; the message says which there are.
    """
    drawn = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in CIRCUMSTANCES:
            raise ValueError(f"{word}: no circumstance; choose of {', '.join(CIRCUMSTANCES)}, such as locale=C")
        if kind(name, value) not in CIRCUMSTANCES[name][1]:
            values = ", ".join(names_of_modes() if name == "mode" else CIRCUMSTANCES[name][1])
            raise ValueError(f"{word}: no value of {name}; choose of {values}, with a number for each {NUMBER}")
        drawn[name] = value
    return drawn


def kind(name: str, value: str) -> str:
    """Return the value in `CIRCUMSTANCES` that `value` was drawn from, or "" if it was drawn from none."""
    values = CIRCUMSTANCES[name][1]
    if name == "mode":
        return ANY_MODE if value in names_of_modes() else ""
    if value in values and NUMBER not in value:
        return value
    head, colon, number = value.rpartition(":")
    return f"{head}{colon}{NUMBER}" if number.isdecimal() and f"{head}{colon}{NUMBER}" in values else ""
