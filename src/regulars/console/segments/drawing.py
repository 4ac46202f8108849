"""A tree of conditions as the builder shows it: groups, rows, fields with what is wrong at each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from regulars import conditions
from regulars.conditions import SOURCES
from regulars.console.segments import rows
from regulars.console.segments.fields import Control, Option, is_date, without_doubles, written
from regulars.console.segments.kinds import KINDS
from regulars.console.segments.row_field import Field
from regulars.console.segments.suggestions import About, Suggested, Vocabulary
from regulars.console.segments.tree import HOLDERS, MISSING, ROOT, Path, Tree, at, is_group, path_of, text_of
from regulars.kernel import Finding, Invalid

LISTS = {"where": {"property": ""}, "steps": {"of": "event", "name": ""}}  # With what a new item begins.
STEPS_MIN, STEPS_MAX = 2, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    name: str  # The place in the tree; "f-" and it is the element's id.
    control: Control
    label: str
    shown: str
    value: Any
    options: tuple[Option, ...] = ()
    ticked: tuple[str, ...] = ()
    suggest: str = ""  # The id of a list of suggestions.
    about: About = ()  # What its values are of.
    currency: str = ""
    reshapes: bool = False
    wide: bool = False
    wrong: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()  # What is perhaps a slip, and asked all the same.


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words and inputs on one line; a filter or a step can be taken away."""

    path: str
    parts: tuple[str | Input, ...]
    lead: str = ""  # "where", "then": what the line is of the condition.
    removable: bool = False
    lines: tuple["Line", ...] = ()  # The filters of a step.
    more: tuple[tuple[str, str], ...] = ()  # What can be added below: place and words.


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    path: str
    kind: str  # "group", "not", "has_been", "row" or "json".
    line: Line | None = None
    inner: tuple["Node", ...] = ()
    steps: tuple[tuple[str, str, str], ...] = ()  # What can be done with it: name, words, icon.
    wrong: tuple[str, ...] = ()
    sentence: str = ""  # Of what is shown as JSON.
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    root: Node
    vocabulary: Vocabulary
    used: Mapping[About, str]  # The id of each list of suggestions.

    @property
    def suggestions(self) -> Iterator[tuple[str, tuple[Suggested, ...]]]:
        """Looked up when they are shown: not while somebody types."""
        return ((name, self.vocabulary.suggested(about)) for about, name in self.used.items())


@dataclass(slots=True, kw_only=True)
class Pen:
    """What drawing one tree needs, and the lists of suggestions that came up."""

    tree: Tree
    vocabulary: Vocabulary
    wrong: Mapping[str, list[str]] = field(default_factory=dict)
    doubt: Mapping[str, list[str]] = field(default_factory=dict)
    used: dict[About, str] = field(default_factory=dict)


def draw(
    tree: Tree, vocabulary: Vocabulary, findings: Sequence[Finding] = (), doubts: Sequence[Finding] = ()
) -> Drawing:
    pen = Pen(tree=tree, vocabulary=vocabulary)
    places = {one.name for one in inputs(_node(pen, ROOT, 1))}
    wrong, doubt = _placed(findings, places, tree), _placed(doubts, places, tree)
    pen = Pen(tree=tree, vocabulary=vocabulary, wrong=wrong, doubt=doubt)
    return Drawing(root=_node(pen, ROOT, 1), vocabulary=vocabulary, used=pen.used)


def inputs(node: Node) -> Iterator[Input]:
    """Every field of a drawn node, in the order of the page."""
    yield from _of_line(node.line)
    for inner in node.inner:
        yield from inputs(inner)


def _of_line(line: Line | None) -> Iterator[Input]:
    if line is None:
        return
    yield from (part for part in line.parts if isinstance(part, Input))
    for below in line.lines:
        yield from _of_line(below)


def _placed(findings: Sequence[Finding], places: set[str], tree: Tree) -> dict[str, list[str]]:
    """Each finding at its field, else at the nearest condition around it."""
    placed: dict[str, list[str]] = {}
    for one in findings:
        path = one.path
        while path and path not in places and not _is_node(tree, path):
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        placed.setdefault(path or text_of(ROOT), []).append(one.message)
    return placed


def _is_node(tree: Tree, text: str) -> bool:
    path = path_of(text)
    ends = path[-1:] == ("condition",) or path[-2:-1] == ("conditions",)
    return ends and at(tree, path) is not MISSING


def _node(pen: Pen, path: Path, level: int) -> Node:
    node = at(pen.tree, path)
    if is_group(node):
        shown = _group(pen, path, node, level)
    elif isinstance(node, dict) and node.get("is") in HOLDERS and "condition" in node:
        shown = _holder(pen, path, node, level)
    else:
        shown = _row(pen, path, node, level)
    wrong = tuple(pen.wrong.get(text_of(path), ()))
    return replace(shown, wrong=wrong, steps=_steps(pen.tree, path, shown))


