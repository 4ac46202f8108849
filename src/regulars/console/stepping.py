"""What a builder's form carries from one request to the next: a tree, and those before and after it.

The server keeps nothing between: undo and redo are trees that the form brings along.
"""

import json
from dataclasses import dataclass, replace
from typing import Any, TypeVar

Tree = dict[str, Any]
BEFORE_MAX = 40
BEFORE_SIGNS_MAX = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepping:
    key: str = ""
    etag: str = ""
    editing: str = ""  # A token of the open page.
    tree: Tree
    before: tuple[Tree, ...] = ()
    after: tuple[Tree, ...] = ()
    focus: str = ""  # Where to go on typing.


S = TypeVar("S", bound=Stepping)


def changed(work: S, now: Tree, focus: str = "") -> S:
    """The next tree; the one before can be come back to."""
    if now == work.tree and json.dumps(now) == json.dumps(work.tree):  # 1 is not 1.0 here.
        return replace(work, focus=focus)
    before = (*work.before, work.tree)[-BEFORE_MAX:]
    while len(before) > 1 and sum(len(json.dumps(one)) for one in before) > BEFORE_SIGNS_MAX:
        before = before[1:]
    return replace(work, tree=now, before=before, after=(), focus=focus)


def undone(work: S) -> S:
    if not work.before:
        return work
    after = (work.tree, *work.after)[:BEFORE_MAX]
    return replace(work, tree=work.before[-1], before=work.before[:-1], after=after)


def redone(work: S) -> S:
    if not work.after:
        return work
    return replace(work, tree=work.after[0], before=(*work.before, work.tree), after=work.after[1:])


def json_of(text: object, otherwise: Any) -> Any:
    """What a hidden field holds, or something else where it holds no JSON."""
    try:
        return json.loads(text) if isinstance(text, str) and text else otherwise
    except (ValueError, RecursionError):
        return otherwise
