"""What somebody typed into the builder of programmes, read back into its tree; what its buttons do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from regulars.console.programmes import blanks, steps, whom
from regulars.console.programmes.blanks import Blank
from regulars.console.programmes.drawing import draw
from regulars.console.segments.fields import same
from regulars.console.segments.suggestions import Vocabulary
from regulars.console.segments.tree import Path, at, path_of
from regulars.console.stepping import Stepping, Tree, changed, json_of, redone, undone
from regulars.kernel import Finding, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Stepping):
    """The form of a programme; its tree is the body as it would be saved, finished or not."""

    @property
    def name(self) -> str:
        return str(self.tree.get("name", "")).strip()

    @property
    def carried(self) -> Mapping[str, str]:
        """The hidden fields."""
        return {
            "was": json.dumps(self.tree, ensure_ascii=False),
            "before": json.dumps(self.before, ensure_ascii=False),
            "after": json.dumps(self.after, ensure_ascii=False),
        }


def work_of(form: FormData, vocabulary: Vocabulary) -> Work:
    """The form as it was sent, with what was typed in the tree."""
    was = json_of(form.get("was"), None)
    if not isinstance(was, dict):
        text = "The form came without what it was drawn from, so nothing was done. Load the page again."
        raise Invalid(text, [Finding(path="was", code="console.incomplete_form", message=text)])
    found = Work(
        key=str(form.get("key", "")).strip(),
        etag=str(form.get("etag", "")),
        editing=str(form.get("editing", "")),
        tree=was,
        before=_trees(form.get("before")),
        after=_trees(form.get("after")),
    )
    return changed(found, read_tree(was, form, vocabulary))


def done(work: Work, do: str, vocabulary: Vocabulary) -> Work:
    """What a button asked for: a word, and a place or a kind."""
    word, _, rest = do.partition(" ")
    if word == "undo":
        return undone(work)
    if word == "redo":
        return redone(work)
    inside = whom.holder(path_of(rest.partition(" ")[0]))
    if inside and inside != path_of(rest) and at(work.tree, inside):
        now, focus = whom.stepped(work.tree, inside, do, vocabulary)
    else:
        now, focus = steps.step(work.tree, word, rest)
    return changed(work, now, focus)


def read_tree(was: Tree, form: FormData, vocabulary: Vocabulary) -> Tree:
    now = was
    name = form.get("name")
    if isinstance(name, str) and name != was.get("name", ""):
        now = {**now, "name": name}
    drawn = [one for section in draw(was, vocabulary).sections for one in section.blanks]
    # A choice that asks for other blanks is made last: it takes along what was typed into the ones before.
    for blank in sorted(drawn, key=lambda one: one.reshapes):
        now = _taken(now, blank, form)
    for path in whom.paths(was):
        now = whom.read(now, path, form, vocabulary)
    return now


def _taken(now: Tree, blank: Blank, form: FormData) -> Tree:
    if blank.control == "ticks":
        told = [one for one in form.getlist(blank.name) if isinstance(one, str)]
        chosen = [one for one in told if one]
        # Without the empty one that goes along, the field was not in the form at all.
        return now if not told or set(chosen) == set(blank.ticked) else _put(now, blank, chosen)
    typed = form.get(blank.name)
    if not isinstance(typed, str) or same(typed, blank.shown):
        return now
    return _put(now, blank, blanks.read(blank, typed))


def _put(now: Tree, blank: Blank, value: Any) -> Tree:
    """The value at its place, and what another choice brings along."""
    path = path_of(blank.name)
    held = at(now, path[:-1])
    if path[-1] == "counts" and isinstance(held, dict):
        return steps.put_in(now, path[:-1], _counting(now, path, held, str(value)))
    if path[-1] == "test" and isinstance(held, dict):
        return steps.put_in(now, path[:-1], _tested({**held, "test": value}))
    return steps.put_in(now, path, value)


def _counting(now: Tree, path: Path, held: dict[str, Any], counts: str) -> dict[str, Any]:
    """A rule or a set of tiers that counts something else, with what that asks for."""
    if path[0] != "earning":
        return {**held, "counts": counts}
    new = steps.RULES.get(counts, {})
    kept = {
        name: value
        for name, value in held.items()
        if name not in ("per", "money", "event", "amount", "where")
    }
    made = {**kept, "counts": counts, "per": new.get("per", "1")}
    if counts == "money":
        made["money"] = held.get("money") or steps.first_money(now)
    if counts == "events":
        made["event"] = held.get("event", "")
    return made


def _tested(one: dict[str, Any]) -> dict[str, Any]:
    """A filter with the fields that its test compares with."""
    value, values = one.pop("value", None), one.pop("values", None)
    if one["test"] in ("one_of", "none_of"):
        return {**one, "values": values or ([value] if value not in (None, "") else [])}
    first = value if value is not None else values[0] if values else ""
    return one if one["test"] in ("exists", "missing") else {**one, "value": first}


def _trees(text: object) -> tuple[Tree, ...]:
    found = json_of(text, [])
    return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
