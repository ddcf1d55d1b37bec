"""What is known of a value by reading the code: a name, an object of a class, many of them, or nothing."""

import functools
from typing import Any, Iterable, NamedTuple, Optional, Tuple

from ..record.release import Release


class Range(NamedTuple):
    """The releases in which code runs: from `low` on, and before `high`."""

    low: Release = Release(0, 0, 0)
    high: Release = Release(100, 0, 0)

    def both(self, other: "Range") -> "Range":
        """Return the releases that are in both."""
        return Range(max(self.low, other.low), min(self.high, other.high))

    def around(self, other: "Range") -> "Range":
        """Return the smallest range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))

    def touches(self, other: "Range") -> bool:
        """Return whether there is nothing between the two, so that the range around them holds nothing else."""
        return self.low <= other.high and other.low <= self.high

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
        vague: whether it asks for the release, or for what only some have, and is not known well enough to say on which
            releases it holds;
        vague_not: or on which it does not.
    """

    true: Range = ALWAYS
    false: Range = ALWAYS
    present: Tuple[str, ...] = ()
    absent: Tuple[str, ...] = ()
    takes: Tuple[Tuple[str, str], ...] = ()
    refuses: Tuple[Tuple[str, str], ...] = ()
    vague: bool = False
    vague_not: bool = False

    def negated(self) -> "Guard":
        """Return what the opposite says."""
        return Guard(
            self.false, self.true, self.absent, self.present, self.refuses, self.takes, self.vague_not, self.vague
        )

    def both(self, other: "Guard") -> "Guard":
        """Return what it says that this and another condition hold."""
        return Guard(
            self.true.both(other.true),
            self.false.around(other.false),
            present=self.present + other.present,
            takes=self.takes + other.takes,
            vague=self.vague or other.vague,
            vague_not=self.vague_not or other.vague_not or not self.false.touches(other.false),
        )

    def either(self, other: "Guard") -> "Guard":
        """Return what it says that this or another condition holds."""
        return self.negated().both(other.negated()).negated()

    def if_it_holds(self) -> "Guard":
        """Return the same of a condition that may not hold for other reasons, too."""
        return self._replace(false=ALWAYS, absent=(), refuses=(), vague_not=False)


VAGUE = Guard(vague=True, vague_not=True)
"""What a condition says that has to do with the release, of which no more is known."""


class Value(NamedTuple):
    """What is known.

    Attributes:
        kind: "name" of a module, function or class; "object" of the class `name`; "many" of `inner`; "pair" of all of
            `inner`; "map" to `inner`; "bound", a type variable, by `inner`; what gives the "result" `inner`;
            "version" of torch; "signature" of what is called so at the end; "guard"; a "lambda" in the module of
            number `name`, with what it gives and its syntax; "skip", a decorator that lets something run only under
            its guard; "other" than all that torch has;
            "unknown", as are a METHOD, a CALLER and EITHER, of which only the name and `inner` tell.
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


VAGUELY = Value("guard", guard=VAGUE)
UNKNOWN = Value("unknown")
OTHER = Value("other")
NOTHING = Value("unknown", "None")
"""What None is: nothing yet, so that what is done with it is done with something else."""

METHOD = "method"
"""The name of what an attribute of an object gives that may be a method: with that object, and its own name."""

CALLER = "caller"
"""The name of what `operator.methodcaller` gives."""

EITHER = "either"
"""The name of what is one of `inner`: functions and classes, and perhaps what is not known."""

PARTS = "parts"
"""The name of a guard that compares one number of the version, as its first two may be in two comparisons."""

VERSION = Value("version")
ABOUT_VERSIONS = Value("version", "?", guard=VAGUE)
"""What is made of the version of torch in a way that is not followed."""

MINOR = ":2"
"""The part of a version that is its first two numbers."""


@functools.lru_cache(maxsize=10_000)
def named(name: str) -> Value:
    """Return the value that a qualified name has."""
    return Value("name", name)


@functools.lru_cache(maxsize=10_000)
def instance(name: str) -> Value:
    """Return an object of a class."""
    return Value("object", name)


def method(receiver: Value, name: str) -> Value:
    """Return what may be a method of an object."""
    return Value("unknown", METHOD, (receiver.with_origins(()), name))


def many(inner: Value) -> Value:
    """Return a container or iterator of such values."""
    return Value("many", "", (inner,))


def mapping(inner: Value) -> Value:
    """Return a dict of such values."""
    return Value("map", "", (inner,))


def only_under(guard: Guard, value: Value) -> Value:
    """Return a value that a name has only where a condition holds: what that names is called only there."""
    return value._replace(guard=guard) if value.kind == "name" and value.guard is None else value


def table(entries: Iterable[Tuple[Any, Value]], inner: Value) -> Value:
    """Return a dict of which it is known what is under which key, where that matters; keys that are none are None."""
    known = [(key, value) for key, value in entries if key is not None]
    tells = any(value.kind in ("guard", "version", "name") or value.name == METHOD for _, value in known)
    return Value("map", "", (inner, *known)) if tells else mapping(inner)


def entry(value: Value, key: Any) -> Optional[Value]:
    """Return what is under a key of `value`; None if that is not known."""
    entries: Tuple[Tuple[Any, Value], ...] = value.inner[1:] if value.kind == "map" else ()
    return next((one for known, one in reversed(entries) if known == key), None)


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
