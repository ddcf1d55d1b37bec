"""What `from module import *` gives, along chains and circles of modules."""

import pytest

from module_drift.scanning import reading
from module_drift.scanning.stars import Stars
from module_drift.scanning.tree import Tree

FILES = {
    "pack/__init__.py": "from .first import *\nfrom torch.nn import *\n",
    "pack/first.py": "from .second import *\nfrom pack.third import *\ndef one(): pass\n",
    "pack/second.py": "from .first import *\ndef two(): pass\ndef _own(): pass\n",
    "pack/third.py": "import os\ndef one(): pass\ndef three(): pass\n",
    "pack/broken.py": "from .first import *\nprint 'a'\n",
}


@pytest.fixture
def origin(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    names = list(FILES)
    stars = Stars(Tree([tmp_path / name for name in names]))

    def ask(module, name):
        found = stars.origin(names.index(f"pack/{module}.py"), name)
        return names[found] if isinstance(found, int) else found

    return ask


@pytest.mark.parametrize(
    ("module", "name", "expected"),
    [
        ("__init__", "one", "pack/first.py"),
        ("__init__", "two", "pack/second.py"),
        ("__init__", "three", "pack/third.py"),
        ("__init__", "os", "pack/third.py"),
        ("__init__", "Linear", "torch.nn.Linear"),
        ("__init__", "_own", None),
        ("__init__", "four", None),
        ("second", "three", "pack/third.py"),
        ("third", "one", None),
        ("broken", "one", None),
    ],
)
def test_where_a_name_comes_from(origin, module, name, expected):
    assert origin(module, name) == expected


def test_each_file_is_read_once(origin, monkeypatch):
    read = []
    monkeypatch.setattr(
        reading, "read", lambda path, *parse, before=reading.read: (read.append(path.name), before(path, *parse))[1]
    )
    for name in ("one", "two", "four", "five"):
        origin("__init__", name)
    assert sorted(read) == ["__init__.py", "first.py", "second.py", "third.py"]
