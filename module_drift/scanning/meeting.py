"""Finds the places that causes touch, as the uses of APIs are told of."""

import ast
import contextlib
import functools
from typing import Any, Callable, ContextManager, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..record.touches import Assigned, Call, Imported, Read, Subclassed
from . import handing_on, shapes
from .expressions import Expressions
from .known import Known
from .matching import POSSIBLE, Around, Match, Matcher
from .names import ANYWHERE
from .own_class import Class
from .syntax import FUNCTIONS, Function
from .torch_api import OWNERS, hinted, is_maybe_tensor
from .torch_names import MODULE, RIVALS, is_class
from .tree import Import, Module, Tree
from .values import Guard, Value

_USES = {"call": Call, "read": Read, "set": Assigned, "reached": Imported}


class Hit(NamedTuple):
    """A place that a cause touches."""

    match: Match
    line: int
    column: int


class Meeting(Expressions):
    """Reads expressions of one module and keeps what they use.

    Args:
        tree: the scanned files.
        module: the one that is read.
        shared: what is known of the whole tree.
        matcher: knows the patterns; without one nothing is kept.
        depth: how many others ask for it, one on behalf of the next.
    """

    def __init__(self, tree: Tree, module: Module, shared: Known, matcher: Optional[Matcher] = None, depth: int = 0):
        super().__init__(tree, module, shared, depth)
        self.matcher = matcher
        self.around = Around()
        self.hits: List[Hit] = []
        self.used: Dict[str, None] = {}
        self._inside: Optional[ast.AST] = None

    def met_name(
        self, kind: str, node: ast.AST, name: str, use: str, shift: int = 0, value: Optional[ast.expr] = None
    ) -> Tuple[Any, ...]:
        if self.matcher is None or name.startswith(("@", "builtins.")):
            return ()
        if kind == "reached":
            self._keep(self.matcher.imported(name, self.around), node, "")
            return ()
        if name.startswith("torch."):
            self.used[name] = None
        call = self._opened(node) if isinstance(node, ast.Call) else None
        if kind == "read" and use == "kept":
            matches = self.matcher.name(Call, name, self.around, handing_on.ANYHOW)
            if is_class(name):  # Classes are named in tables and tests: only what most calls of them meet counts.
                matches = [match for match in matches if not handing_on.is_special(match.pattern)]
            self._handed(matches, node)
        return self._keep(self.matcher.name(_USES[kind], name, self.around, call, value, shift), node, use)

    def _opened(self, call: ast.Call) -> ast.Call:
        module = self.module.code.syntax.tree
        if self._inside is None or len(self.scopes) < 3:
            return shapes.opened(call, self._inside, module)
        names = [one.value.id for one in call.keywords if one.arg is None and isinstance(one.value, ast.Name)]
        is_around = any(name in scope for scope in self.scopes[1:] for name in names)
        return shapes.opened(call, self._inside, self._inside if is_around else module)  # Not of a function around it.

    def _handed(self, matches: Sequence[Match], node: ast.AST) -> None:
        """Keep what a function that is named without a call may be called to, wherever that is."""
        for match in matches:
            self._hit(match._replace(certainty=POSSIBLE), node)

    def met_member(
        self,
        kind: str,
        node: ast.AST,
        receiver: Value,
        name: str,
        use: str,
        call: Optional[ast.Call] = None,
        value: Optional[ast.expr] = None,
        hint: str = "",
        shift: int = 0,
    ) -> Tuple[Any, ...]:
        if self.matcher is None or receiver.kind not in ("object", "unknown", "super"):
            return ()
        is_function = receiver.kind != "unknown" or name in OWNERS  # Else it may well be what a member holds.
        if kind == "read" and use == "kept" and is_function and self.matcher.knows_member(Call, name):
            self._handed(self._matches(Call, receiver, name, handing_on.ANYHOW, None, hint), node)
        what = _USES[kind]
        if not self.matcher.knows_member(what, name):
            return ()
        call = self._opened(call) if call is not None else None
        return self._keep(self._matches(what, receiver, name, call, value, hint), node, use)

    def _matches(
        self, what: type, receiver: Value, name: str, call: Optional[ast.Call], value: Optional[ast.expr], hint: str
    ) -> Sequence[Match]:
        assert self.matcher is not None
        if receiver.kind == "super":
            lineage = self.shared.classes.lineage(self.own_class)
            if any(one.has_method(name) for one, _ in lineage.own[1:]):
                return ()
            matches = self.matcher.member(what, name, lineage.others, self.around, call, value)
            if lineage.is_mixin:
                matches = self.matcher.unknown_member(what, name, "", self.around, call, value)
        elif receiver.kind == "unknown":
            suspected = receiver.name if is_maybe_tensor(receiver) else ""
            matches = self.matcher.unknown_member(what, name, hint, self.around, call, value, suspected)
            if matches and (self._is_of_a_rival or (self._is_own(name, hint) and not self._wraps(name))):
                matches = [match._replace(certainty=POSSIBLE) for match in matches]
        else:
            lineage = self.shared.classes.lineage(receiver.name)
            own = lineage.method(name)
            if own and receiver.name.startswith("@"):
                return ()
            chain = lineage.others
            if name == "__call__" and MODULE in chain and lineage.method("forward"):
                chain = (MODULE,)  # What others do when they are called is in their forward.
            matches = self.matcher.member(what, name, chain, self.around, call, value)
            if not matches and (not lineage.is_whole or (hint == "self" and lineage.lacks(name))):
                known = [root for root in lineage.others if root.startswith("torch.")]
                if not known:
                    hint = hint if hinted(hint) else lineage.hint()
                    matches = self.matcher.unknown_member(what, name, hint, self.around, call, value)
        return matches

    @functools.cached_property
    def _is_of_a_rival(self) -> bool:
        """Whether the module imports what has methods called as torch's are, and nothing of torch."""
        imports = [one for one in (*self.module.symbols.values(), *self.module.stars) if isinstance(one, Import)]
        packages = {one.name.partition(".")[0] for one in imports if not one.level}
        return "torch" not in packages and not packages.isdisjoint(RIVALS)

    def _wraps(self, name: str) -> bool:
        """Return whether what is read is of a class with such a method, which so hands on what it is asked for."""
        return bool(self.own_class and self.shared.classes.lineage(self.own_class).method(name))

    def _is_own(self, name: str, hint: str) -> bool:
        """Return whether a method may be that of a class of the module that derives from nothing of torch.

        One that asks something else for the same belongs to what stands for that, and is called as that is.
        """
        names = self._own_names()
        is_asked_for = hinted(hint) in OWNERS.get(name, ())
        return (name in names and not (names[name] and is_asked_for)) or (is_asked_for and self._replaces(name, hint))

    def _replaces(self, name: str, hint: str) -> bool:
        """Return whether what the module knows as Optimizer, say, is a class of the tree that has nothing of torch."""
        value = self.lookup(hinted(hint).rpartition(".")[2])
        if value.kind != "name" or not value.name.startswith("@"):
            return False
        lineage = self.shared.classes.lineage(value.name)
        method = lineage.method(name)
        return lineage.is_whole and not lineage.others and method is not None and not _asks_for_the_same(method[0])

    def _own_names(self) -> Dict[str, bool]:
        """Return the names of methods of such classes, each with whether it asks something else for the same."""
        if not self.module.foreign_methods:
            self.module.foreign_methods[""] = False
            for name, symbol in tuple(self.module.symbols.items()):  # Inner classes join them meanwhile.
                if isinstance(symbol, Class):
                    lineage = self.shared.classes.lineage(f"@{self.module.number}.{name}")
                    if lineage.is_whole and not lineage.others and "Protocol" not in symbol.bases:
                        for method in symbol.methods():
                            asks = method.name in OWNERS and _asks_for_the_same(method)
                            asks = asks and self.module.foreign_methods.get(method.name, True)
                            self.module.foreign_methods[method.name] = asks
        return self.module.foreign_methods

    def met_result(self, node: ast.AST, origins: Tuple[Any, ...], use: str) -> None:
        for match in origins:
            if match.pattern.result == use:
                self._hit(match, node)

    def _keep(self, matches: Sequence[Match], node: ast.AST, use: str) -> Tuple[Any, ...]:
        pending = []
        for match in matches:
            if not match.pattern.result or (
                match.pattern.result in ("kept", "dropped") and match.pattern.result == use
            ):
                self._hit(match, node)
            elif match.pattern.result not in ("kept", "dropped"):
                pending.append(match)
        return tuple(pending)

    def _hit(self, match: Match, node: ast.AST) -> None:
        self.hits.append(Hit(match, *_place(node)))

    def _derived(self, match: Match, node: ast.ClassDef) -> None:
        use = match.pattern.use
        assert isinstance(use, Subclassed)
        if not use.method:
            self._hit(match, node)
        methods = {one.name: one for one in node.body if isinstance(one, FUNCTIONS)}
        for one in node.body:
            if isinstance(one, FUNCTIONS) and one.name == use.method and shapes.method_fits(use, one):
                self._hit(match, one)
            targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == use.method for target in targets):
                method = methods.get(getattr(getattr(one, "value", None), "id", ""))
                if method is None:  # What it takes is not known.
                    self._hit(match._replace(certainty=POSSIBLE) if use.takes or use.lacks else match, one)
                elif shapes.method_fits(use, method):
                    self._hit(match, one)

    def attempted(self, caught: Optional[Tuple[str, ...]], read: Callable[[], Value]) -> Value:
        before = self.around
        if caught is not None:
            self.around = before._replace(caught=(*(before.caught or ()), *caught))
        try:
            return read()
        finally:
            self.around = before

    def under(self, guard: Optional[Guard]) -> ContextManager[None]:
        return ANYWHERE if guard is None else self._under(guard)

    @contextlib.contextmanager
    def _under(self, guard: Guard) -> Iterator[None]:
        before = self.around
        self.around = self._narrowed(guard)
        try:
            yield
        finally:
            self.around = before

    def _narrowed(self, guard: Guard) -> Around:
        releases = self.around.range.both(guard.true)
        if self.matcher:
            for name in guard.present:
                releases = releases.both(self.matcher.lifetime(name)[0])
            for name in guard.absent:
                releases = releases.both(self.matcher.lifetime(name)[1])
        present, again = self.around.present + guard.present, self.around.again + guard.refuses
        is_vague = self.around.is_vague or (guard.vague and releases == self.around.range)
        return self.around._replace(range=releases, present=present, again=again, is_vague=is_vague)


def _place(node: ast.AST) -> Tuple[int, int]:
    """Return the line and the column that show a use best: of a chain over many lines, those of its last name."""
    use = node.func if isinstance(node, ast.Call) else node
    if isinstance(use, ast.Attribute) and use.end_lineno and use.end_lineno > use.lineno:
        return use.end_lineno, (use.end_col_offset or 0) - len(use.attr.encode("utf-8"))
    return getattr(node, "lineno", 1), getattr(node, "col_offset", 0)


def _asks_for_the_same(method: Function) -> bool:
    calls = (node.func for node in ast.walk(method) if isinstance(node, ast.Call))
    return any(isinstance(one, ast.Attribute) and one.attr == method.name for one in calls)
