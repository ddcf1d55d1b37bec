"""The one test: every case, on every chosen device, shows what the record says."""


def test_matches_the_record(case, device, golden, observe):
    """Run `case` on `device` and hold what it shows against its golden."""
    golden.check(observe(case, device))
