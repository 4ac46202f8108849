"""The JSON form of a condition, read with every error at its place."""

from typing import Any as Anything
from typing import cast, get_args

import msgspec

from regulars.conditions.nodes import (
    Condition,
    Consented,
    DaysSinceFirstOrder,
    DaysSinceLastOrder,
    OrderCount,
    OrderSum,
    Returned,
    TraitEquals,
    TraitExists,
    TraitIn,
    Wish,
    Wished,
)
from regulars.conditions.windows import Between, Last, Node
from regulars.kernel import Finding, Invalid

LEVELS_MAX = 32
LEAVES_MAX = 200  # Each may be a column, and a statement has 1,664.
DAYS_MAX = 36_500
COUNT_MAX = 10**9
MINOR_MAX = 10**15
TEXT_MAX = 500
VALUES_MAX = 1000
CURRENCY_SIGNS = 3

LEAVES: dict[str, type[Node]] = {
    str(node.__struct_config__.tag): node
    for node in (
        OrderCount, OrderSum, DaysSinceLastOrder, DaysSinceFirstOrder, Returned,
    TraitExists, TraitEquals, TraitIn, Consented, Wished,
    )
}  # fmt: skip
NAMES = (*LEAVES, "all", "any", "not")


def parse(data: object) -> Condition:
    """Read a condition from its JSON form; raises Invalid with a finding for each place that is wrong."""
    findings = problems(data) or _too_many(data, "")
    if findings:
        raise Invalid("The condition cannot be read.", findings)
    return cast("Condition", msgspec.convert(data, type=Condition, strict=True))


def plain(condition: Condition) -> dict[str, Anything]:
    """The JSON form."""
    return cast("dict[str, Anything]", msgspec.to_builtins(condition))


def check(condition: Condition, path: str = "") -> list[Finding]:
    """What types alone cannot say of a condition that is already a value."""
    data = plain(condition)
    return problems(data, path) or _too_many(data, path)


def _too_many(data: object, path: str) -> list[Finding]:
    found = _leaves(data)
    if found <= LEAVES_MAX:
        return []
    text = f"A condition asks at most {LEAVES_MAX} questions, this one {found:,}. Divide it into segments."
    return [_finding(path, "too_many", text)]


def _leaves(data: object) -> int:
    """How many questions a readable condition asks."""
    if not isinstance(data, dict):
        return 0
    if data.get("is") in ("all", "any"):
        return sum(_leaves(one) for one in data["conditions"])
    return _leaves(data["condition"]) if data.get("is") == "not" else 1


def problems(data: object, path: str = "", level: int = 1) -> list[Finding]:
    """Every reason why this is no condition, each with its path; empty when it is one."""
    if level > LEVELS_MAX:
        return [_finding(path, "too_deep", f"Conditions nest at most {LEVELS_MAX} levels deep.")]
    if not isinstance(data, dict):
        return [
            _finding(path, "not_a_condition", f"A condition is an object with “is”; found {_shown(data)}.")
        ]
    kind = data.get("is")
    if kind in ("all", "any"):
        return _group_problems(data, path, level)
    if kind == "not":
        extra = _unknown(data, {"is", "condition"}, path)
        return extra + problems(data.get("condition"), _at(path, "condition"), level + 1)
    if not isinstance(kind, str) or kind not in LEAVES:
        return [
            _finding(_at(path, "is"), "unknown", f"Found {_shown(kind)}; write one of {', '.join(NAMES)}.")
        ]
    return _leaf_problems(LEAVES[kind], data, path)


def _group_problems(data: dict[str, object], path: str, level: int) -> list[Finding]:
    found = _unknown(data, {"is", "conditions"}, path)
    inner = data.get("conditions")
    place = _at(path, "conditions")
    if not isinstance(inner, list | tuple):
        return [
            *found,
            _finding(place, "not_a_list", f"A list of conditions is wanted; found {_shown(inner)}."),
        ]
    if not inner and data["is"] == "any":
        found.append(
            _finding(place, "empty", "“any” of nothing holds for nobody: give at least one condition.")
        )
    for number, one in enumerate(inner):
        found += problems(one, f"{place}[{number}]", level + 1)
    return found


def _unknown(data: dict[str, object], known: set[str], path: str) -> list[Finding]:
    return [
        _finding(
            _at(path, str(name)[:80]),
            "unknown_field",
            f"Not known here; known are {', '.join(sorted(known))}.",
        )
        for name in data
        if name not in known
    ]


