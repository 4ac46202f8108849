"""What counts give away: who asks for one value after the other finds a contact detail without seeing it."""

from collections.abc import Iterator
from typing import Any

from regulars import customers
from regulars.conditions import Condition, plain
from regulars.db import Tx
from regulars.kernel import Finding, Invalid

TELLING_LITTLE = ("trait_exists", "anniversary", "exists", "missing")
SOME_TEXT = "some text"


def refuse_details(tx: Tx, condition: Condition) -> None:
    """Raises Invalid when it asks for the values of contact details or of what is declared personal."""
    personal = customers.personal_traits(tx)
    found = sorted({name for name in _asked(plain(condition)) if _is_hidden(name, personal)})
    if found:
        message = (
            f"It asks for {', '.join(found)}, whose values you may not see, so nobody is counted before it "
            "is live. Somebody who may see contact details can count it."
        )
        raise Invalid(message, [Finding(path="condition", code="insights.details", message=message)])


def _asked(node: Any) -> Iterator[str]:
    """The traits and properties whose values a condition in its JSON form compares."""
    if isinstance(node, dict):
        if node.get("is") not in TELLING_LITTLE and node.get("test") not in TELLING_LITTLE:
            yield from (node[name] for name in ("trait", "property") if node.get(name))
        for inner in node.values():
            yield from _asked(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _asked(inner)


def _is_hidden(path: str, personal: frozenset[str]) -> bool:
    inside: Any = SOME_TEXT
    for part in reversed(path.split(".")):
        inside = {part: inside}
    return any(customers.masked_values(one, personal) != one for one in (inside, {path: SOME_TEXT}))
