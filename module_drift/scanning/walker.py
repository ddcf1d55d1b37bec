"""Goes through the statements of a module in the order in which they run."""

import ast
import contextlib
from collections import deque
from typing import Any, Deque, Dict, Iterator, List, Optional, Sequence, Tuple

from . import handing_on, helpers
from .expressions import OPERATORS, Expressions
from .guarded import Guarded, is_import_of_tests, leaves
from .handing_on import caught_by
from .known import Known, Scope, joined
from .matching import NO_IMPORT, Around, Matcher
from .own_class import Class
from .syntax import FUNCTIONS, Function, flags, hint_of, index_of, names_bound, truth_of
from .tree import Import, Module, Tree
from .values import OTHER, UNKNOWN, Guard, Value, many, named, only_under


class Branch(Dict[str, Value]):
    """What statements bind that may not run, over the scope that they stand in."""


class Walker(Guarded):
    """Reads a whole module; without a matcher it only learns what things are.

    Args:
        tree: the scanned files.
        module: the one that is read.
        shared: what is known of the whole tree.
        matcher: knows the patterns.
    """

    def __init__(self, tree: Tree, module: Module, shared: Known, matcher: Optional[Matcher] = None, depth: int = 0):
        super().__init__(tree, module, shared, matcher, depth)
        self.returns: List[Value] = []
        self.answers: List[helpers.Answer] = []
        self._later: Deque[Tuple[Any, List[Scope], str, Around]] = deque()

    def read_all(self) -> None:
        """Read the whole module."""
        self.body(self.module.code.syntax.tree.body)
        while self._later:
            self._read_function(*self._later.popleft())

    def body(self, nodes: Sequence[ast.stmt]) -> None:
        """Read statements one after the other."""
        before = self.around
        for node in nodes:
            reader = _READERS.get(type(node))
            if reader:  # By name, as a class that derives from this one may read it otherwise.
                guard = getattr(self, reader)(node)
                if guard is not None:
                    self.around = self._narrowed(guard)
            else:
                self._others(node)
        self.around = before

    # Each returns what guards the statements that follow, if anything does.

    def _do_Expr(self, node: ast.Expr) -> Optional[Guard]:
        self.expression(node.value, "dropped")
        return self._quiet_guard(node.value) if is_import_of_tests(node.value) else None

    def _do_Assign(self, node: ast.Assign) -> Optional[Guard]:
        value = self.expression(node.value)
        for target in node.targets:
            self.bind(target, value, node.value)
        is_mark = any(hint_of(target) == "pytestmark" for target in node.targets)
        return self._quiet_guard(node.value) if is_mark or is_import_of_tests(node.value) else None

    def _do_Assert(self, node: ast.Assert) -> Optional[Guard]:
        guard = self.expression(node.test).guard
        if node.msg is not None:
            self.expression(node.msg)
        self.scopes[-1].update(self.told_by(node.test, True))
        is_told = isinstance(node.test, (ast.Compare, ast.BoolOp, ast.UnaryOp))  # All others by their names, too.
        return guard if is_told else self._quiet_guard(node.test)

    def _do_AnnAssign(self, node: ast.AnnAssign) -> None:
        value = self.expression(node.value) if node.value is not None else UNKNOWN
        if value.kind in ("unknown", "other"):
            value = self.annotation(node.annotation)
        self.bind(node.target, value, node.value)

    def _do_AugAssign(self, node: ast.AugAssign) -> None:

        target: Any = node.target
        load = type(target)(**{**vars(target), "ctx": ast.Load()})
        before = self.expression(load, "operated")
        self.expression(node.value, "operated")
        if before.kind == "object":
            self.met_member("call", node, before, f"__i{OPERATORS.get(type(node.op), '')}__", "kept")
        if isinstance(node.target, ast.Name):
            self.scopes[-1][node.target.id] = before.with_origins(())

    def _do_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.returns.append(self.expression(node.value))
            self.answers.append(helpers.Answer(self.returns[-1], truth_of(node.value), self.around))

    def _do_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                base = self.expression(target.value, "indexed")
                self.expression(index_of(target))
                self.met_member("call", target, base, "__delitem__", "dropped", hint=hint_of(target.value))
            elif isinstance(target, ast.Attribute):
                base = self.expression(target.value)
                self.met_member("call", target, base, "__delattr__", "dropped", hint=hint_of(target.value))

    def _do_If(self, node: ast.If) -> Optional[Guard]:
        guard = self.expression(node.test, "tested").guard
        one = self._branch_of(node.body, node.test, True, guard)
        other = self._branch_of(node.orelse, node.test, False, guard and guard.negated()) if node.orelse else Branch()
        leaves_body = leaves(node.body)
        if leaves_body:
            self.scopes[-1].update(other)
        elif leaves(node.orelse):
            self.scopes[-1].update(one)
        else:
            self._merge(one, other)
        if guard:
            holds, fails = flags(node.body), flags(node.orelse)
            for name, truth in {**fails, **holds}.items():  # One that is set in one branch was the opposite before.
                is_so = truth if name in holds else not truth
                if fails.get(name, not is_so) is not is_so:
                    self.scopes[-1][name] = Value("guard", guard=guard if is_so else guard.negated())
        if node.orelse or not leaves_body:
            return None
        self.scopes[-1].update(self.told_by(node.test, False))
        return guard.negated() if guard else None  # What follows runs only if the condition does not hold.

    @contextlib.contextmanager
    def _branch(self) -> Iterator[Scope]:
        """Read what may not run: give what it binds, which the scope around it does not get."""
        bound = Branch()
        self.scopes.append(bound)
        yield bound
        self.scopes.pop()

    def _branch_of(self, body: Sequence[ast.stmt], test: ast.expr, holds: bool, guard: Optional[Guard]) -> Scope:
        """Read what runs only if a test holds, or if it does not; return what it binds."""
        with self._branch() as bound, self.under(guard), self.narrowed(test, holds):
            self.body(body)
        if guard:
            bound.update({name: only_under(guard, value) for name, value in bound.items()})
        return bound

    def _merge(self, one: Scope, other: Scope) -> None:
        """Make the scope what holds after either of two branches."""
        for name in {**other, **one}:
            before = self._bound(name)
            first, second = one.get(name, before), other.get(name, before)
            if first is not None and second is not None and first != second:
                first = joined([first, second], self.shared.classes)
            value = first if first is not None else second
            if value is not None:
                self.scopes[-1][name] = value

    def _bound(self, name: str) -> Optional[Value]:
        """Return what a name is that the function or class, or the module itself, has bound; None if it has not."""
        for scope in reversed(self.scopes):
            if name in scope:
                value: Value = scope[name]
                return value
            if not isinstance(scope, Branch):
                break
        return None

    def _do_While(self, node: ast.While) -> None:
        guard = self.expression(node.test, "tested").guard
        with self.under(guard), self.narrowed(node.test, True):
            self.body(node.body)
        self.body(node.orelse)

    def _do_For(self, node: Any) -> None:
        self.bind(node.target, self.iterated(node.iter))
        self.body(node.body)
        self.body(node.orelse)

    _do_AsyncFor = _do_For

    def _do_With(self, node: Any) -> None:
        before = self.around
        for item in node.items:
            value = self.expression(item.context_expr)
            self.met_member("call", item.context_expr, value, "__enter__", "kept")
            name = self._manager(item.context_expr)
            if name:
                self.around = self.around._replace(within=(*self.around.within, name))
            if isinstance(item.context_expr, ast.Call):
                caught = handing_on.expected(name or hint_of(item.context_expr.func), item.context_expr)
                if caught is not None:
                    self.around = self.around._replace(caught=(*(self.around.caught or ()), *caught))
            if item.optional_vars is not None:
                self.bind(item.optional_vars, OTHER if value.kind == "other" else UNKNOWN)
        self.body(node.body)
        self.around = before

    _do_AsyncWith = _do_With

    def _do_Try(self, node: Any) -> None:
        before = self.around
        caught = tuple(name for handler in node.handlers for name in caught_by(handler))
        if node.handlers:
            self.around = before._replace(caught=(*(before.caught or ()), *caught))
        with self._branch() as tried:
            self.body(node.body)
            self.around = before
            self.body(node.orelse)
        branches = [tried]
        told: Scope = {}
        set_before = flags(node.body, node.orelse)
        for handler in node.handlers:
            names = set(caught_by(handler))
            if names & {"ImportError", "ModuleNotFoundError", "AttributeError", ""}:  # The other side of a guard.
                self.around = before._replace(caught=(*(before.caught or ()), *names))
            needed = self._needed(node.body, names)
            if needed is not None:
                if not needed.vague:
                    tried.update({name: only_under(needed, value) for name, value in tried.items()})
                self.around = self._narrowed(needed.negated())
                for name, truth in flags(handler.body).items():
                    if set_before.get(name) is not (not truth):
                        continue
                    told[name] = Value("guard", guard=needed.negated() if truth else needed)
            if "TypeError" in names:
                self.around = self.around._replace(again=(*before.again, *_keywords_of_calls(node.body)))
            with self._branch() as bound:
                if handler.name:
                    bound[handler.name] = UNKNOWN
                self.body(handler.body)
            branches.append(bound)
            self.around = before
        self.scopes[-1].update(tried)
        for bound in branches[1:]:
            for name, value in bound.items():
                if self._bound(name) is None:
                    self.scopes[-1][name] = value
        self.scopes[-1].update(told)
        self.body(node.finalbody)

    _do_TryStar = _do_Try

    def _do_Match(self, node: Any) -> None:
        self.expression(node.subject)
        for case in node.cases:
            for one in ast.walk(case.pattern):
                bound = getattr(one, "name", None)
                if bound:
                    self.scopes[-1][bound] = UNKNOWN
            guard = self.expression(case.guard, "tested").guard if case.guard else None
            with self.under(guard):
                self.body(case.body)

    def _do_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name if alias.asname else alias.name.partition(".")[0]
            number = None if top == "torch" else self.tree.find(top, 0, self.module.number)
            self.scopes[-1][alias.asname or top] = named(f"@{number}" if number is not None else top)
            self._imported_name(alias.name, node)

    def _do_ImportFrom(self, node: ast.ImportFrom) -> None:

        for alias in node.names:
            if not node.level:
                self._imported_name(node.module if alias.name == "*" else f"{node.module}.{alias.name}", node)
            if alias.name != "*":
                symbol = Import(node.module or "", alias.name, node.level)
                value = self._imported(self.module, symbol, "")
                if value.kind == "name" and set(self.around.caught or ()) & set(NO_IMPORT):
                    value = value._replace(guard=Guard(present=(value.name,)))
                self.scopes[-1][alias.asname or alias.name] = value

    def _imported_name(self, name: Optional[str], node: ast.AST) -> None:
        if self.matcher is not None and name:
            self._keep(self.matcher.imported(name, self.around), node, "")

    def _do_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self.scopes[-1].pop(name, None)

    _do_Nonlocal = _do_Global

    def _do_FunctionDef(self, node: Any) -> None:
        self._function(node, "")
        self.scopes[-1][node.name] = named(self._known_as(node))

    _do_AsyncFunctionDef = _do_FunctionDef

    def _known_as(self, node: Any) -> str:
        """Return the qualified name of a function or class; of one within another, it has its line."""
        symbol: Any = self.module.symbols.get(node.name)
        if symbol is node or (
            isinstance(symbol, Class) and symbol.line == node.lineno and isinstance(node, ast.ClassDef)
        ):
            return f"@{self.module.number}.{node.name}"
        name = f"{node.name}:{node.lineno}"
        self.module.symbols.setdefault(name, Class(node) if isinstance(node, ast.ClassDef) else node)
        self.shared.around[f"@{self.module.number}.{name}"] = list(self.scopes)
        return f"@{self.module.number}.{name}"

    def _function(self, node: Any, own_class: str) -> None:
        within = []
        before = self.around
        for decorator in node.decorator_list:
            self.expression(handing_on.by_decorator(decorator))
            name = self._manager(decorator)
            if name:
                within.append(name)
            self._under_decorator(decorator)
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.expression(default)
        around = self.around._replace(caught=None, within=(*self.around.within, *within))
        self.around = before
        self._later.append((node, list(self.scopes), own_class, around))

    def _read_function(self, node: Any, scopes: List[Scope], own_class: str, around: Around) -> None:
        before = self.scopes, self.own_class, self.around, self._inside
        own = own_class or self._class_around(scopes)
        self.scopes = list(scopes)  # Its annotations are of where it stands.
        self.scopes.append(self.parameters(node, own_class))
        self.own_class, self.around, self._inside = own, around, node
        self.scopes[-1]["__class__"] = named(own) if own else UNKNOWN
        body = [*node.body]
        for name in names_bound(body):
            self.scopes[-1].setdefault(name, UNKNOWN)
        self.body(body)
        self.scopes, self.own_class, self.around, self._inside = before

    @staticmethod
    def _class_around(scopes: Sequence[Scope]) -> str:
        return next((scope["__class__"].name for scope in reversed(scopes) if "__class__" in scope), "")

    def _do_ClassDef(self, node: ast.ClassDef) -> None:
        before = self.around
        for decorator in node.decorator_list:
            self.expression(handing_on.by_decorator(decorator))
            self._under_decorator(decorator)
        bases = [self.expression(base, "based") for base in node.bases]
        for keyword in node.keywords:
            self.expression(keyword.value)
        name = self._known_as(node)
        if ":" in name:  # The body of the module does not know what its bases are.
            self.shared.classes.tell(name, self.module.symbols[name[1:].partition(".")[2]], self.module.number, bases)
        lineage = self.shared.classes.lineage(name)
        if self.matcher is not None and lineage.others:
            for match in self.matcher.subclassed(lineage.others, self.around):
                self._derived(match, node)
        self.scopes[-1][node.name] = named(name)
        outer = self.scopes[-1]
        self.scopes.append({})
        for one in node.body:
            if isinstance(one, FUNCTIONS):
                inner, self.scopes = self.scopes, self.scopes[:-1]
                self._function(one, name)
                self.scopes = inner
            else:
                self.body([one])
        self.scopes.pop()
        self.scopes[-1] = outer
        self.around = before


