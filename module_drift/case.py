"""How a case declares itself: the decorators that functions in `cases/` carry, for one case or a family."""

import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, TypeVar, Union

from . import family

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*")

Function = TypeVar("Function", bound=Callable[..., None])

declared_ids: List[str] = []
"""The ids that the modules imported so far declared, by which what reading them did not find comes to light."""


def case(
    id: str,
    *,
    example: Optional[str] = None,
    needs: Optional[str] = None,
    only: Optional[str] = None,
    platform_bound: bool = False,
) -> Callable[[Function], Function]:
    """Mark a function `(show, device) -> None` as the case `id`; its docstring is the case's sentence.

    The arguments must be literals: `discovery` reads them from the source, without importing torch.

    Args:
        id: path of the case, such as "hook/code-3"; never renamed or reused.
        example: id of the article's example whose text claims what the case shows.
        needs: API younger than torch 1.4 that the case uses, such as
            "torch.nn.Module.register_forward_hook(always_call)"; where it is missing, the case is not
            run and its observation is `absent`.
        only: "eager" for a case that is run in no other mode, "cpu" for one that is run on no other device either;
            None for one that is run everywhere.
        platform_bound: the golden holds only on the platform and the maker's processors it was recorded on.
    """

    def mark(function: Function) -> Function:
        return _marked(function, {id: ""})

    return mark


def cases(
    template: str,
    /,
    *,
    example: Optional[str] = None,
    needs: Optional[str] = None,
    only: Optional[str] = None,
    platform_bound: bool = False,
    **tables: Union[Mapping[str, Any], Sequence[str]],
) -> Callable[[Function], Function]:
    """Mark a function as a family of cases, one for each row of a table, or for each combination of several tables.

    The function takes show and device, and from each table the value of a row, by the table's name. The arguments are
    literals, as those of `case` are; a table may also be the name of one that the file assigns once, at its top.

    Args:
        template: the ids, with the name of each table in braces, such as "layer/{layer}-trains".
        example: as for `case`.
        needs: as for `case`. Here and in the docstring names of tables in braces stand for the values, and "{layer[0]}"
            for a part of one; if it is nothing but such a name, the value can also be None, for a member that needs
            nothing.
        only: as for `case`.
        platform_bound: as for `case`.
        tables: each a dict of slugs, which the ids have, and values, such as {"gelu": "GELU"}; or a list of what is
            both.

    Raises:
        FamilyError: they declare no cases.
    """

    def mark(function: Function) -> Function:
        import inspect  # Torch has imported it; reading cases takes less time without it.

        family.refuse_id(template, tables)
        rows = {name: family.rows_of(name, table) for name, table in tables.items()}
        members = family.members(template, rows, needs, function.__doc__ or "")
        try:
            inspect.signature(function).bind(None, None, **dict.fromkeys(tables))
        except TypeError:
            raise family.not_taken(function.__name__, list(tables)) from None
        return _marked(function, {member.id: str(member.values) for member in members})

    return mark


def _marked(function: Function, values: Dict[str, str]) -> Function:
    """Note which cases `function` is, by their ids, and what it is called with for each of a family."""
    marked: Any = function
    marked.module_drift_cases = values
    declared_ids.extend(values)
    return function
