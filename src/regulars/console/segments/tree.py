"""A condition while somebody builds it: JSON that may still be unfinished, and the steps that change it.

Places are the paths that findings name, as in condition.conditions[0].window; the root is a body that holds
`condition`. Every step gives a new tree.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

Tree = dict[str, Any]
Path = tuple[str | int, ...]
GROUPS = ("all", "any")
HOLDERS = ("not", "has_been")  # Of one condition.
ROOT: Path = ("condition",)
MISSING = object()
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")


def path_of(text: str) -> Path:
    """
    >>> path_of("condition.conditions[0].days")
    ('condition', 'conditions', 0, 'days')
    """
    return tuple(name or int(number) for name, number in _STEP.findall(text))


def text_of(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def at(tree: Any, path: Path) -> Any:
    """What stands at a place, or MISSING."""
    for step in path:
        listed = isinstance(tree, list) and isinstance(step, int) and step < len(tree)
        if not (listed or (isinstance(tree, dict) and step in tree)):
            return MISSING
        tree = tree[step]
    return tree


def put(tree: Tree, path: Path, value: Any) -> Tree:
    """The tree with another value at a place whose surroundings are there."""
    made = deepcopy(tree)
    around = at(made, path[:-1])
    if isinstance(around, dict) or (isinstance(around, list) and path[-1] in range(len(around))):
        around[path[-1]] = value  # type: ignore[index]
    return made


def add(tree: Tree, path: Path, node: Any) -> tuple[Tree, Path]:
    """A condition at the end of the group at the place; anything else there becomes a group with it."""
    here = at(tree, path)
    if here in (MISSING, None):
        return put(tree, path, node), path
    if is_group(here):
        return put(tree, (*path, "conditions"), [*here["conditions"], node]), (
            *path,
            "conditions",
            len(here["conditions"]),
        )
    return put(tree, path, {"is": "all", "conditions": [here, node]}), (*path, "conditions", 1)


def more(tree: Tree, path: Path, item: Any) -> tuple[Tree, Path]:
    """Another item of the list at a place, such as a filter or a step."""
    found = at(tree, path)
    items = found if isinstance(found, list) else []
    return put(tree, path, [*items, item]), (*path, len(items))


def remove(tree: Tree, path: Path) -> tuple[Tree, Path]:
    """Without what stands there; what held nothing but it goes too, and of nothing everybody is left."""
    if path == ROOT:
        return put(tree, ROOT, {"is": "all", "conditions": []}), ROOT
    last = path[-1]
    if isinstance(last, int):
        items = at(tree, path[:-1])
        if not isinstance(items, list) or last >= len(items):
            return tree, ROOT
        left = [*items[:last], *items[last + 1 :]]
        return put(tree, path[:-1], left), (*path[:-1], min(last, len(left) - 1)) if left else path[:-2]
    return remove(tree, path[:-1])


def shift(tree: Tree, path: Path, by: int) -> tuple[Tree, Path]:
    """One place up or down among its like; at the end of a group, out of it."""
    items, last = at(tree, path[:-1]), path[-1]
    if not isinstance(items, list) or not isinstance(last, int) or last >= len(items):
        return tree, path
    to = last + by
    if not 0 <= to < len(items):
        return out(tree, path, after=by > 0)
    moved = list(items)
    moved[last], moved[to] = moved[to], moved[last]
    return put(tree, path[:-1], moved), (*path[:-1], to)


def out(tree: Tree, path: Path, *, after: bool = True) -> tuple[Tree, Path]:
    """Out of its group, beside it; a group that is left empty goes."""
    group = path[:-2]
    if len(group) <= len(ROOT) or not isinstance(path[-1], int):
        return tree, path
    while not isinstance(group[-1], int):  # A not around the group stays around what is left.
        group = group[:-1]
        if len(group) <= len(ROOT):
            return tree, path
    node = at(tree, path)
    left, _ = remove(tree, path)
    held = at(left, path[:-2])
    place = group[-1] + (1 if after else 0)
    if is_group(held) and not held["conditions"]:
        left, _ = remove(left, path[:-2])
        place = group[-1]
    around = at(left, group[:-1])
    put_in = [*around[:place], node, *around[place:]]
    return put(left, group[:-1], put_in), (*group[:-1], place)


def into(tree: Tree, path: Path) -> tuple[Tree, Path]:
    """Together with the condition above it: into that group, or both into a new one."""
    last = path[-1]
    if not isinstance(last, int) or last == 0:
        return tree, path
    node, above = at(tree, path), (*path[:-1], last - 1)
    left, _ = remove(tree, path)
    before = at(left, above)
    if not is_group(before):
        around = at(tree, (*path[:-2], "is"))
        other = "all" if around == "any" else "any"
        return put(left, above, {"is": other, "conditions": [before, node]}), (*above, "conditions", 1)
    return add(left, above, node)


def copy(tree: Tree, path: Path) -> tuple[Tree, Path]:
    last, node = path[-1], at(tree, path)
    if not isinstance(last, int):
        return add(tree, path, node)
    items = at(tree, path[:-1])
    return put(tree, path[:-1], [*items[: last + 1], node, *items[last + 1 :]]), (*path[:-1], last + 1)


def negate(tree: Tree, path: Path) -> tuple[Tree, Path]:
    """A not around it, or the not away."""
    node = at(tree, path)
    if isinstance(node, dict) and node.get("is") == "not" and "condition" in node:
        return put(tree, path, node["condition"]), path
    return put(tree, path, {"is": "not", "condition": node}), path


def hold(tree: Tree, path: Path, days: int) -> tuple[Tree, Path]:
    """It must have held for some days, or no longer."""
    node = at(tree, path)
    if isinstance(node, dict) and node.get("is") == "has_been" and "condition" in node:
        return put(tree, path, node["condition"]), path
    return put(tree, path, {"is": "has_been", "condition": node, "days": days}), path


def dissolve(tree: Tree, path: Path) -> tuple[Tree, Path]:
    """A group's conditions where the group stood."""
    group, last = at(tree, path), path[-1]
    if not is_group(group):
        return tree, path
    inner = group["conditions"]
    if isinstance(last, int):
        items = at(tree, path[:-1])
        return put(tree, path[:-1], [*items[:last], *inner, *items[last + 1 :]]), path
    return (put(tree, path, inner[0]), path) if len(inner) == 1 else (tree, path)


def is_group(node: Any) -> bool:
    return isinstance(node, Mapping) and node.get("is") in GROUPS and isinstance(node.get("conditions"), list)


STEPS: Mapping[str, Callable[[Tree, Path], tuple[Tree, Path]]] = {
    "remove": remove,
    "up": lambda tree, path: shift(tree, path, -1),
    "down": lambda tree, path: shift(tree, path, 1),
    "out": out,
    "into": into,
    "copy": copy,
    "negate": negate,
    "hold": lambda tree, path: hold(tree, path, 30),
    "dissolve": dissolve,
}
