"""What the buttons of the builder do to a programme's tree, and how each new thing begins."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from regulars.console.segments.tree import MISSING, Path, at, path_of, put, text_of
from regulars.console.stepping import Tree

DAYS_14 = {"count": 14, "unit": "days"}
YEAR = {"count": 12, "unit": "months", "round_to": "end_of_month"}
EVERYBODY = {"is": "all", "conditions": []}
# What an optional part begins with, by its name.
OPTIONAL: Mapping[str, Any] = {
    "products": [], "categories": [], "brands": [], "not_products": [], "not_categories": [],
    "not_brands": [], "stores": [], "channels": [], "weekdays": [], "from_day": "", "to_day": "", "least": "",
    "tiers": [], "rules": [], "who": EVERYBODY, "excluded_products": [], "money": "",
    "budget": 100_000, "carry": True, "counts_left_out": True, "multiplied": False, "origin": "gift",
    "amount": "", "starts": DAYS_14, "valid": YEAR, "inactive_after": {"count": 12, "unit": "months"},
    "activated_by": "", "notice_days": 30, "welcome": {"points": 100}, "birthday": {"award": {"points": 100}},
    "payment": {"rate": {"points": 100, "worth": "1.00"}, "money": ""}, "most": 1000,
    "auto_reward": {"reward": ""}, "begins": "", "percent": 10,
}  # fmt: skip
# What a new item of a list begins with.
ITEMS: Mapping[str, Any] = {
    "caps": {"points": 500, "per": "month"},
    "velocity": {"watches": "earned_points", "more_than": 10_000, "hours": 24},
    "currencies": {"code": "", "name": ""},
    "tier_rates": {"tier": "", "rate": {"points": 100, "worth": ""}},
    "tiers": {"name": "", "threshold": 0},
    "benefits": {"text": ""},
    "where": {"property": ""},
}  # fmt: skip
RULES: Mapping[str, Any] = {
    "money": {"key": "spend", "points": 1, "per": "1.00", "money": ""},
    "quantity": {"key": "units", "points": 10, "per": "1", "counts": "quantity"},
    "lines": {"key": "lines", "points": 10, "per": "1", "counts": "lines"},
    "orders": {"key": "order", "points": 50, "per": "1", "counts": "orders"},
    "events": {"key": "event", "points": 50, "per": "1", "counts": "events", "event": ""},
}
WITH_KEYS = {"velocity": "watch", "benefits": "benefit"}
OF_POINTS = ("points", "budget", "most")


def step(tree: Tree, word: str, rest: str) -> tuple[Tree, str]:
    """The tree after a step, and the place to go on; a step that does not fit changes nothing."""
    path = path_of(rest)
    match word:
        case "rule" if rest in RULES:
            return _appended(tree, ("earning",), _scaled(tree, {**RULES[rest], **_money(tree, rest)}))
        case "multiplier":
            return _appended(tree, ("multipliers",), {"key": "times", "factor": "2"})
        case "tiers":
            return _tiers(tree)
        case "more" if path:
            return _more(tree, path)
        case _ if path and word in AT_PLACE and at(tree, path) is not MISSING:
            return AT_PLACE[word](tree, path)
        case _:
            return tree, ""


def removed(tree: Tree, path: Path) -> Tree:
    """Without what stands there; what held nothing but it goes too."""
    around, last = at(tree, path[:-1]), path[-1]
    if isinstance(around, list) and isinstance(last, int):
        left = [*around[:last], *around[last + 1 :]]
        top = len(path) == 2 or path[-2] == "tiers"  # noqa: PLR2004 - a list of the programme itself
        return put(tree, path[:-1], left) if left or top else removed(tree, path[:-1])
    if not isinstance(around, dict):
        return tree
    if path == ("tier_set",) and tree.get("more_tier_sets"):
        first, *others = tree["more_tier_sets"]
        return {**tree, "tier_set": first, "more_tier_sets": others}
    less = {name: value for name, value in around.items() if name != last}
    if not path[:-1]:
        return less
    return put(tree, path[:-1], less) if less else removed(tree, path[:-1])


def put_in(tree: Tree, path: Path, value: Any) -> Tree:
    """The tree with a value at a place, whose surroundings are made where they are missing."""
    made = deepcopy(tree)
    here: Any = made
    for name in path[:-1]:
        if isinstance(here, dict) and not isinstance(here.get(name), dict | list):
            here[name] = {}
        here = here[name]
    here[path[-1]] = value
    return made


def named_anew(tree: Tree, path: Path, item: dict[str, Any]) -> dict[str, Any]:
    """With a key that no other of the list has."""
    taken = {str(one.get("key")) for one in at(tree, path) or [] if isinstance(one, dict)}
    return {**item, "key": free(str(item.get("key", "")), taken)}


def free(key: str, taken: set[str]) -> str:
    """
    >>> free("spend", {"spend", "spend-2"})
    'spend-3'
    """
    base = key.rstrip("0123456789").rstrip("-") if key.rpartition("-")[2].isdigit() else key
    return next(one for one in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if one not in taken)


def _more(tree: Tree, path: Path) -> tuple[Tree, str]:
    name = path[-1]
    if name in ITEMS and not (name == "tiers" and path[0] in ("earning", "multipliers")):
        item = deepcopy(ITEMS[str(name)])
        if name == "tiers":
            item["threshold"] = _next_threshold(at(tree, path))
        if name in WITH_KEYS:
            item["key"] = WITH_KEYS[str(name)]
        return _appended(tree, path, _scaled(tree, item))
    if name not in OPTIONAL or at(tree, path) not in (MISSING, None):
        return tree, ""
    value = _begun(tree, str(name))
    return put_in(tree, path, value), text_of(path)


def _begun(tree: Tree, name: str) -> Any:
    value = deepcopy(OPTIONAL[name])
    if name == "payment":
        value["money"] = first_money(tree)
    if name in OF_POINTS:
        return value * 10 ** _scale(tree)
    return _scaled(tree, value) if isinstance(value, dict) else value


def _appended(tree: Tree, path: Path, item: Any) -> tuple[Tree, str]:
    found = at(tree, path)
    items = found if isinstance(found, list) else []
    if isinstance(item, dict) and "key" in item:
        item = named_anew(tree, path, item) if items else item
    return put_in(tree, path, [*items, item]), f"{text_of(path)}[{len(items)}]"


def _copied(tree: Tree, path: Path) -> tuple[Tree, str]:
    items, last, one = at(tree, path[:-1]), path[-1], at(tree, path)
    if not isinstance(items, list) or not isinstance(last, int) or not isinstance(one, dict):
        return tree, ""
    made = named_anew(tree, path[:-1], deepcopy(one))
    if made.get("name"):
        made["name"] = f"{made['name']} (copy)"
    return put(tree, path[:-1], [*items[: last + 1], made, *items[last + 1 :]]), text_of(
        (*path[:-1], last + 1)
    )


def _moved(tree: Tree, path: Path, by: int) -> tuple[Tree, str]:
    items, last = at(tree, path[:-1]), path[-1]
    if not isinstance(items, list) or not isinstance(last, int) or not 0 <= last + by < len(items):
        return tree, text_of(path)
    moved = list(items)
    moved[last], moved[last + by] = moved[last + by], moved[last]
    return put(tree, path[:-1], moved), text_of((*path[:-1], last + by))


def _tiers(tree: Tree) -> tuple[Tree, str]:
    taken = {
        str(one.get("key")) for one in (tree.get("tier_set"), *(tree.get("more_tier_sets") or ())) if one
    }
    made = {
        "key": free("tiers", taken),
        "currency": _first_currency(tree),
        "tiers": [{"name": "Member", "threshold": 0}, {"name": "", "threshold": 500 * 10 ** _scale(tree)}],
    }
    if not tree.get("tier_set"):
        return {**tree, "tier_set": made}, "tier_set"
    return _appended(tree, ("more_tier_sets",), made)


def _next_threshold(tiers: Any) -> int:
    found = (
        [one.get("threshold") for one in tiers if isinstance(one, dict)] if isinstance(tiers, list) else []
    )
    highest = max((one for one in found if type(one) is int), default=0)
    return highest * 2 or 500


def _money(tree: Tree, counts: str) -> dict[str, str]:
    return {"money": first_money(tree)} if counts == "money" else {}


def first_money(tree: Tree) -> str:
    rules = tree.get("earning")
    told = [one.get("money") for one in rules if isinstance(one, dict)] if isinstance(rules, list) else []
    return next((one for one in told if one), "")


def _first_currency(tree: Tree) -> str:
    found = tree.get("currencies")
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    return str(first.get("code", "points"))


def _scale(tree: Tree) -> int:
    found = tree.get("currencies")
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    return first["scale"] if type(first.get("scale")) is int and 0 <= first["scale"] <= 7 else 0  # noqa: PLR2004


def _scaled(tree: Tree, item: dict[str, Any]) -> dict[str, Any]:
    """Points in the smallest unit of the programme's first currency, and in it where it has another code."""
    made = {}
    for name, value in item.items():
        if isinstance(value, dict):
            made[name] = _scaled(tree, value) if name in ("rate", "award") else value
        else:
            made[name] = value * 10 ** _scale(tree) if name == "points" else value
    code = _first_currency(tree)
    return (
        {**made, "currency": code} if code != "points" and "points" in made and "worth" not in made else made
    )


AT_PLACE: Mapping[str, Callable[[Tree, Path], tuple[Tree, str]]] = {
    "remove": lambda tree, path: (removed(tree, path), text_of(path[:-1])),
    "up": lambda tree, path: _moved(tree, path, -1),
    "down": lambda tree, path: _moved(tree, path, 1),
    "copy": _copied,
}
