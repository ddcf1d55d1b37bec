"""Goldens over releases: which one holds, and what accepting a new one changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import RECORDED, make_golden, observation
from module_drift.record.golden import UNEXPLAINED
from module_drift.record.history import accept, compact, resolve
from module_drift.record.release import Release, Run

RELEASES = ["1.4.0", "1.5.0", "1.6.0", "1.7.0", "1.8.0"]


def run(release, device="cpu"):
    return Run(Release.parse(release), device)


def accepted(goldens, text, at, verified=(), device="cpu"):
    recorded = {**RECORDED, "torch": at, "device": device}
    return accept(list(goldens), run(at, device), observation(text), recorded, [run(*each) for each in verified])


def on_cpu(*releases):
    return [(release, "cpu") for release in releases]


def history(goldens):
    """Return the goldens as {name in the folder: what was printed}."""
    return {golden.file_name[6:-4]: golden.observation.printed.strip() for golden in goldens}


PLAIN = [make_golden("a"), make_golden("b", since="1.7.0", cause="x"), make_golden("c", since="2.0.0", cause="y")]
WITH_CUDA = [*PLAIN, make_golden("B", since="1.8.0", device="cuda", cause="z")]


@pytest.mark.parametrize(
    ("release", "device", "printed"),
    [
        ("1.4.0", "cpu", "a"),
        ("1.6.0", "cpu", "a"),
        ("1.7.0", "cpu", "b"),
        ("1.13.1", "cpu", "b"),
        ("2.0.0", "cpu", "c"),
        ("2.99.0", "cpu", "c"),
        ("1.7.1", "cuda", "b"),
        ("1.8.0", "cuda", "B"),
        ("1.13.1", "cuda", "B"),
        ("2.0.0", "cuda", "c"),  # A newer golden for every device supersedes that of one.
        ("2.0.0.dev20230101", "cpu", "c"),
        ("2.0.0a0+git1234", "cpu", "c"),
        ("1.7.0a0+7036e91", "cuda", "b"),
    ],
)
def test_the_last_golden_that_fits_is_in_effect(release, device, printed):
    assert resolve(WITH_CUDA, run(release, device)).observation == observation(printed)


def test_of_one_release_the_devices_own_golden_is_in_effect():
    both = [make_golden("a"), make_golden("A", device="cuda")]
    assert resolve(both, run("1.4.0")).observation == observation("a")
    assert resolve(both, run("1.4.0", "cuda")).observation == observation("A")


def test_a_golden_that_backends_share_holds_on_all_of_them_but_where_one_has_its_own():
    everywhere, shared = make_golden("one"), make_golden("two", "2.0.0", device="accelerator", cause="a-change")
    own = make_golden("three", "2.0.0", device="npu", cause="a-change")
    goldens = [everywhere, own, shared]

    def held(device):
        return resolve(goldens, Run(Release(2, 1, 0), device))

    assert [held(device) for device in ("cpu", "meta", "xla", "cuda", "npu")] == [
        everywhere,
        everywhere,
        shared,
        shared,
        own,
    ]
    assert compact(goldens) == [everywhere, shared, own]
    same = own._replace(observation=shared.observation)
    assert compact([everywhere, shared, same]) == [everywhere, shared]


def test_before_the_first_golden_nothing_is_in_effect():
    assert resolve(PLAIN, run("1.3.1")) is None
    assert resolve([], run("1.4.0")) is None


def test_nothing_changes_within_tolerance():
    goldens = [make_golden("x tensor(0.6000)"), make_golden("b", since="1.7.0", cause="x")]
    assert accepted(goldens, "x tensor(0.6001)", "1.5.0", on_cpu("1.4.0", "1.6.0")) == goldens


def test_the_first_golden_has_no_cause_and_holds_on_every_device():
    (golden,) = accepted([], "a", "2.0.0", device="cuda")
    assert golden.file_name == "since-2.00.0.yml"
    assert golden.cause is None


def test_a_change_at_the_newest_release():
    goldens = accepted(PLAIN, "d", "2.1.0", on_cpu("1.4.0", "1.7.0", "2.0.0"))
    assert history(goldens) == {"1.04.0": "a", "1.07.0": "b", "2.00.0": "c", "2.01.0": "d"}
    assert goldens[-1].cause == UNEXPLAINED
    assert goldens[:-1] == PLAIN


def test_a_change_in_the_middle_is_ended_at_the_next_verified_release():
    goldens = accepted([make_golden("a")], "m", "1.6.0", on_cpu("1.4.0", "1.5.0", "1.7.0", "1.8.0"))
    assert history(goldens) == {"1.04.0": "a", "1.06.0": "m", "1.07.0": "a"}
    assert [golden.cause for golden in goldens] == [None, UNEXPLAINED, UNEXPLAINED]
    assert goldens[2].recorded == goldens[0].recorded


def test_a_change_at_the_oldest_release_is_ended_too():
    goldens = accepted([make_golden("a")], "o", "1.4.0", on_cpu("1.4.0", "1.5.0", "1.8.0"))
    assert history(goldens) == {"1.04.0": "o", "1.05.0": "a"}
    assert [golden.cause for golden in goldens] == [None, UNEXPLAINED]


def test_a_release_older_than_the_first_golden_comes_before_it():
    goldens = accepted([make_golden("b", since="1.7.0")], "a", "1.4.0", on_cpu("1.7.0"))
    assert history(goldens) == {"1.04.0": "a", "1.07.0": "b"}
    assert [golden.cause for golden in goldens] == [None, UNEXPLAINED]
    assert history(accepted([make_golden("b", since="1.7.0")], "b", "1.4.0", on_cpu("1.7.0"))) == {"1.04.0": "b"}


def test_a_change_that_reverts_to_the_golden_before_removes_its_own():
    goldens = accepted(PLAIN, "a", "1.7.0", on_cpu("1.6.0", "1.8.0"))
    assert history(goldens) == {"1.04.0": "a", "1.08.0": "b", "2.00.0": "c"}


def test_a_golden_recorded_again_keeps_its_cause():
    goldens = accepted(PLAIN, "bb", "1.7.0")
    assert history(goldens) == {"1.04.0": "a", "1.07.0": "bb", "2.00.0": "c"}
    assert goldens[1].cause == "x"


def test_a_copy_is_backed_by_its_own_run_when_that_comes():
    copied = accepted([make_golden("a")], "m", "1.6.0", on_cpu("1.7.0"))
    assert copied[2].recorded["torch"] == "1.4.0"
    backed = accepted(copied, "a", "1.7.0")
    assert backed[2].recorded["torch"] == "1.7.0"
    assert history(backed) == history(copied)


def test_a_device_that_differs_gets_its_own_golden():
    goldens = accepted(PLAIN, "B", "1.8.0", [*on_cpu("1.8.0"), ("1.7.0", "cuda"), ("1.9.0", "cuda")], device="cuda")
    assert history(goldens) == {"1.04.0": "a", "1.07.0": "b", "1.08.0@cuda": "B", "1.09.0@cuda": "b", "2.00.0": "c"}


def test_a_change_on_the_cpu_leaves_verified_runs_of_cuda_alone():
    goldens = accepted([make_golden("a")], "b", "1.6.0", [("1.6.0", "cuda"), ("1.8.0", "cuda")])
    assert history(goldens) == {"1.04.0": "a", "1.06.0": "b", "1.06.0@cuda": "a"}


def test_compact_removes_what_changes_nothing():
    goldens = [
        make_golden("a"),
        make_golden("a", since="1.5.0", cause="x"),
        make_golden("A", since="1.6.0", device="cuda", cause="x"),
        make_golden("a", since="1.7.0", cause="x"),  # Ends what holds on CUDA.
        make_golden("a", since="1.8.0", device="cuda", cause="x"),
        make_golden("b", since="1.9.0", cause="x"),
    ]
    assert history(compact(goldens)) == {"1.04.0": "a", "1.06.0@cuda": "A", "1.07.0": "a", "1.09.0": "b"}
    assert compact(PLAIN) == PLAIN


RUNS = [(release, device) for release in RELEASES for device in ("cpu", "cuda")]
steps = st.lists(st.tuples(st.sampled_from(RUNS), st.sampled_from("abc")), max_size=12)


@given(steps, st.sets(st.sampled_from(RUNS)))
def test_accepting_changes_its_own_run_and_no_other_that_is_verified(recordings, verified):
    goldens = []
    for (release, device), text in recordings:
        before = {each: resolve(goldens, run(*each)) for each in verified}
        goldens = accepted(goldens, text, release, verified, device)
        assert resolve(goldens, run(release, device)).observation == observation(text)
        for each, held in before.items():
            if held is not None and each != (release, device):
                assert resolve(goldens, run(*each)).observation == held.observation
        assert compact(goldens) == goldens
        assert goldens[0].cause is None
        assert all(golden.cause for golden in goldens[1:])


@given(st.lists(st.sampled_from("abc"), min_size=5, max_size=5), st.booleans())
def test_a_sweep_in_ascending_order_gives_the_same_goldens_again(texts, verified_is_kept):
    def sweep(verified):
        goldens = []
        for release, text in zip(RELEASES, texts):
            goldens = accepted(goldens, text, release, verified)
        return goldens

    first = sweep([])
    again = sweep(on_cpu(*RELEASES) if verified_is_kept else [])
    assert again == first


def in_mode(release, mode="compile"):
    return Run(Release.parse(release), "cpu", mode)


def accepted_in_mode(goldens, text, at, verified=(), mode="compile"):
    recorded = {**RECORDED, "torch": at, "mode": mode}
    return accept(list(goldens), in_mode(at, mode), observation(text), recorded, verified)


def test_in_a_mode_its_own_golden_is_in_effect_until_a_newer_one_for_every_mode():
    goldens = [*PLAIN, make_golden("x", since="1.8.0", mode="compile", cause="m")]
    held = [resolve(goldens, in_mode(release)).observation.printed for release in ("1.7.0", "1.8.0", "1.9.0", "2.0.0")]
    assert held == ["b\n", "x\n", "x\n", "c\n"]
    assert resolve(goldens, in_mode("1.9.0", "checkpoint")).observation.printed == "b\n"
    assert resolve(goldens, run("1.9.0")).observation.printed == "b\n"


def test_of_one_release_the_mode_comes_behind_the_device():
    goldens = [make_golden("m", mode="compile"), make_golden("d", device="cuda"), make_golden("a")]
    both = make_golden("dm", device="cuda", mode="compile")
    on_cuda = Run(Release.parse("1.4.0"), "cuda", "compile")
    assert resolve(goldens, on_cuda).observation.printed == "m\n"
    assert resolve([*goldens, both], on_cuda).observation.printed == "dm\n"
    assert both.file_name == "since-1.04.0@cuda~compile.yml"


def test_what_a_mode_shows_is_accepted_for_it_alone_and_only_where_it_deviates():
    goldens = accepted_in_mode(PLAIN, "x", "1.7.0")
    assert history(goldens) == {"1.04.0": "a", "1.07.0": "b", "1.07.0~compile": "x", "2.00.0": "c"}
    assert accepted_in_mode(goldens, "x", "1.9.0") == goldens
    goldens = accepted_in_mode(goldens, "b", "1.9.0", verified=[in_mode("1.7.0"), in_mode("1.8.0")])
    assert history(goldens) == {
        "1.04.0": "a",
        "1.07.0": "b",
        "1.07.0~compile": "x",
        "1.09.0~compile": "b",
        "2.00.0": "c",
    }