_READERS: Dict[type, str] = {
    getattr(ast, name[4:]): name for name in vars(Walker) if name.startswith("_do_") and hasattr(ast, name[4:])
}
"""What reads each kind of statement that this Python has, by its name."""


class Shared(Known):
    """What is known of the whole tree.

    Args:
        tree: the scanned files.
    """

    def __init__(self, tree: Tree):
        def reader(known: Known, module: Module, depth: int) -> Expressions:
            return Expressions(tree, module, known, depth)

        super().__init__(tree, reader, returned)


def returned(asker: Expressions, module: Module, function: Function, receiver: str) -> Value:
    """Return what a function returns, by reading it."""
    reader = Walker(asker.tree, module, asker.shared, None, asker.depth + 1)
    reader._read_function(function, asker.shared.scopes_of(module, function, receiver), receiver, Around())
    if reader.yields:
        return many(joined(reader.yields, asker.shared.classes)).with_origins(())
    told = helpers.told_by(
        reader.answers, not function.body or not isinstance(function.body[-1], (ast.Return, ast.Raise))
    )
    return Value("guard", guard=told) if told else joined(reader.returns, asker.shared.classes).with_origins(())


def _keywords_of_calls(body: Sequence[ast.stmt]) -> List[Tuple[str, str]]:
    """Return the keywords with which a body calls, each behind the last part of the name of what it calls."""
    calls = (one for node in body for one in ast.walk(node) if isinstance(one, ast.Call))
    return [(hint_of(call.func), one.arg) for call in calls for one in call.keywords if one.arg]
