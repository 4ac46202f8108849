"""Ids that callers choose: the same id and fields give the first answer again."""

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from regulars.db import Tx, one, run
from regulars.kernel import Finding, Invalid
from regulars.rewards.errors import KeyConflict
from regulars.rewards.statements import SQL

KEY_SIGNS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    answer: Any
    fields: dict[str, Any]


def claim(tx: Tx, key: str, fields: dict[str, Any], customer_id: int) -> Any:
    """None for who comes first and is to `settle` it; else the first answer. Raises KeyConflict."""
    if not 0 < len(key) <= KEY_SIGNS_MAX or "\0" in key:
        message = f"An id is 1 to {KEY_SIGNS_MAX} signs; found {len(key)}."
        raise Invalid(message, [Finding(path="key", code="range", message=message)])
    if run(tx, SQL.claim, key=key, fields=Jsonb(fields), customer_id=customer_id):
        return None
    before = one(tx, SQL.claimed, Claimed, key=key)
    differing = sorted(name for name in fields if fields[name] != before.fields.get(name))
    if differing:
        raise KeyConflict(
            f"The id {key!r} came before with another {differing[0]}; send the same fields to get the first "
            "answer, or choose a new id."
        )
    return before.answer


def settle(tx: Tx, key: str, answer: Any) -> None:
    run(tx, SQL.settle, key=key, answer=Jsonb(answer))
