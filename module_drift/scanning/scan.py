"""The join: which places in code the causes on the way from one release to another touch, as data."""

from pathlib import Path
from typing import Any, Callable, Collection, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ..common import garbage
from ..common.errors import InputError
from ..record.causes import EFFECTS, place
from . import files_of_tree, ignoring, notebooks, reading
from .baseline import Baseline, Known
from .ignoring import Comment
from .matching import CERTAINTIES, Cause, Matcher
from .tree import Module, Tree
from .walker import Shared, Walker

_LONGEST = 160
"""Characters of a line of code that are shown."""

_Spot = Tuple[str, int, int]
"""The key of a cause, and a line and a column of the code, as ast counts them."""


class Finding(NamedTuple):
    """A place that a cause touches.

    Attributes:
        path: the file.
        line: in it; of a notebook, in the cell.
        column: from 1 on, in characters.
        cell: of a notebook, the number of the cell; else 0.
        code: the line of code.
        certainty: one of `CERTAINTIES`.
        file_line: the line of the file; other than `line` in a notebook.
    """

    path: Path
    line: int
    column: int
    cell: int
    code: str
    certainty: str
    file_line: int


class Touched(NamedTuple):
    """A cause with the places that it touches, in order."""

    cause: Cause
    findings: List[Finding]


class Silenced(NamedTuple):
    """A finding that is not told; `by` is "comment" or "baseline"."""

    cause: Cause
    finding: Finding
    by: str


class Remark(NamedTuple):
    """What is to be said of a comment that silences nothing; its place is as that of a `Finding`."""

    path: Path
    line: int
    cell: int
    text: str
    file_line: int


class Result(NamedTuple):
    """What a scan found.

    Attributes:
        touched: the causes that touch something, in the order of `EFFECTS` and the newest first.
        silenced: what they touch and is not told, in the same order.
        read: how many files were read.
        files: which they are.
        unread: what is wrong with those that could not be, or not wholly.
        remarks: on comments that silence nothing.
        unused: what is in the baseline and was not found, with its number.
        unknown: the APIs of torch that are used and that no cause speaks of.
        looked_for: all causes that were looked for, in the same order.
        nameless: how many causes on the way no name finds.
    """

    touched: List[Touched]
    silenced: List[Silenced]
    read: int
    files: List[Path]
    unread: List[str]
    remarks: List[Remark]
    unused: List[Tuple[Known, int]]
    unknown: List[str]
    looked_for: List[Cause]
    nameless: int


@garbage.none_yet()  # Syntax trees have no cycles and are most objects.
def scan(
    paths: Iterable[Path],
    causes: Sequence[Cause],
    nameless: int,
    with_possible: bool,
    begin: Callable[[int], Callable[[str], None]] = lambda _: lambda __: None,
    known: Collection[str] = (),
    baseline: Optional[Baseline] = None,
) -> Result:
    """Return what `causes` touch in the code below `paths`.

    Args:
        paths: folders and files.
        causes: those on the way, with their patterns.
        nameless: how many others are on the way.
        with_possible: whether places are wanted that only possibly are such.
        begin: is told how many files there are, and returns what is told of each.
        known: the keys of all causes that there are, which comments may name.
        baseline: findings that are not told.

    Raises:
        InputError: one of `paths` is not there, or holds nothing to read.
    """
    found = files_of_tree.files_below(paths)
    tree = Tree(found.paths, outlines=True)
    shared = Shared(tree)
    matcher = Matcher(causes)
    order = sorted(causes, key=lambda cause: place(cause.key, cause.effect, cause.since))
    by_cause: Dict[str, List[Finding]] = {}
    silenced: Dict[str, List[Silenced]] = {}
    by_key = {cause.key: cause for cause in causes}
    read: List[Path] = []
    unread = list(found.unread)
    remarks: List[Remark] = []
    used: Dict[str, None] = {}
    tell = begin(len(found.paths))
    for number, path in enumerate(found.paths):
        tell(str(path))
        try:
            with tree.turn(number) as module:
                walker = Walker(tree, module, shared, matcher)
                walker.read_all()
        except InputError as error:
            unread.append(str(error))
            continue
        except (RecursionError, MemoryError):
            unread.append(str(InputError(path, "nests too deeply", "leave it out")))
            continue
        if module.code.syntax.errors:
            unread.append(str(reading.refused(path, module.code.syntax.errors[0])))
            continue
        read.append(path)
        unread += module.code.problems
        used.update(walker.used)
        spots = _best(walker)
        comments = ignoring.comments(module.code)
        remarks += _remarks(module, comments, spots, by_key, known)
        told: Dict[str, List[Finding]] = {}
        # The surest first: it is what a baseline knows, where another line of the same words is only possibly such.
        for (key, line, column), certainty in sorted(spots.items(), key=lambda one: (-one[1], one[0])):
            finding = _finding(module, line, column, certainty)
            if any(comment.silences(key, line) for comment in comments):
                silenced.setdefault(key, []).append(Silenced(by_key[key], finding, "comment"))
            elif baseline and baseline.takes(path, key, finding.code):
                silenced.setdefault(key, []).append(Silenced(by_key[key], finding, "baseline"))
            elif with_possible or certainty:
                told.setdefault(key, []).append(finding)
        for key, findings in told.items():  # The files themselves are in order.
            by_cause.setdefault(key, []).extend(sorted(findings, key=_within_the_file))
    return Result(
        touched=[Touched(cause, by_cause[cause.key]) for cause in order if cause.key in by_cause],
        silenced=[one for cause in order for one in sorted(silenced.get(cause.key, ()), key=_by_place)],
        read=len(read),
        files=read,
        unread=unread,
        remarks=remarks,
        unused=baseline.unused(read, by_key) if baseline else [],
        unknown=sorted(name for name in used if not matcher.speaks_of(name)),
        looked_for=order,
        nameless=nameless,
    )