def _leaf_problems(node: type[Node], data: dict[str, object], path: str) -> list[Finding]:
    found = _unknown(data, {"is", *node.__struct_fields__}, path)
    required = set(node.__struct_fields__) - {"window", "topic", "given"}
    found += [
        _finding(_at(path, name), "missing", "This must be given.") for name in sorted(required - data.keys())
    ]
    for name in node.__struct_fields__:
        if name in data:
            found += _field_problems(node, name, data[name], _at(path, name))
    if node is Returned and not found and cast("int", data["after_days"]) < cast("int", data["within_days"]):
        found.append(
            _finding(_at(path, "after_days"), "impossible", "The pause is at least as long as the window.")
        )
    return found


def _field_problems(  # noqa: PLR0911, C901 - one case a field
    node: type[Node], name: str, value: object, path: str
) -> list[Finding]:
    match name:
        case "comparison":
            allowed = ("at_least", "less_than") if "days" in node.__struct_fields__ else (
                "at_least", "at_most", "exactly")  # fmt: skip
            return (
                [] if value in allowed else [_finding(path, "unknown", f"Write one of {', '.join(allowed)}.")]
            )
        case "days" | "within_days" | "after_days":
            return _whole(value, path, 1, DAYS_MAX)
        case "number":
            return _whole(value, path, 0, COUNT_MAX)
        case "minor":
            return _whole(value, path, -MINOR_MAX, MINOR_MAX)
        case "window":
            return _window_problems(value, path)
        case "currency":
            good = (
                isinstance(value, str)
                and len(value) == CURRENCY_SIGNS
                and value.isascii()
                and value.isupper()
            )
            return [] if good else [_finding(path, "currency", "Write three capital letters such as USD.")]
        case "trait" | "channel":
            return _text(value, path)
        case "topic":
            return _text(value, path) if value != "" else []
        case "given":
            return [] if isinstance(value, bool) else [_finding(path, "value", "Write true or false.")]
        case "wish":
            allowed = get_args(Wish)
            return (
                [] if value in allowed else [_finding(path, "unknown", f"Write one of {', '.join(allowed)}.")]
            )
        case "values":
            return _values_problems(value, path)
        case _:
            return _scalar(value, path)


def _window_problems(value: object, path: str) -> list[Finding]:
    kinds: dict[str, type[Node]] = {"last": Last, "between": Between}
    kind = value.get("is") if isinstance(value, dict) else None
    if not isinstance(value, dict) or kind not in ("ever", *kinds):
        return [_finding(path, "window", "Write {is: ever}, {is: last, days} or {is: between, near, far}.")]
    fields = kinds[str(kind)].__struct_fields__ if kind in kinds else ()
    found = _unknown(value, {"is", *fields}, path)
    for name in fields:
        found += _whole(value.get(name), _at(path, name), 0 if name == "near" else 1, DAYS_MAX)
    if kind == "between" and not found and value["near"] >= value["far"]:
        found.append(
            _finding(path, "impossible", "Nothing is between: “far” must be more days ago than “near”.")
        )
    return found


def _whole(value: object, path: str, least: int, most: int) -> list[Finding]:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return []
    return [
        _finding(path, "number", f"A whole number from {least} to {most} is wanted; found {_shown(value)}.")
    ]


def _text(value: object, path: str) -> list[Finding]:
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX:
        return [_finding(path, "text", f"A text of 1 to {TEXT_MAX} signs is wanted; found {_shown(value)}.")]
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        return [
            _finding(path, "text", "The text holds a sign that cannot be stored (NUL or half a surrogate).")
        ]
    return []


def _scalar(value: object, path: str) -> list[Finding]:
    if isinstance(value, str):
        return _text(value, path) if value else []
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MINOR_MAX):
        return []
    if isinstance(value, float) and abs(value) <= MINOR_MAX:
        return []
    return [_finding(path, "value", f"A text, a number, true or false is wanted; found {_shown(value)}.")]


def _values_problems(value: object, path: str) -> list[Finding]:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= VALUES_MAX:
        return [
            _finding(path, "values", f"A list of 1 to {VALUES_MAX} values is wanted; found {_shown(value)}.")
        ]
    return [one for number, item in enumerate(value) for one in _scalar(item, f"{path}[{number}]")]


def _finding(path: str, code: str, message: str) -> Finding:
    return Finding(path=path, code=f"conditions.{code}", message=message)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)[:60]
