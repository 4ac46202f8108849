"""Many people at once by what they are known by."""

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.customers import identity
from regulars.customers.normalising import normalise
from regulars.customers.people import ANONYMOUS, USER
from regulars.db import Query, Statements, Tx, rows
from regulars.kernel import Finding, Invalid, NotFound, parse_public_id


class Sql(Statements, file="finding.sql"):
    find_many: Query
    existing: Query


SQL = Sql()
CUSTOMER = "customer_id"  # The product's own number, as in cus_…


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    value: str
    people: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    asked_id: int
    person_id: int


def find_many(tx: Tx, kind: str, identifiers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """The people behind each identifier, in any writing, by it as it was given; of nobody, none.

    Raises Invalid for a kind that the identity policy does not know.
    """
    if kind == CUSTOMER:
        return _by_number(tx, identifiers)
    rules = identity.rules(tx)
    known = rules.kinds.get(kind)
    if known is None:
        named = ", ".join((CUSTOMER, *rules.kinds))
        message = f"Customers are not known by {kind[:80]!r}; they are by {named}."
        raise Invalid(message, [Finding(path="kind", code="customers.kind", message=message)])
    wanted: dict[str, str] = {}
    for one in identifiers:
        read = one if kind in (USER, ANONYMOUS) else normalise(known.form, one, rules.region)
        if isinstance(read, str) and _storable(read):
            wanted[one] = read
    found = {
        one.value: tuple(one.people)
        for one in rows(tx, SQL.find_many, Behind, kind=kind, values=sorted(set(wanted.values())))
    }
    return {one: found[read] for one, read in wanted.items() if read in found}


def unreadable(tx: Tx, kind: str, written: str) -> str | None:
    """Why nobody can be known by this writing of an identifier; None where somebody may."""
    rules = identity.rules(tx)
    known = rules.kinds.get(kind)
    if known is None or kind in (USER, ANONYMOUS):
        return None
    read = normalise(known.form, written, rules.region)
    return None if isinstance(read, str) else read.reason


def _by_number(tx: Tx, identifiers: Sequence[str]) -> dict[str, tuple[int, ...]]:
    numbers: dict[str, int] = {}
    for one in identifiers:
        try:
            numbers[one] = parse_public_id("cus", one.strip())
        except NotFound:
            continue
    found = {
        one.asked_id: one.person_id
        for one in rows(tx, SQL.existing, Existing, ids=sorted(set(numbers.values())))
    }
    return {one: (found[number],) for one, number in numbers.items() if number in found}


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
