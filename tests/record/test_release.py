"""Parsing and ordering of releases."""

import pytest

from module_drift.common.errors import InputError
from module_drift.record.release import Release, public_version


@pytest.mark.parametrize(
    ("version", "release"),
    [
        ("2.6.0", "2.6.0"),
        ("2.6", "2.6.0"),
        ("1.8.0+cu102", "1.8.0"),
        ("2.16.0.dev20261101", "2.16.0"),
        ("2.16.0.dev20261101+cpu", "2.16.0"),
        ("2.16.0a0+gitabc", "2.16.0"),
        ("2.1.0a0+32f93b1", "2.1.0"),
        ("2.3.0rc12", "2.3.0"),
    ],
)
def test_base_release_of_a_version(version, release):
    assert str(Release.parse(version)) == release


@pytest.mark.parametrize(
    "version",
    ["", "unknown", "2.x", "2.1.0-custom build", "1!2.0.0", " 2.0.0", "2.0.0\n", "2.100.0", "20261101", "9" * 5000]
    + [f"2.0.0+{'x' * 100}", "\uff12.0.0", "2.0.0\x1b[2J"],
)
def test_a_version_that_is_none_is_bad_input(version):
    with pytest.raises(InputError, match=r"not a version number; it must begin like 2\.6\.0"):
        Release.parse(version)


def test_releases_order_by_number_and_names_order_alike():
    releases = list(map(Release.parse, ["1.4.0", "1.9.1", "1.10.0", "1.13.1", "2.0.0", "2.10.0"]))
    assert releases == sorted(releases)
    names = [release.since_name() for release in releases]
    assert names == sorted(names)
    assert names[:3] == ["1.04.0", "1.09.1", "1.10.0"]
    assert list(map(Release.parse_since_name, names)) == releases


@pytest.mark.parametrize(
    "name", ["1.8.0", "1.08", "v1.08.0", "1.08.0rc1", "\uff11.08.0", "1.100.0", "100.00.0", "1.00.999"]
)
def test_other_spellings_of_a_since_are_refused(name):
    with pytest.raises(ValueError, match=name):
        Release.parse_since_name(name)


def test_public_version_drops_the_build():
    assert public_version("1.8.0+cu102") == "1.8.0"
    assert public_version("2.16.0.dev20261101+cpu") == "2.16.0.dev20261101"
