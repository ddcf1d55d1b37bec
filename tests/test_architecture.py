"""docs/architecture.md shows the rooms and imports that there are."""

import ast
import re
from importlib.util import resolve_name
from pathlib import Path

import module_drift

FOLDER = Path(module_drift.FOLDER)
PAGE = (FOLDER.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = {path.stem: path for path in FOLDER.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
del ROOMS["__init__"]


class AsItRuns(ast.NodeTransformer):
    """Takes away what is imported for types alone."""

    def visit_If(self, node):
        return None if ast.dump(node.test) == ast.dump(ast.parse("TYPE_CHECKING").body[0].value) else node


def imported(file):
    """Return the rooms whose parts a file imports."""
    package = ".".join([FOLDER.name, *file.relative_to(FOLDER).parts[:-1]])
    for node in ast.walk(AsItRuns().visit(ast.parse(file.read_text(encoding="utf-8")))):
        if isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            for name in node.names:
                top, *parts = f"{base}.{name.name}".split(".")
                if top == FOLDER.name:
                    yield parts[0]


def imports():
    """Return the pairs of a room and one that it imports itself."""
    files = {room: [path] if path.is_file() else path.rglob("*.py") for room, path in ROOMS.items()}
    found = {(room, other) for room, some in files.items() for file in some for other in imported(file)}
    return {(room, other) for room, other in found if other in ROOMS and other != room}


def drawn():
    """Return the arrows of the picture."""
    return set(re.findall(r"^ +(\w+) --> (\w+)$", PAGE, re.MULTILINE))


def reached(arrows):
    """Return the pairs of what arrows lead from and to, by whatever way."""
    found = set(arrows)
    while more := {(a, d) for a, b in found for c, d in arrows if b == c} - found:
        found |= more
    return found


def test_the_picture_has_an_arrow_or_a_way_for_each_import_and_no_other():
    assert reached(drawn()) == reached(imports())


def test_no_arrow_of_the_picture_could_be_left_out():
    assert [arrow for arrow in drawn() if reached(drawn() - {arrow}) == reached(drawn())] == []


def test_the_picture_shows_every_room():
    assert {room for arrow in drawn() for room in arrow} == set(ROOMS)


def test_the_table_says_of_each_room_what_it_says_of_itself():
    said = {}
    for name, path in ROOMS.items():
        file, shown = (path, path.name) if path.is_file() else (path / "__init__.py", name)
        said[shown] = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))).partition("\n")[0]
    assert dict(re.findall(r"^\| `(\w+(?:\.py)?)` \| (.*) \|$", PAGE, re.MULTILINE)) == said
