import pytest

from module_drift.record.touches import (
    Argument,
    Assigned,
    Call,
    Imported,
    Literal,
    Pattern,
    PatternError,
    Read,
    Subclassed,
    parse,
)

NAME = "torch.nn.Module.zero_grad"


@pytest.mark.parametrize(
    ("text", "use"),
    [
        (f"{NAME}()", Call()),
        (f"{NAME}(set_to_none)", Call((Argument("set_to_none", None, False, None),))),
        (f"{NAME}(set_to_none@0)", Call((Argument("set_to_none", 0, False, None),))),
        (f"{NAME}(-set_to_none@0)", Call((Argument("set_to_none", 0, True, None),))),
        (f"{NAME}(set_to_none@0=False)", Call((Argument("set_to_none", 0, False, Literal(False)),))),
        (f"{NAME}(strict@1=None)", Call((Argument("strict", 1, False, Literal(None)),))),
        (f"{NAME}(a=-1.5e-3)", Call((Argument("a", None, False, Literal(-1.5e-3)),))),
        (f"{NAME}(mode='a, (b)')", Call((Argument("mode", None, False, Literal("a, (b)")),))),
        (f'{NAME}(mode="mean")', Call((Argument("mode", None, False, Literal("mean")),))),
        (f"{NAME}(@0=list)", Call((Argument("", 0, False, Literal(kind="list")),))),
        (f"{NAME}(a@0=0, -bias@2)", Call((Argument("a", 0, False, Literal(0)), Argument("bias", 2, True, None)))),
        (f"{NAME}(+2)", Call(least=2)),
        (f"{NAME}(+2, -b)", Call((Argument("b", None, True, None),), 2)),
        (NAME, Read()),
        (f"{NAME}=", Assigned()),
        (f"{NAME}=None", Assigned(Literal(None))),
    ],
)
def test_a_use(text, use):
    assert parse(text) == Pattern(text, NAME, use)


@pytest.mark.parametrize(
    ("text", "name", "use"),
    [
        ("import torch._six", "torch._six", Imported()),
        ("import torch", "torch", Imported()),
        ("class torch.nn.Module", "torch.nn.Module", Subclassed()),
        ("class torch.nn.Module: forward", "torch.nn.Module", Subclassed("forward")),
        (
            "class torch.nn.Module: state_dict(-keep_vars)",
            "torch.nn.Module",
            Subclassed("state_dict", (), ("keep_vars",)),
        ),
        ("class torch.nn.Module: f(a, -**)", "torch.nn.Module", Subclassed("f", ("a",), ("**",))),
        ("torch.nn.BatchNorm*d.momentum", "torch.nn.BatchNorm*d.momentum", Read()),
    ],
)
def test_other_uses(text, name, use):
    assert parse(text) == Pattern(text, name, use)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{NAME}() -> .item", {"result": ".item"}),
        (f"{NAME}() -> compared", {"result": "compared"}),
        (f"{NAME}() in try", {"caught": ""}),
        (f"{NAME}() in try RuntimeError", {"caught": "RuntimeError"}),
        (f"{NAME}() in try unless torch.no_grad", {"caught": "", "unless": ("torch.no_grad",)}),
        (f"{NAME}() unless torch.no_grad, torch.inference_mode", {"unless": ("torch.no_grad", "torch.inference_mode")}),
        (f"possible {NAME}()", {"is_possible": True}),
        (f"down {NAME}()", {"way": "down"}),
        (f"up possible {NAME}()", {"way": "up", "is_possible": True}),
        (f"possible up {NAME}()", {"way": "up", "is_possible": True}),
    ],
)
def test_what_stands_around_a_use(text, expected):
    assert parse(text) == Pattern(text, NAME, Call())._replace(**expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" torch.load()", "space at its end"),
        ("torch.load(", "one pair of parentheses"),
        ("torch.load() -> .item()", "one pair of parentheses"),
        ("torch.load() -> used", "after -> stands"),
        ("torch.load() unless torch.no_grad in try", "in try comes before unless"),
        ("torch.load(a,)", "a comma too many"),
        ("torch.load(, a)", "a comma too many"),
        ("torch.load(a=x)", "'a=x' is no argument"),
        ("torch.load(-a=1)", "the value of what is left out"),
        ("torch.load(a, a@1)", "twice"),
        ("torch.nn.*Norm*d()", "is no pattern"),
        ("load()", "must be a qualified name"),
        ("up down torch.load()", "both up and down"),
        ("possible possible torch.load()", "twice"),
        ("class torch.nn.Module: f(a=1)", "is no parameter"),
        ("class torch.nn.Module in try", "stands in no try"),
        ("torch.Tensor.grad= -> .item", "has a result"),
        ("torch-nn", "is no pattern"),
        ("import torch.nn.*.x", "is no pattern"),
    ],
)
def test_no_pattern(text, said):
    with pytest.raises(PatternError, match=said.replace("(", r"\(").replace("*", r"\*")):
        parse(text)