def _group(pen: Pen, path: Path, node: Mapping[str, Any], level: int) -> Node:
    options = (Option(value="all", title="all of these"), Option(value="any", title="at least one of these"))
    chosen = Field(at=("is",), control="choice", label="All or at least one", options=options)
    inner = tuple(
        _node(pen, (*path, "conditions", number), level + 1) for number in range(len(node["conditions"]))
    )
    line = Line(path=text_of(path), parts=(_input(pen, path, node, chosen),))
    return Node(path=text_of(path), kind="group", line=line, inner=inner, level=level)


def _holder(pen: Pen, path: Path, node: Mapping[str, Any], level: int) -> Node:
    parts: tuple[str | Input, ...] = ("Not:",)
    if node["is"] == "has_been":
        days = Field(at=("days",), control="whole", label="Days without a break")
        parts = ("For the last", _input(pen, path, node, days), "days without a break:")
    inner = (_node(pen, (*path, "condition"), level + 1),)
    line = Line(path=text_of(path), parts=parts)
    return Node(path=text_of(path), kind=str(node["is"]), line=line, inner=inner, level=level)


def _row(pen: Pen, path: Path, node: Any, level: int) -> Node:
    told = rows.parts(node) if isinstance(node, dict) else None
    if told is None:
        return _json(path, node, level)
    lines = [*_filters(pen, path, node, node)]
    more: list[tuple[str, str]] = []
    if node["is"] == "measured" and _can_filter(node):
        more.append((text_of((*path, "where")), "Narrow it down by a property"))
    if node["is"] == "sequence":
        items = node.get("steps")
        items = items if isinstance(items, list) else []
        lines += [
            _step(
                pen,
                (*path, "steps", number),
                "First" if number == 0 else "then",
                removable=len(items) > STEPS_MIN,
            )
            for number in range(len(items))
        ]
        if len(items) < STEPS_MAX:
            more.append((text_of((*path, "steps")), "Another step"))
    if node["is"] == "not_followed":
        lines += [_step(pen, (*path, "first"), "First"), _step(pen, (*path, "then"), "and not then")]
    line = Line(path=text_of(path), parts=_parts(pen, path, node, told), lines=tuple(lines), more=tuple(more))
    return Node(path=text_of(path), kind="row", line=line, level=level)


def _json(path: Path, node: Any, level: int) -> Node:
    whole = Input(
        name=text_of(path),
        control="json",
        label="The condition as JSON",
        shown=written("json", node),
        value=node,
    )
    try:
        words = conditions.sentence(conditions.parse(node))
    except Invalid:
        words = ""
    line = Line(path=text_of(path), parts=(whole,))
    return Node(path=text_of(path), kind="json", line=line, sentence=words, level=level)


def _step(pen: Pen, path: Path, lead: str, *, removable: bool = False) -> Line:
    step = at(pen.tree, path)
    if not isinstance(step, dict):
        whole = Input(name=text_of(path), control="json", label=lead, shown=written("json", step), value=step)
        return Line(path=text_of(path), lead=lead, parts=(whole,), removable=removable)
    more = ((text_of((*path, "where")), "Narrow it down"),) if _can_filter({"of": "event", **step}) else ()
    return Line(
        path=text_of(path),
        lead=lead,
        parts=_parts(pen, path, step, rows.step_parts(step)),
        lines=tuple(_filters(pen, path, step, {"of": "event", **step})),
        removable=removable,
        more=more,
    )


