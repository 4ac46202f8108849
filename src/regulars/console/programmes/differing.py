"""What changes from one version of a programme to another, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["kept", "gone", "new"]
WORDS: dict[Change, str] = {"kept": "as before", "gone": "no more", "new": "new"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    change: Change
    text: str

    @property
    def word(self) -> str:
        return WORDS[self.change]


def sentences_between(before: Sequence[str], after: Sequence[str]) -> tuple[Said, ...]:
    """Every sentence of both, in the order of the later one.

    >>> [(one.change, one.text) for one in sentences_between(["A.", "B."], ["A.", "C."])]
    [('kept', 'A.'), ('gone', 'B.'), ('new', 'C.')]
    """
    return tuple(_between(list(before), list(after)))


def _between(before: list[str], after: list[str]) -> Iterator[Said]:
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Said(change="kept", text=text) for text in after[k:m])
        else:
            yield from (Said(change="gone", text=text) for text in before[i:j])
            yield from (Said(change="new", text=text) for text in after[k:m])
