"""First values of parameters."""


def in_percent(values, bound):
    """Return the least and the greatest of `values`, in percent of `bound`."""
    return [(value / bound * 100).round() for value in (values.min(), values.max())]
