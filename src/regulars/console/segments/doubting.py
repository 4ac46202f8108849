"""What is no mistake and perhaps a slip: names that no data has yet, and filters that ask for nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from regulars import conditions
from regulars.conditions import Condition, Known
from regulars.console.segments.suggestions import About, Vocabulary
from regulars.console.segments.tree import ROOT, Path, Tree, at, text_of
from regulars.kernel import Finding

EMPTY = "console.empty_value"
NOTHING = Known(traits=frozenset(), events=frozenset())
WITHOUT_VALUE = ("exists", "missing", "one_of", "none_of")


def unseen(condition: Condition, vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Traits and events that nobody has seen yet; only what the condition names is looked up."""
    named = {one.code for one in conditions.warnings(condition, NOTHING)}
    known = Known(
        traits=_names(vocabulary, ("traits",)) or None if _has(named, "trait") else None,
        events=_names(vocabulary, ("names", "event")) if _has(named, "event") else None,
    )
    return tuple(conditions.warnings(condition, known, text_of(ROOT)))


def empty(tree: Tree) -> tuple[Finding, ...]:
    """Filters that compare with an empty text, as a new row begins."""
    message = "nothing is filled in, so it asks for an empty value"
    return tuple(
        Finding(path=text_of((*path, "value")), code=EMPTY, message=message)
        for path in _filters(at(tree, ROOT), ROOT)
    )


def _has(codes: set[str], kind: str) -> bool:
    return any(code.endswith(f"unseen_{kind}") for code in codes)


def _names(vocabulary: Vocabulary, about: About) -> frozenset[str]:
    return frozenset(one.value for one in vocabulary.suggested(about))


def _filters(node: Any, path: Path) -> Iterator[Path]:
    if isinstance(node, Mapping):
        for name, inner in node.items():
            if name == "where" and isinstance(inner, list):
                yield from ((*path, name, n) for n, one in enumerate(inner) if _asks_nothing(one))
            else:
                yield from _filters(inner, (*path, name))
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from _filters(inner, (*path, number))


def _asks_nothing(one: Any) -> bool:
    compares = isinstance(one, Mapping) and one.get("test", "equals") not in WITHOUT_VALUE
    return compares and bool(one.get("property")) and one.get("value") == ""