def _filters(pen: Pen, path: Path, node: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[Line]:
    found = node.get("where")
    if found is None or (found == [] and isinstance(found, list)):
        return
    of, name = str(asked.get("of", "")), str(asked.get("name", ""))
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        place = text_of((*path, "where"))
        whole = Input(name=place, control="json", label="Filters", shown=written("json", found), value=found)
        yield Line(path=place, lead="where", parts=(whole,))
        return
    for number, one in enumerate(found):
        here = (*path, "where", number)
        told = rows.filter_parts(one, of, name)
        lead = "where" if number == 0 else "and"
        yield Line(path=text_of(here), lead=lead, parts=_parts(pen, here, one, told), removable=True)


def _can_filter(node: Mapping[str, Any]) -> bool:
    source = SOURCES.get(str(node.get("of", "")))
    return source is not None and bool(source.columns or source.has_told)


def _parts(
    pen: Pen, path: Path, node: Mapping[str, Any], told: Sequence[str | Field]
) -> tuple[str | Input, ...]:
    return tuple(part if isinstance(part, str) else _input(pen, path, node, part) for part in told)


def _input(pen: Pen, path: Path, node: Mapping[str, Any], asked: Field) -> Input:
    place = (*path, *asked.at)
    value = at(pen.tree, place)
    value = asked.absent if value is MISSING else value
    control = _fitting(asked.control, value)
    currency = _currency(node) if control == "minor" else ""
    shown = written(control, value, currency)
    name = text_of(place)
    return Input(
        name=name,
        control=control,
        label=asked.label,
        shown=shown,
        value=value,
        options=_choices(pen, asked, node, shown, value) if control in ("choice", "flag", "ticks") else (),
        ticked=tuple(str(one) for one in value) if control == "ticks" else (),
        suggest=_list_of(pen, asked, node) if control not in ("choice", "flag", "ticks") else "",
        about=_about(asked, node),
        currency=currency,
        reshapes=asked.reshapes,
        wide=asked.wide,
        wrong=tuple(pen.wrong.get(name, ())),
        doubt=tuple(pen.doubt.get(name, ())),
    )


def _fitting(control: Control, value: Any) -> Control:
    """A control that can show the value: what has another shape is shown as text, and kept."""
    if control == "date" and not is_date(value):
        return "text"
    if control == "ticks" and not (
        isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    ):
        return "json"
    if control == "scalars" and not isinstance(value, list | tuple):
        return "json"
    return control


def _choices(pen: Pen, asked: Field, node: Mapping[str, Any], shown: str, value: Any) -> tuple[Option, ...]:
    """What can be chosen; what stands there is among it, known or not."""
    options = asked.options or pen.vocabulary.options(asked.suggest)
    if asked.at == ("is",) and not options:
        family = KINDS[str(node["is"])].family if node.get("is") in KINDS else ""
        options = tuple(
            Option(value=one.name, title=one.choice) for one in KINDS.values() if one.family == family
        )
    there = list(value) if asked.control == "ticks" else [shown]
    unknown = tuple(
        Option(value=one, title=f"{one} (not known here)" if one else "Choose…")
        for one in there
        if one not in {option.value for option in options}
    )
    return without_doubles((*options, *unknown))


def _about(asked: Field, node: Mapping[str, Any]) -> tuple[str, ...]:
    if asked.suggest == ("trait_values",):
        return ("trait_values", str(node.get("trait", "")))
    return asked.suggest


def _list_of(pen: Pen, asked: Field, node: Mapping[str, Any]) -> str:
    about = _about(asked, node)
    return pen.used.setdefault(about, f"suggest-{len(pen.used)}") if about else ""


def _currency(node: Mapping[str, Any]) -> str:
    """The currency of an amount: of its own field, or of the filter that says it."""
    own = node.get("currency")
    filters = node.get("where")
    told = [
        one.get("value")
        for one in (filters if isinstance(filters, list) else [])
        if isinstance(one, dict) and one.get("property") == "currency"
    ]
    found = own if isinstance(own, str) else told[0] if len(told) == 1 else ""
    return found if isinstance(found, str) and len(found) == 3 and found.isupper() else ""  # noqa: PLR2004


def _steps(tree: Tree, path: Path, node: Node) -> tuple[tuple[str, str, str], ...]:
    if path == ROOT and node.kind == "group":
        return ()
    last, around = path[-1], at(tree, path[:-1])
    listed = isinstance(last, int)
    first, ends = last == 0, listed and last == len(around) - 1
    inside = len(path) > len(ROOT) + 2  # In a group in a group.
    can = [
        ("up", "Move up", "arrow-up", listed and (not first or inside)),
        ("down", "Move down", "arrow-down", listed and (not ends or inside)),
        ("into", "Group with the one above", "indent-increase", listed and not first),
        ("out", "Out of its group", "indent-decrease", listed and inside),
        ("copy", "Copy", "copy", True),
        ("negate", "Take the not away" if node.kind == "not" else "Turn into its opposite", "ban", True),
        (
            "hold",
            "Ask of now alone" if node.kind == "has_been" else "Ask for a time without a break",
            "clock",
            node.kind == "has_been" or _can_hold(at(tree, path)),
        ),
        ("dissolve", "Dissolve the group", "x", node.kind == "group" and listed),
        ("remove", "Remove", "trash", True),
    ]
    return tuple((name, words, sign) for name, words, sign, possible in can if possible)


def _can_hold(node: Any) -> bool:
    return isinstance(node, dict) and node.get("is") in (
        "trait_exists", "trait_equals", "trait_in", "trait_number", "trait_text", "trait_has",
        "consented", "in_segment", "in_stage",
    )  # fmt: skip
