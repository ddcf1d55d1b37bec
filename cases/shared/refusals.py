"""What torch says when it refuses something."""


def refusal(attempt, *arguments):
    """Return type and message of what `attempt(*arguments)` raises, or "accepted" if it raises nothing.

    For messages that torch words; Python's own vary with its version, see `type_of_refusal`.
    """
    try:
        attempt(*arguments)
    except Exception as error:
        # Not str(error), which for a KeyError is the repr of its message.
        return " ".join([f"{type(error).__name__}:", *map(str, error.args)])
    return "accepted"


def type_of_refusal(attempt, *arguments):
    """Return the type alone of what `attempt(*arguments)` raises, or "accepted" if it raises nothing."""
    return refusal(attempt, *arguments).split(":")[0]


def refusal_on_one_line(attempt, *arguments):
    """Return the same as `refusal`, with a message of several lines on one, such as that of load_state_dict."""
    return " ".join(refusal(attempt, *arguments).split())
