"""What somebody typed into the builder, read back into the tree, and the steps of the form's buttons.

The form carries the tree as it was drawn, so that only what was changed is read, and the trees before it, so
that steps can be undone; the server keeps nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from regulars.conditions import SOURCES
from regulars.console.segments import tree
from regulars.console.segments.drawing import LISTS, Input, draw, inputs
from regulars.console.segments.fields import read, same
from regulars.console.segments.kinds import GROUPS, KINDS, measured
from regulars.console.segments.row_windows import NEW_WINDOWS
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.segments.tree import Path, Tree, path_of, text_of
from regulars.console.stepping import Stepping, changed, json_of, redone, undone
from regulars.kernel import Finding, Invalid

KEPT = ("trait", "window", "channel", "topic", "of", "name", "where", "property")
EVERYBODY: Tree = {"condition": {"is": "all", "conditions": []}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(Stepping):
    """The form's fields; of the counts of one open page only the latest goes on."""

    name: str = ""
    description: str = ""

    @property
    def carried(self) -> Mapping[str, str]:
        """The hidden fields."""
        return {
            "was": json.dumps(self.tree["condition"], ensure_ascii=False),
            "before": _packed(self.before),
            "after": _packed(self.after),
        }


def tree_of(condition: Any) -> Tree:
    """The tree of a condition's JSON form; its lists are lists."""
    return {"condition": json.loads(json.dumps(condition))}


def typed_of(form: FormData, vocabulary: Vocabulary) -> Typed:
    """The form as it was sent, with what was typed in the tree."""
    if not isinstance(form.get("was"), str):
        text = "The form came without what it was drawn from, so nothing was done. Load the page again."
        raise Invalid(text, [Finding(path="was", code="console.incomplete_form", message=text)])
    was = {"condition": json_of(form.get("was"), EVERYBODY["condition"])}
    found = Typed(
        name=str(form.get("name", "")),
        key=str(form.get("key", "")).strip(),
        description=str(form.get("description", "")),
        etag=str(form.get("etag", "")),
        editing=str(form.get("editing", "")),
        tree=was,
        before=_unpacked(form.get("before")),
        after=_unpacked(form.get("after")),
    )
    return changed(found, read_tree(was, form, vocabulary))


def done(typed: Typed, do: str, vocabulary: Vocabulary) -> Typed:
    """What a button asked for: a word, a place and, for a new condition, its kind."""
    word, _, rest = do.partition(" ")
    place, _, kind = rest.partition(" ")
    path = path_of(place)
    match word:
        case "undo":
            return undone(typed)
        case "redo":
            return redone(typed)
        case "add":
            new = begun(kind, vocabulary)
            return typed if new is None else _stepped(typed, tree.add(typed.tree, path, new))
        case "more" if path and path[-1] in LISTS:
            return _stepped(typed, tree.more(typed.tree, path, LISTS[str(path[-1])]))
        case _ if word in tree.STEPS and tree.at(typed.tree, path) is not tree.MISSING:
            return _stepped(typed, tree.STEPS[word](typed.tree, path))
        case _:
            return typed


def begun(kind: str, vocabulary: Vocabulary) -> Any:
    """A new condition of a kind of the menu: its name, or measured:source."""
    of = kind.removeprefix("measured:")
    if of != kind:
        return measured(SOURCES[of]) if of in SOURCES else None
    if kind in GROUPS:
        return dict(GROUPS[kind])
    if kind == "order_sum":
        commonest = next((one.value for one in vocabulary.suggested(("currencies",))), "")
        return {**KINDS[kind].new, "currency": commonest}
    return dict(KINDS[kind].new) if kind in KINDS else None


def _stepped(typed: Typed, step: tuple[Tree, Path]) -> Typed:
    return changed(typed, step[0], text_of(step[1]))


def read_tree(was: Tree, form: FormData, vocabulary: Vocabulary) -> Tree:
    now = was
    # A choice that asks for other fields is made last: it takes along what was typed into the ones before.
    for field in sorted(inputs(draw(was, vocabulary).root), key=lambda one: one.reshapes):
        if field.control == "ticks":
            now = _ticked(now, field, form)
            continue
        typed = form.get(field.name)
        if isinstance(typed, str) and not same(typed, field.shown):
            value = read(field.control, typed, known=vocabulary.known(field.about), currency=field.currency)
            now = _put(now, field, value)
    return now


def _ticked(now: Tree, field: Input, form: FormData) -> Tree:
    told = [one for one in form.getlist(field.name) if isinstance(one, str)]
    chosen = [one for one in told if one]
    # Without the empty one that goes along, the field was not in the form at all.
    if not told or set(chosen) == set(field.ticked):
        return now
    return tree.put(now, path_of(field.name), chosen)


def _put(now: Tree, field: Input, value: Any) -> Tree:
    """The value at its place, and what another choice brings along."""
    path = path_of(field.name)
    holder = path[:-1]
    if path[-1] == "is" and holder[-1:] == ("window",):
        return tree.put(now, holder, _window(tree.at(now, holder), value))
    node = tree.at(now, holder)
    if path[-1] == "is" and isinstance(node, dict) and value in KINDS and node.get("is") in KINDS:
        return tree.put(now, holder, _as(node, value))
    if path[-1] == "test" and isinstance(node, dict):
        return tree.put(now, holder, _tested({**node, "test": value}))
    if path[-1] == "of" and isinstance(node, dict):
        return tree.put(now, holder, {"of": value, "name": ""})
    if path[-2:-1] == ("window",) and node is tree.MISSING:
        return now
    return tree.put(now, path, value)


def _window(old: Any, kind: str) -> Any:
    new = NEW_WINDOWS.get(kind, {"is": kind})
    kept = {name: value for name, value in old.items() if name in new} if isinstance(old, dict) else {}
    return {**new, **kept, "is": kind}


def _as(node: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The condition as another of its family, with what both have."""
    new = dict(KINDS[kind].new)
    kept = {name: value for name, value in node.items() if name in KEPT and name in new}
    if "values" in new and isinstance(node.get("value"), str) and node["value"]:
        kept["values"] = [node["value"]]
    if new.get("value") == "" and isinstance(node.get("values"), list) and node["values"]:
        kept["value"] = node["values"][0]
    return {**new, **kept}


def _tested(one: dict[str, Any]) -> dict[str, Any]:
    """A filter with the fields that its test compares with."""
    value, values = one.pop("value", None), one.pop("values", None)
    first = value if value is not None else values[0] if values else ""
    if one["test"] in ("one_of", "none_of"):
        return {**one, "values": values or ([first] if first != "" else [])}
    return one if one["test"] in ("exists", "missing") else {**one, "value": first}


def _packed(trees: tuple[Tree, ...]) -> str:
    return json.dumps([one["condition"] for one in trees], ensure_ascii=False)


def _unpacked(text: object) -> tuple[Tree, ...]:
    found = json_of(text, [])
    return tuple({"condition": one} for one in found) if isinstance(found, list) else ()
