"""Looking at customers: the conditions asked of all or some, against where they belong so far."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from psycopg import sql

from regulars.conditions import Condition, Measured, children, compile_conditions
from regulars.db import Tx, rows
from regulars.segments.plan import Plan, Unit
from regulars.segments.statements import FRESH
from regulars.segments.writing import Difference

# Each condition is two columns beside those of its leaves; a row has 1,664.
CONDITIONS_MAX = 200
COLUMNS_MAX = 1_400
COLUMNS_OF_A_LEAF = 3  # As an average, which wants a sum, a count, and when they change.
TICK = timedelta(microseconds=1)
EVERYBODY_IN = sql.SQL("true")
SOME_IN = sql.SQL("customer_id = any(%(people)s::bigint[])")
NOBODY_IN = sql.SQL("false")
STAYS = "select segment_id, customer_id, left_at from segments.membership"
STAYS_OF_ALL = sql.SQL(STAYS)
# By customer: the index by segment would be read from end to end for a large one.
STAYS_OF_SOME = sql.SQL(
    f"{STAYS} where customer_id = any(%(people)s::bigint[]) and segment_id = any(%(asked)s) offset 0"
)


def differing(
    tx: Tx,
    plan: Plan,
    units: Sequence[Unit],
    at: datetime,
    people: Sequence[int] | None = None,
) -> list[Difference]:
    """Whose membership of these is another than the conditions say at an instant, of all or some.

    Notes when time alone may next change an answer. Whoever is asked everything has that instant exactly;
    else an earlier one may stand, at which everything is asked.
    """
    if people is not None and not people:
        return []
    is_all = len(units) == len(plan.counted) and all(unit.is_counted for unit in units)
    found: list[Difference] = []
    for number, chunk in enumerate(chunks(units)):
        found += _differing(tx, plan, chunk, at, people, exact=is_all and number == 0)
    return found


def _differing(
    tx: Tx, plan: Plan, units: Sequence[Unit], at: datetime, people: Sequence[int] | None, *, exact: bool
) -> list[Difference]:
    conditions: list[Condition] = []
    held = sql.SQL(", ").join([_first_match(unit, conditions) for unit in units])
    compiled = compile_conditions(conditions, at, people, zone=plan.zone, next_change=True)
    following = sql.SQL(", ").join([sql.Identifier("asked", f"n{n}") for n in range(len(conditions))])
    concerned = EVERYBODY_IN if people is None else SOME_IN
    query = FRESH.differing.format(
        asked=compiled.query,
        held=held,
        # Later than now in any case, or whoever wakes them would never be done.
        next_at=sql.SQL(
            "greatest(coalesce(least({}), 'infinity'), %(after)s::timestamptz)::timestamptz"
        ).format(following),
        stays=STAYS_OF_ALL if people is None else STAYS_OF_SOME,
        some_waking=concerned if exact else NOBODY_IN,
    )
    given = {} if people is None else {"people": list(people)}
    asked = [segment_id for unit in units for segment_id in unit.segment_ids]
    return rows(tx, query, Difference, **compiled.params, **given, asked=asked, exact=exact, after=at + TICK)


def _first_match(unit: Unit, conditions: list[Condition]) -> sql.Composed:
    """The number of the first condition that holds; adds the conditions to those to be compiled."""
    cases = []
    for condition, number in zip(unit.conditions, unit.segment_ids, strict=True):
        column = sql.Identifier("asked", f"c{len(conditions)}")
        cases.append(sql.SQL("when {} then {}").format(column, sql.Literal(number)))
        conditions.append(condition)
    return sql.SQL("case {} end").format(sql.SQL(" ").join(cases))


def chunks(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    """As many at once as a statement has room for."""
    chunk: list[Unit] = []
    conditions, leaves = 0, set[Condition]()
    for unit in units:
        own = {leaf for condition in unit.conditions for leaf in leaves_of(condition)}
        conditions, leaves = conditions + len(unit.conditions), leaves | own
        if chunk and (conditions > CONDITIONS_MAX or columns_of(leaves, conditions) > COLUMNS_MAX):
            yield chunk
            chunk, conditions, leaves = [], len(unit.conditions), own
        chunk.append(unit)
    if chunk:
        yield chunk


def leaves_of(condition: Condition) -> Iterator[Condition]:
    inner = children(condition)
    if not inner:
        yield condition
    for one in inner:
        yield from leaves_of(one)


def columns_of(leaves: Collection[Condition], conditions: int) -> int:
    """At most how many columns a statement has for different leaves of so many conditions."""
    filters = sum(len(leaf.where) for leaf in leaves if isinstance(leaf, Measured))
    return COLUMNS_OF_A_LEAF * len(leaves) + filters + 2 * conditions
