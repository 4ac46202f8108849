"""Conditions of customers inside a programme: the builder of segments, at another place of the tree."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from starlette.datastructures import FormData

from regulars.console.programmes.pen import Pen
from regulars.console.segments import typed as segments_typed
from regulars.console.segments.drawing import Input, Line, Node, draw
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.segments.tree import MISSING, Path, at, put, text_of
from regulars.console.segments.typed import Typed, read_tree
from regulars.console.stepping import Tree
from regulars.kernel import Finding

ROOT = "condition"
WHOM = "who"


def paths(tree: Tree) -> Iterator[Path]:
    """Where conditions of customers stand."""
    for holder in ("earning", "multipliers"):
        items = tree.get(holder)
        for number, one in enumerate(items if isinstance(items, list) else []):
            if isinstance(one, dict) and isinstance(one.get(WHOM), dict):
                yield (holder, number, WHOM)


def drawn(pen: Pen, path: Path, findings: Sequence[Finding]) -> Node | None:
    asked = at(pen.tree, path)
    if asked in (MISSING, None):
        return None
    place = text_of(path)
    own = [replace(one, path=ROOT + one.path[len(place) :]) for one in findings if one.path.startswith(place)]
    return _node(draw({ROOT: asked}, pen.vocabulary, own).root, pen, place)


def read(now: Tree, path: Path, form: FormData, vocabulary: Vocabulary) -> Tree:
    """The tree with what was typed into the condition's fields."""
    place = text_of(path)
    inside = [
        (ROOT + name[len(place) :], value)
        for name, value in form.multi_items()
        if name.startswith((f"{place}.", f"{place}["))
    ]
    found = read_tree({ROOT: at(now, path)}, FormData(inside), vocabulary)
    return put(now, path, found[ROOT])


def holder(path: Path) -> Path | None:
    """The place of the condition that a place is in."""
    return path[: path.index(WHOM) + 1] if WHOM in path else None


def stepped(now: Tree, path: Path, do: str, vocabulary: Vocabulary) -> tuple[Tree, str]:
    """The tree after a step inside the condition at the place, and where to go on."""
    place = text_of(path)
    word, _, rest = do.partition(" ")
    inner = Typed(tree={ROOT: at(now, path)})
    done = segments_typed.done(inner, f"{word} {ROOT}{rest[len(place) :]}", vocabulary)
    return put(now, path, done.tree[ROOT]), place + done.focus.removeprefix(ROOT)


def _node(one: Node, pen: Pen, place: str) -> Node:
    return replace(
        one,
        path=_moved(one.path, place),
        line=_line(one.line, pen, place) if one.line else None,
        inner=tuple(_node(inner, pen, place) for inner in one.inner),
    )


def _line(one: Line, pen: Pen, place: str) -> Line:
    return replace(
        one,
        path=_moved(one.path, place),
        parts=tuple(part if isinstance(part, str) else _input(part, pen, place) for part in one.parts),
        lines=tuple(_line(inner, pen, place) for inner in one.lines),
        more=tuple((_moved(path, place), words) for path, words in one.more),
    )


def _input(one: Input, pen: Pen, place: str) -> Input:
    suggest = pen.used.setdefault(one.about, f"suggest-{len(pen.used)}") if one.suggest else ""
    return replace(one, name=_moved(one.name, place), suggest=suggest)


def _moved(path: str, place: str) -> str:
    return place + path.removeprefix(ROOT)
