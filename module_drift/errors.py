"""The one exception for bad input: what is wrong, where, and the remedy."""


class InputError(Exception):
    """Something a person can mend: a golden, a cause, a case, an option or a version.

    Args:
        where: file, option or id that is at fault, as a person would look for it.
        problem: what is wrong with it.
        remedy: what to do about it.
    """

    def __init__(self, where: object, problem: str, remedy: str):
        self.where = where
        super().__init__(f"{where}: {problem}; {remedy}")
