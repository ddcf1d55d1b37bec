"""Finds cases and causes by words: in ids and sentences, in the code and the APIs it uses, and in what causes say."""

import re
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Protocol, Sequence, Set

from ..record import lookup, touches

if TYPE_CHECKING:
    from ..finding.discovery import Case

_API = re.compile(r"[a-z_]\w*(\.\w+)+")
_CALLED = re.compile(r"\(\)$")


class Code(Protocol):
    """Knows what the code of the cases uses."""

    def of_api(self, wanted: str) -> Dict[str, Set[str]]:
        """Return for each case, by its id, the APIs of such a name that it uses, if any."""

    def of_text(self, text: str) -> Set[str]:
        """Return the ids of the cases that have a text in their code."""


class Search:
    """What was searched for, and where it is.

    Args:
        text: words in any order and case, all of which must be found; a word may be part of one, or the name of an API.
        cases: all cases.
        causes: all causes by their keys.
        code: what the cases' code uses.
    """

    def __init__(self, text: str, cases: "Sequence[Case]", causes: Dict[str, Dict[str, Any]], code: Code):
        self._given = {word.lower(): word for word in (_CALLED.sub("", word) for word in text.split())}
        self.words = list(self._given)
        self._texts = {case.id: f"{case.id} {case.sentence} {case.article or ''}".lower() for case in cases}
        said = {key: _said(key, cause) for key, cause in causes.items()}
        self._causes = {
            word: {key for key, cause in causes.items() if word in said[key] or _touches(cause, word)}
            for word in self.words
        }
        self._code = {word: code.of_text(word) for word in self.words}
        for word in self.words:
            if _API.fullmatch(word):
                self._code[word] |= code.of_api(word).keys()
        self._cases, self._said = cases, said

    def place(self, case_id: str, causes: Iterable[str]) -> Optional[int]:
        """Return where a case has all words: 0 in id and sentence, 1 also in code, 2 also in causes; None if nowhere.

        Args:
            case_id: the case's id.
            causes: the keys of the causes that moved it; not asked for if the words are all found before.
        """
        text = self._texts.get(case_id, case_id)
        left = [word for word in self.words if word not in text]
        if not left:
            return 0
        left = [word for word in left if case_id not in self._code[word]]
        if not left:
            return 1
        if all(self._causes[word] for word in left):
            keys = set(causes)
            if all(keys & self._causes[word] for word in left):
                return 2
        return None

    def nothing(self, what: str, where: str = "its id, sentence, code or causes") -> str:
        """Return what to say where nothing was found, with what is nearest to a word that is nowhere.

        Args:
            what: what was searched, such as "none of 475 cases".
            where: in which of its texts.
        """
        for word in self.words:
            if not (self._causes[word] or self._code[word] or any(word in text for text in self._texts.values())):
                known = {one for text in (*self._texts.values(), *self._said.values()) for one in _words(text)}
                known.update(one for case in self._cases for one in _words(case.source.lower()))
                near = lookup.nearest_word(known, word.rpartition(".")[2])
                return f"{what} has {self._given[word]!r} in {where}; {near}"
        together = "all of " * (len(self.words) > 1) + ", ".join(map(repr, self._given.values()))
        return f"{what} has {together} in {where}"


def _said(key: str, cause: Dict[str, Any]) -> str:
    texts = (cause.get(field, "") for field in ("what", "do", "hidden"))
    return " ".join([key, *texts, *cause.get("touches", ())]).lower()


def _touches(cause: Dict[str, Any], word: str) -> bool:
    """Return whether a pattern with a * in its name, such as torch.nn.BatchNorm*d, stands for a name with `word`."""
    parts = word.split(".")
    starred = {"touches": [text for text in cause.get("touches", ()) if "*" in text]}
    for pattern in touches.patterns_of(starred):
        known = [re.escape(part).replace(r"\*", r"\w*") for part in pattern.name.lower().split(".")]
        for start in range(len(known) - len(parts) + 1):
            if "*" in pattern.name and all(map(re.fullmatch, known[start:], parts)):
                return True
    return False


def _words(text: str) -> List[str]:
    return re.findall(r"\w+", text)
