"""What must not matter to a scan: how things are imported, where they stand, in which order, and how long a file is."""

import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from module_drift.common.errors import InputError
from module_drift.record.release import Release
from module_drift.scanning import parsing, reading
from module_drift.scanning.matching import causes_of
from module_drift.scanning.scan import scan

TOUCHES = {
    "zeroed": ["torch.nn.Module.zero_grad(-set_to_none@0)", "torch.optim.Optimizer.zero_grad(-set_to_none@0)"],
    "loaded": ["torch.load(-weights_only)"],
    "hooked": ["torch.nn.Module.register_backward_hook()"],
    "read": ["torch.Tensor.grad"],
    "clipped": ["torch.nn.utils.clip_grad_norm_() -> compared"],
    "derived": ["class torch.nn.Module"],
    "divided": ["torch.Tensor.__floordiv__()"],
}
TABLE = {"since": "2.0.0", "kind": "changed", "what": "w", "evidence": [], "effect": "silent"}

IMPORTS = {
    "import torch": ("torch", "torch.nn", "torch.nn.Linear", "torch.load", "torch.nn.utils.clip_grad_norm_"),
    "import torch as t": ("t", "t.nn", "t.nn.Linear", "t.load", "t.nn.utils.clip_grad_norm_"),
    "import torch\nimport torch.nn as N": ("torch", "N", "N.Linear", "torch.load", "N.utils.clip_grad_norm_"),
    "import torch as t\nfrom torch import nn as N, load as fetch\nfrom torch.nn import Linear as L\n"
    "from torch.nn.utils import clip_grad_norm_ as clip": ("t", "N", "L", "fetch", "clip"),
    "import torch.nn\nfrom torch.nn.modules.linear import Linear\nimport torch.serialization as s\n"
    "import torch.nn.utils.clip_grad as u": ("torch", "torch.nn", "Linear", "s.load", "u.clip_grad_norm_"),
}
BLOCKS = (
    "def fetch_{n}(path):\n    return {load}(path)\n",
    "class Net{n}({nn}.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.inner = {Linear}(2, 2)\n\n    def clear(self):\n        self.inner.zero_grad()\n"
    "        self.zero_grad()\n",
    "net_{n} = {Linear}(1, 1)\nnet_{n}.zero_grad()\n",
    "for each_{n} in {Linear}(1, 1).parameters():\n    print(each_{n}.grad)\n",
    "def hook_{n}(model: {nn}.Module):\n    model.register_backward_hook(print)\n    return model.zero_grad(True)\n",
    "opt_{n} = {torch}.optim.SGD([], 1)\nopt_{n}.zero_grad()\n",
    "total_{n} = {clip}([], 1)\nif total_{n} > 2:\n    print('def f():')\n",
    "def halved_{n}(size):\n    return {torch}.ones(size) // 2\n",
    'text_{n} = """\ndef f():\n    model.zero_grad()\n"""\nkept_{n} = [\n1,\n{load}("a"),\n]\n',
)
UNRELATED = (
    "def plain_{n}(values):\n    return sorted(values)[0] // 2\n",
    "count_{n} = sum(range(10))\n",
    "words_{n} = 'model.zero_grad()'  # torch.load(path)\n",
    "class Plain{n}:\n    def run(self):\n        return self.count // 2\n",
    "import os\n",
)
AROUND = (
    "{}",
    "def within():\n{}",
    "async def within():\n{}",
    "class Within:\n    def within(self):\n{}",
    "if True:\n{}",
    "try:\n{}finally:\n    print()\n",
    "with open('a') as file:\n{}",
    "for _ in range(2):\n{}",
    "def outer():\n    def within():\n{}    return within\n",
)

quiet = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def found_in(folder, program, since="2.0.0"):
    """Return the cause, the line and the certainty of each finding in a program."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    table = {key: {**TABLE, "since": since, "touches": touches} for key, touches in TOUCHES.items()}
    result = scan([folder], causes_of(table, table, True), 0, True)
    assert result.unread == []
    return sorted((one.cause.key, f.line, f.certainty) for one in result.touched for f in one.findings)


def filled(block, number, imports="import torch"):
    return block.format(n=number, **dict(zip(("torch", "nn", "Linear", "load", "clip"), IMPORTS[imports])))


def wrapped(code, around):
    """Return the code within `around`, and how many lines come before it."""
    before, _, after = around.partition("{}")
    last = before.rstrip("\n").rpartition("\n")[2]
    indent = (len(last) - len(last.lstrip()) + 4 if before else 0) * " "
    if '"""' in code:  # What stands in a string must stay where it is.
        lines = code.split("\n")
        return before + "\n".join(indent + one if one[:4] in ("text", "kept") else one for one in lines) + after, before
    return before + textwrap.indent(code, indent) + after, before


