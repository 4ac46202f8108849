"""The JSON form of a condition, read with every error at its place."""

from typing import Any as Anything
from typing import cast

import msgspec

from regulars.conditions.grammar import NODES, fields_of, tagged
from regulars.conditions.nodes import Condition
from regulars.conditions.relations import relations
from regulars.conditions.rules import at, finding, shown
from regulars.kernel import Finding, Invalid

LEVELS_MAX = 32
LEAVES_MAX = 200  # Each may be a column, and a statement has 1,664.


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


def too_many(leaves: int, path: str) -> list[Finding]:
    if leaves <= LEAVES_MAX:
        return []
    text = f"A condition asks at most {LEAVES_MAX} questions, this one {leaves:,}. Divide it into segments."
    return [finding(path, "too_many", text)]


def too_deep(path: str) -> Finding:
    return finding(path, "too_deep", f"Conditions nest at most {LEVELS_MAX} levels deep.")


def problems(data: object, path: str = "", level: int = 1) -> list[Finding]:
    """Every reason why this is no condition, each with its path; empty when it is one."""
    if level > LEVELS_MAX:
        return [too_deep(path)]
    if not isinstance(data, dict):
        message = f"A condition is an object with “is”; found {shown(data)}."
        return [finding(path, "not_a_condition", message)]
    kind = data.get("is")
    if not isinstance(kind, str) or kind not in NODES:
        return [finding(at(path, "is"), "unknown", _unknown(kind))]
    node = NODES[kind]
    found = tagged(fields_of(node), data, path)
    if not found:
        found = relations(node, data, path)
    return found + _inner(data, path, level)


def _unknown(kind: object) -> str:
    if kind == "listed":
        return "“listed” is not written: ask {is: in_segment, segment: the list's key}."
    return f"Found {shown(kind)}; write one of {', '.join(NODES)}."


def _inner(data: dict[str, object], path: str, level: int) -> list[Finding]:
    """The problems of the conditions inside a group, a not, a has_been."""
    found: list[Finding] = []
    if data["is"] in ("not", "has_been") and "condition" in data:
        found += problems(data["condition"], at(path, "condition"), level + 1)
    inner = data.get("conditions")
    if data["is"] in ("all", "any") and isinstance(inner, list | tuple):
        for number, one in enumerate(inner):
            found += problems(one, f"{at(path, 'conditions')}[{number}]", level + 1)
    return found


def _too_many(data: object, path: str) -> list[Finding]:
    return too_many(_leaves(data), path)


def _leaves(data: object) -> int:
    """How many questions a readable condition asks."""
    if not isinstance(data, dict):
        return 0
    if data.get("is") in ("all", "any"):
        return sum(_leaves(one) for one in data["conditions"])
    return _leaves(data["condition"]) if data.get("is") in ("not", "has_been") else 1