def excerpt(code: str) -> str:
    """Return a line of code as it is shown: the first of one that is long, as where data is written into code."""
    return f"{code[:_LONGEST]}…" if len(code) > _LONGEST else code


def turns_red(result: Result, mildest: str, is_downgrade: bool) -> bool:
    """Return whether something was found whose effect is `mildest` or a worse one, in the order of `EFFECTS`.

    For who goes back to an older release, what arrived or was mended is lost: that is as bad as what raises.
    """
    lost = ("better", "new") if is_downgrade else ()
    effects = ("loud" if one.cause.effect in lost else one.cause.effect for one in result.touched)
    return any(EFFECTS.index(effect) <= EFFECTS.index(mildest) for effect in effects)


def rebased(result: Result, baseline: Baseline) -> Tuple[Result, Baseline]:
    """Return `result` as it is once all its findings are known, and the baseline that knows them."""
    findings = [(one.cause, finding) for one in result.touched for finding in one.findings]
    findings += [(one.cause, one.finding) for one in result.silenced if one.by == "baseline"]
    known = [baseline.known(finding.path, cause.key, finding.code) for cause, finding in findings]
    silenced = [one for one in result.silenced if one.by != "baseline"]
    silenced += [Silenced(cause, finding, "baseline") for cause, finding in findings]
    return result._replace(touched=[], silenced=silenced, unused=[]), baseline.rewritten(result.files, known)


def _best(walker: Walker) -> Dict[_Spot, int]:
    """Return the places of each cause, with the greatest certainty that any of its patterns has there."""
    best: Dict[_Spot, int] = {}
    for hit in walker.hits:
        spot = hit.match.cause.key, hit.line, hit.column
        best[spot] = max(best.get(spot, 0), hit.match.certainty)
    return best


def _within_the_file(one: Finding) -> Tuple[Any, ...]:
    return (one.cell, *one[1:])


def _by_place(one: Silenced) -> Tuple[Any, ...]:
    return (one.finding.path, *_within_the_file(one.finding))


def _remarks(
    module: Module,
    comments: Sequence[Comment],
    spots: Iterable[_Spot],
    looked_for: Collection[str],
    known: Collection[str],
) -> List[Remark]:
    """Return what is to be said of `comments`: that they name no cause, one that is none, or one that is not here."""
    found = []
    for comment in comments:
        texts = [] if comment.causes else ["ignores nothing, since it names no cause: write ignore[cause]"]
        for key in comment.causes:
            if key not in looked_for and key not in known:
                texts.append(f"ignores {key!r}, which is no cause; {_nearest(key, known)}")
            elif key not in looked_for:
                texts.append(f"ignores {key}, which is not looked for between these releases")
            elif not any(comment.silences(key, line) for one, line, _ in spots if one == key):
                texts.append(f"nothing here is ignored for {key}; delete it from the comment")
        cell, line, file_line = _place(module, comment.line)
        found += [Remark(module.code.path, line, cell, text, file_line) for text in texts]
    return found


def _nearest(key: str, known: Collection[str]) -> str:
    import difflib

    close = difflib.get_close_matches(key, sorted(known), n=1)
    return f"nearest is {close[0]}" if close else "module-drift between lists those of an upgrade"


def _place(module: Module, line: int) -> notebooks.Place:
    """Return the cell (0 of what is no notebook), the line in it, and the line of the file."""
    return module.code.places[line - 1] if module.code.places else notebooks.Place(0, line, line)


def _finding(module: Module, line: int, column: int, certainty: int) -> Finding:
    text = module.code.lines[line - 1] if line <= len(module.code.lines) else ""
    if not text.isascii():  # Then ast counts bytes.
        column = len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))
    cell, line, file_line = _place(module, line)
    return Finding(module.code.path, line, column + 1, cell, text.strip(), CERTAINTIES[certainty], file_line)
