"""What is known of a value by reading the code: a name, an object of a class, many of them, or nothing."""

from typing import Any, NamedTuple, Optional, Tuple

from ..record.release import Release


class Range(NamedTuple):
    """The releases in which code runs: from `low` on, and before `high`."""

    low: Release = Release(0, 0, 0)
    high: Release = Release(100, 0, 0)

    def both(self, other: "Range") -> "Range":
        """Return the releases that are in both."""
        return Range(max(self.low, other.low), min(self.high, other.high))

    def sees(self, since: Release) -> bool:
        """Return whether code of this range runs before and after what `since` brought."""
        return self.low < since < self.high


ALWAYS = Range()


class Guard(NamedTuple):
    """What a condition says of the release.

    Attributes:
        true: where it holds, as far as that is known.
        false: where it does not.
        present: qualified names that are there if it holds; a condition on them says nothing of the release itself.
        absent: those that are there if it does not hold.
        takes: keywords that are taken if it holds, each behind the last part of the name of what takes it.
        refuses: those that are taken if it does not hold.
    """

    true: Range = ALWAYS
    false: Range = ALWAYS
    present: Tuple[str, ...] = ()
    absent: Tuple[str, ...] = ()
    takes: Tuple[Tuple[str, str], ...] = ()
    refuses: Tuple[Tuple[str, str], ...] = ()

    def negated(self) -> "Guard":
        """Return what the opposite says."""
        return Guard(self.false, self.true, self.absent, self.present, self.refuses, self.takes)


class Value(NamedTuple):
    """What is known.

    Attributes:
        kind: "name" of a module, function or class; "object" of the class `name`; "many" of `inner`; "pair" of all of
            `inner`; "map" to `inner`; "bound", a type variable, by `inner`; what gives the "result" `inner`;
            "version" of torch; "signature" of what is called so at the end; "guard"; "other" than all that torch has;
            "unknown".
        name: the qualified name; of the scanned tree it begins with @ and the module's number. Of a version, what part
            it is: the number of one, `MINOR` for the first two, else empty. Of a pair "+" if there may be more in it.
        inner: values of its elements; of another, the texts that it may be, as far as they are known.
        guard: what it says of the release, as a condition.
        origins: uses that matched but for what is done with their result.
    """

    kind: str
    name: str = ""
    inner: Tuple[Any, ...] = ()
    guard: Optional[Guard] = None
    origins: Tuple[Any, ...] = ()

    def with_origins(self, origins: Tuple[Any, ...]) -> "Value":
        """Return the same with other origins."""
        if origins == self.origins:
            return self
        return Value(self.kind, self.name, self.inner, self.guard, origins)


UNKNOWN = Value("unknown")
OTHER = Value("other")
NOTHING = Value("unknown", "None")
"""What None is: nothing yet, so that what is done with it is done with something else."""

PARTS = "parts"
"""The name of a guard that compares one number of the version, as its first two may be in two comparisons."""

VERSION = Value("version")
MINOR = ":2"
"""The part of a version that is its first two numbers."""


def named(name: str) -> Value:
    """Return the value that a qualified name has."""
    return Value("name", name)


def instance(name: str) -> Value:
    """Return an object of a class."""
    return Value("object", name)


def many(inner: Value) -> Value:
    """Return a container or iterator of such values."""
    return Value("many", "", (inner,))


def mapping(inner: Value) -> Value:
    """Return a dict of such values."""
    return Value("map", "", (inner,))


def item(value: Value) -> Value:
    """Return what a key or an index of `value` leads to."""
    if value.kind == "map":
        inner: Value = value.inner[0]
        return inner
    if value.kind == "object" and value.name in ("torch.nn.ModuleList", "torch.nn.Sequential", "torch.nn.ModuleDict"):
        return instance("torch.nn.Module")
    if value.kind == "object" and value.name in ("torch.nn.ParameterList", "torch.nn.ParameterDict"):
        return instance("torch.nn.Parameter")
    return element(value)


def element(value: Value) -> Value:
    """Return what iterating over `value` gives."""
    if value.kind == "version":
        return VERSION
    if value.kind == "many":
        inner: Value = value.inner[0]
        return inner
    if value.kind == "pair" and value.inner and not value.name and all(one == value.inner[0] for one in value.inner):
        first: Value = value.inner[0]
        return first
    if value.kind == "object" and value.name in ("torch.Tensor", "torch.nn.Parameter"):
        return instance("torch.Tensor")
    if value.kind == "object" and value.name in ("torch.nn.ModuleList", "torch.nn.Sequential"):
        return instance("torch.nn.Module")
    if value.kind == "object" and value.name == "torch.nn.ParameterList":
        return instance("torch.nn.Parameter")
    return OTHER if value.kind in ("other", "map") else UNKNOWN
