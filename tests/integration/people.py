"""Who is which person, changed the way the room of customers changes it: held alone, and followed at once."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from regulars import customers
from regulars.customers import Follow, Moved
from regulars.db import Tx, run

KNOW = sql.SQL("""
    insert into customers.customer (customer_id, created_at, first_seen_at, last_seen_at)
    select id, '2025-01-01', '2025-01-01', '2025-01-01' from unnest(%(ids)s::bigint[]) as id
""")
LEAD = sql.SQL("""
    update customers.customer set survivor_id = nullif(told.person, told.atom)
    from unnest(%(atoms)s::bigint[], %(people)s::bigint[]) as told (atom, person)
    where customer_id = told.atom
""")


def know(tx: Tx, ids: Sequence[int]) -> None:
    """Make profiles with these numbers, each a person of its own."""
    run(tx, KNOW, ids=list(ids))


def regroup(tx: Tx, people: Mapping[int, int], follow: Sequence[Follow]) -> list[Moved]:
    """Give each of these profiles its person, and let the rooms follow; again, nothing moves."""
    customers.hold_alone(tx)
    before = dict(
        tx.execute(
            "select customer_id, person_id from customers.fact_person where customer_id = any(%s)",
            (list(people),),
        ).fetchall()
    )
    run(tx, LEAD, atoms=list(people), people=list(people.values()))
    moved = [
        Moved(atom_id=atom, before=before[atom], after=person)
        for atom, person in sorted(people.items())
        if before[atom] != person
    ]
    for one in follow:
        one(tx, moved)
    return moved
