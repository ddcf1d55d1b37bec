"""Putting a fault into a function: only there, only for a while, and only where its text is."""

import functools

import pytest

from .injection import edit, insert, results


class Base:
    def greeting(self):
        return "hello"


class Greeter(Base):
    def greeting(self):
        return super().greeting() + " world"

    def repeated(self, times):
        if times > 1:
            return " ".join([self.greeting(), self.repeated(times - 1)])
        return self.greeting()


def countdown(number):
    return [number, *countdown(number - 1)] if number else []


@pytest.fixture
def patch():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_a_function_runs_with_other_code_until_that_is_undone():
    reference = countdown
    with pytest.MonkeyPatch.context() as patch:
        edit(patch, countdown, {"number - 1": "number - 2"})
        assert reference(4) == [4, 2]
    assert reference(4) == [4, 3, 2, 1]


def test_a_method_that_calls_super_can_be_changed(patch):
    edit(patch, Greeter.greeting, {'" world"': '" there"'})
    assert Greeter().greeting() == "hello there"


def test_lines_are_put_before_another_as_deep_as_that(patch):
    insert(
        patch, Greeter.repeated, "return self.greeting()", "if times == 1:", "    times = 'once'", "    return times"
    )
    assert Greeter().repeated(2) == "hello world once"


def test_a_method_returns_something_else_until_that_is_undone():
    with pytest.MonkeyPatch.context() as patch:
        results(patch, Base, "greeting", str.upper)
        assert Greeter().greeting() == "HELLO world"
    assert Greeter().greeting() == "hello world"


@pytest.mark.parametrize(("text", "times"), [("nothing", 0), ("number", 4)])
def test_a_text_that_is_not_there_once_is_an_error(patch, text, times):
    with pytest.raises(ValueError, match=rf"countdown of torch .* has {times} times, not once: '{text}'; write the"):
        edit(patch, countdown, {text: "1"})


def test_a_function_below_a_decorator_is_found(patch):
    def doubled(function):
        return functools.wraps(function)(lambda: 2 * function())

    @doubled
    def one():
        return 1

    edit(patch, one, {"return 1": "return 2"})
    assert one() == 4
