"""The same events and decisions in any order and any batching give one result, through a real database."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from regulars import customers, log, orders
from regulars.access import Actor
from regulars.customers import AlreadyOne, Deciding
from regulars.db import Database
from tests.integration.customers.people_life import AT, People

HAND = Actor(person_id=None, name="Ann", level=3, function="service_agent", scope=None, via="console")
USERS, BROWSERS = ("u1", "u2", "u3", "u4"), ("a1", "a2", "a3")
CARDS = ("79927398713", "4111111111111111", "5555555555554444")
FOLLOW = (orders.follow,)
NUMBERS = itertools.count(1)
RESULT = sql.SQL("""
select
    array_agg(distinct own.value order by own.value), max(person.traits::text), max(person.email),
    min(person.first_seen_at), max(person.last_seen_at),
    coalesce(max(bought.orders), 0), coalesce(max(bought.total), 0)
from customers.identifier as own
inner join customers.fact_person as mine using (customer_id)
inner join customers.fact_customer as person on person.customer_id = mine.person_id
left join (
    select customer_id, count(*) as orders, sum(total_minor)::bigint as total
    from orders.fact_order group by customer_id
) as bought on bought.customer_id = mine.person_id
where starts_with(own.value, %(space)s)
group by mine.person_id
order by 1
""")


@dataclass(frozen=True)
class Happening:
    kind: str  # identify, view, order, alias
    user: str | None
    browser: str | None
    minute: int
    value: str  # A card, a city, or a former id.


@pytest.fixture(scope="module")
def world(server: Any) -> Iterator[People]:
    with Database(server.clone()) as database:
        made = People(database, FOLLOW, (orders.READER,))
        yield made
        made.close()


happenings = st.builds(
    Happening,
    kind=st.sampled_from(["identify", "identify", "view", "order", "alias"]),
    user=st.sampled_from([*USERS, None]),
    browser=st.sampled_from([*BROWSERS, None]),
    minute=st.just(0),
    value=st.sampled_from(CARDS),
).filter(lambda one: (one.user or one.browser) and (one.kind != "alias" or (one.user and one.browser)))
deeds = st.tuples(
    st.sampled_from(["merge", "split", "decline"]),
    st.sampled_from([*USERS, *BROWSERS]),
    st.sampled_from([*USERS, *BROWSERS]),
)


def spread(found: list[Happening]) -> list[Happening]:
    """Each at a minute of its own, for two words of one instant contradict each other."""
    return [replace(one, minute=7 * n % 101) for n, one in enumerate(found, 1)]


def event(people: People, space: str, one: Happening, number: int) -> log.NewEvent:
    user = one.user and f"{space}{one.user}"
    browser = one.browser and f"{space}{one.browser}"
    shared: dict[str, Any] = {"minute": one.minute, "message_id": f"{space}{number}"}
    if one.kind == "alias":
        return people.event(
            user, type="alias", context={"previousId": browser}, **{**shared, "name": "alias"}
        )
    if one.kind == "identify":
        # The card is of this run alone, so that the runs share nothing.
        traits = {"code": f"{space}{one.value}", "city": f"city {number}", "email": f"{number}@x.example"}
        return people.event(
            user, browser, type="identify", properties=traits, **{**shared, "name": "identify"}
        )
    if one.kind == "order":
        bought = {"order_id": f"{space}o{number}", "currency": "USD", "total": 10 + number}
        return people.event(user, browser, properties=bought, **{**shared, "name": "Order Completed"})
    return people.event(user, browser, **shared)


def live(people: People, drawn: list[list[Happening]], hands: list[Any], chance: Any) -> list[Any]:
    """One life: everybody is seen, then events, deeds by hand, and events again; what came out of it."""
    space = f"run{next(NUMBERS)}-"
    seen = [people.event(f"{space}{u}", message_id=f"{space}{u}") for u in USERS]
    seen += [people.event(anonymous_id=f"{space}{a}", message_id=f"{space}{a}") for a in BROWSERS]
    first, second = ([event(people, space, one, n) for n, one in part] for part in numbered(drawn))
    tell(people, [*seen, *first], chance)
    for deed, one, other in hands:
        by_hand(people, deed, f"{space}{one}", f"{space}{other}")
    tell(people, second, chance)
    with people.database.transaction() as tx:
        found = tx.execute(RESULT, {"space": space}).fetchall()
    return [[str(field).replace(space, "") for field in row] for row in found]


def numbered(drawn: list[list[Happening]]) -> list[list[tuple[int, Happening]]]:
    every = spread([one for part in drawn for one in part])
    cut = len(drawn[0])
    return [list(enumerate(every[:cut], 1)), list(enumerate(every[cut:], cut + 1))]


def tell(people: People, events: list[log.NewEvent], chance: Any) -> None:
    left = events[:]
    chance.shuffle(left)
    while left:
        size = chance.randint(1, len(left))
        people.tell(*left[:size])
        left = left[size:]


def by_hand(people: People, deed: str, one: str, other: str) -> None:
    by = Deciding(actor=HAND, at=AT, follow=FOLLOW)
    with people.database.transaction() as tx:
        first, second = (atom(people, name) for name in (one, other))
        apart = len({*customers.persons_of(tx, [first, second])}) == 2
        if deed == "merge" and apart:
            customers.merge(tx, by, first, second)
        elif deed == "decline" and apart:
            customers.decline(tx, by, first, second)
        elif deed == "split" and not apart and first != second:
            customers.split(tx, by, first, [second])


def atom(people: People, name: str) -> int:
    kind = "user_id" if "-u" in name else "anonymous_id"
    with people.database.transaction() as tx:
        found = tx.execute(
            "select customer_id from customers.identifier where kind = %s and value = %s", (kind, name)
        ).fetchone()
    assert found
    return int(found[0])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.tuples(st.lists(happenings, max_size=9), st.lists(happenings, max_size=5)),
    hands=st.lists(deeds, max_size=3),
    chance=st.randoms(use_true_random=False),
)
def test_any_order_and_any_batching_give_one_result(
    world: People, drawn: Any, hands: Any, chance: Any
) -> None:
    with world.database.transaction() as tx:
        declare_code(tx)

    first, second = (live(world, list(drawn), hands, chance) for _ in range(2))

    assert first == second


def declare_code(tx: Any) -> None:
    """An identifier of plain text that merges, so that each run has codes of its own."""
    if customers.kind_titles(tx).get("code"):
        return
    from regulars import access, definitions

    body = {
        "title": "Codes",
        "identifiers": [
            {"kind": "code", "title": "Code", "use": "merge", "traits": ["code"]},
            {"kind": "email", "title": "E-mail", "form": "email", "traits": ["email"]},
        ],
    }
    definitions.save_draft(tx, access.SYSTEM, customers.IDENTITY, "default", body, at=AT)
    definitions.publish(tx, access.SYSTEM, customers.IDENTITY, "default", at=AT)


def test_already_one_is_said(world: People) -> None:
    world.tell(world.event("same-u1", message_id="same-1"))
    with world.database.transaction() as tx, pytest.raises(AlreadyOne):
        customers.merge(tx, Deciding(actor=HAND, at=AT, follow=()), *[atom(world, "same-u1")] * 2)