def alone(folder, block, number=0):
    return [
        (key, line - 1, certainty) for key, line, certainty in found_in(folder, "import torch\n" + filled(block, 0))
    ]


PARTS = st.lists(st.tuples(st.sampled_from(BLOCKS + UNRELATED), st.sampled_from(AROUND)), min_size=1, max_size=8)


@quiet
@given(parts=PARTS, imports=st.sampled_from(sorted(IMPORTS)), lines=st.sampled_from([1, 2, 3, 7, 1000]))
def test_spelling_place_order_and_length_do_not_matter(tmp_path, parts, imports, lines):
    """Each part has, wherever it stands, the findings that it has alone; so it has in a file that is read in pieces."""
    program, expected = imports + "\n", []
    for number, (block, around) in enumerate(parts):
        code, before = wrapped(filled(block, number, imports), around)
        start = (program + before).count("\n")
        expected += [(key, start + line, certainty) for key, line, certainty in alone(tmp_path, block)]
        program += code
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "_LINES_OF_A_PIECE", lines)
        assert found_in(tmp_path, program) == sorted(expected), program


@pytest.mark.parametrize("block", BLOCKS)
def test_every_part_has_findings(tmp_path, block):
    assert alone(tmp_path, block)


RELEASES = ["1.4.0", "1.8.0", "1.13.1", "2.0.0", "2.1.0", "2.15.0"]
CONDITIONS = (
    'torch.__version__ {op} "{release}"',
    'Version(torch.__version__) {op} Version("{release}")',
    'packaging.version.parse(torch.__version__.split("+")[0]) {op} packaging.version.parse("{release}")',
    'not torch.__version__ {other} "{release}"',
    '"cpu" and torch.__version__ {op} "{release}"',
)
GUARDED = (
    "if {yes}:\n{code}",
    "if {no}:\n    pass\nelse:\n{code}",
    "def within():\n    if {no}:\n        return\n{code}",
    "def within():\n    assert {yes}\n{code}",
)


@quiet
@given(
    block=st.sampled_from(BLOCKS[:-1]),
    op=st.sampled_from(["<", ">="]),
    release=st.sampled_from(RELEASES),
    since=st.sampled_from(RELEASES),
    condition=st.sampled_from(CONDITIONS),
    guarded=st.sampled_from(GUARDED),
)
def test_a_guard_leaves_only_its_direction(tmp_path, block, op, release, since, condition, guarded):
    """What runs only before a release, or from it on, has findings only where it runs on both sides of a change."""
    other = {"<": ">=", ">=": "<"}[op]
    if '"cpu" and' in condition and "{no}" in guarded:
        condition = CONDITIONS[0]  # What does not hold then says nothing of the release.
    yes, no = (condition.format(op=a, other=b, release=release) for a, b in ((op, other), (other, op)))
    head = "import torch\nimport packaging.version\nfrom packaging.version import Version\n"
    program = head + guarded.format(yes=yes, no=no, code=textwrap.indent(filled(block, 0), "    "))
    runs = Release.parse(since) < Release.parse(release) if op == "<" else Release.parse(release) < Release.parse(since)
    keys = sorted(key for key, _, _ in found_in(tmp_path, program, since))
    assert keys == (sorted(key for key, _, _ in alone(tmp_path, block)) if runs else []), program


def test_from_a_release_to_itself_nothing_is_found(tmp_path, capsys):
    from module_drift.cli import main

    (tmp_path / "program.py").write_text("import torch\n" + "".join(filled(b, n) for n, b in enumerate(BLOCKS)))
    for release in ("1.4.0", "2.0.0", "2.15.0"):
        with pytest.raises(SystemExit) as ended:
            main(["scan", str(tmp_path), "--from", release, "--to", release, "--possible", "--json"])
        assert ended.value.code == 0
        assert '"causes": []' in capsys.readouterr().out


@pytest.mark.parametrize("lines", [1, 5, 1000])
def test_an_error_is_told_with_its_line_however_long_the_file_is(tmp_path, monkeypatch, lines):
    monkeypatch.setattr(parsing, "_LINES_OF_A_PIECE", lines)
    path = tmp_path / "program.py"
    path.write_text("import torch\n" * 20 + "x = = 1\n" + "import torch\n" * 20)
    with pytest.raises(InputError, match=r"in line 21 \(invalid syntax\)"):
        reading.read(path)
