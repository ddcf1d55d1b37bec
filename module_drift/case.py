"""How a case declares itself: the decorator that every function in `cases/` carries."""

import re
from typing import Any, Callable, List, Optional, TypeVar

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")

Function = TypeVar("Function", bound=Callable[..., None])

declared_ids: List[str] = []
"""The ids that the modules imported so far declared, by which what reading them did not find comes to light."""


def case(
    id: str, *, example: Optional[str] = None, needs: Optional[str] = None, platform_bound: bool = False
) -> Callable[[Function], Function]:
    """Mark a function `(show, device) -> None` as the case `id`; its docstring is the case's sentence.

    The arguments must be literals: `discovery` reads them from the source, without importing torch.

    Args:
        id: path of the case, such as "hook/code-3"; never renamed or reused.
        example: id of the article's example whose text claims what the case shows.
        needs: API younger than torch 1.4 that the case uses, such as
            "torch.nn.Module.register_forward_hook(always_call)"; where it is missing, the case is not
            run and its observation is `absent`.
        platform_bound: the golden holds only on the platform and the maker's processors it was recorded on.
    """

    def mark(function: Function) -> Function:
        marked: Any = function
        marked.module_drift_case = id
        declared_ids.append(id)
        return function

    return mark
